"""A provider sees its own figures before they are public, and has ten days to say what is wrong with them."""

from datetime import date, datetime, timedelta
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.period import local_date, start_of_day

PREVIEW_DAYS: Final = 10


def public_from(released_at: datetime) -> datetime:
    """Midnight in Finland after ten whole days: a release made in the afternoon does not shorten the time."""
    return start_of_day(local_date(released_at) + timedelta(days=PREVIEW_DAYS + 1))


def last_day_to_object(public_from: datetime) -> date:
    """The day before it is public."""
    return local_date(public_from) - timedelta(days=1)


def may_object(*, public_from: datetime, withdrawn: bool, now: datetime) -> Decision:
    """Errors are pointed out before the public has seen them; later there are other ways to have one's say."""
    if withdrawn:
        return Refusal("release.withdrawn_already")
    if now >= public_from:
        return Refusal("release.public_already", {"until": last_day_to_object(public_from)})
    return ACCEPTED
