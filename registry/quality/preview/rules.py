"""A provider sees its own figures before they are public, and has ten days to say what is wrong with them."""

from datetime import datetime, timedelta
from typing import Final

from registry.shared.period import local_date, start_of_day

PREVIEW_DAYS: Final = 10


def public_from(released_at: datetime) -> datetime:
    """Midnight in Finland after ten whole days: a release made in the afternoon does not shorten the time."""
    return start_of_day(local_date(released_at) + timedelta(days=PREVIEW_DAYS + 1))
