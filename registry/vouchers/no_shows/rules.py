"""When a provider may note that its client did not come."""

from datetime import date, timedelta
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

OLDEST_DAYS: Final = 30
"""What is noted later than this, the client can hardly say anything about any more."""


def may_record(*, agreed_for: date, chosen_on: date, today: date, standing: bool) -> Decision:
    """Only of a meeting with this provider's own client that should have been by now, and not long ago."""
    if not standing:
        return Refusal("no_show.not_your_client")
    if agreed_for > today:
        return Refusal("no_show.in_future", {"today": today})
    if agreed_for < max(chosen_on, today - timedelta(days=OLDEST_DAYS)):
        return Refusal("no_show.too_old", {"first_day": max(chosen_on, today - timedelta(days=OLDEST_DAYS))})
    return ACCEPTED
