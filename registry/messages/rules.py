"""When a message is tried again, and when it is given up; when a holder is reminded."""

from datetime import date, datetime, timedelta
from typing import Final

BACK_OFF: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440))
"""Waits after the first, second … failed attempt: eight attempts over two days, as mail servers themselves do."""
MOST_ATTEMPTS: Final = len(BACK_OFF) + 1

LEASE: Final = timedelta(minutes=10)
"""How long a worker that took a message may take to hand it over; after that another takes it up."""

REMIND_BEFORE: Final = timedelta(days=14)
REMINDERS: Final = ("expiring_30", "expiring_7", "review_after", "review_half_year")
"""What a client is reminded of: a voucher that ends in so many days, a review that can be given now."""
ACT_BEFORE: Final = timedelta(days=7)


def next_attempt(*, attempts: int, permanent: bool, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures; None: give up. What a mail server refuses for good (5xx) is not
    asked again."""
    if permanent or attempts >= MOST_ATTEMPTS:
        return None
    return now + BACK_OFF[attempts - 1]


def remind_from(*, valid_from: datetime, valid_until: datetime) -> datetime:
    """A holder is reminded two weeks before the voucher ends, but of a short one not before three quarters of its
    time: a reminder on the day of grant would only be noise."""
    return valid_until - min(REMIND_BEFORE, (valid_until - valid_from) / 4)


def act_by(*, last_day: date, today: date) -> date:
    """When the case worker has to have acted on an expiring voucher: a week before its last day, or today."""
    return max(today, last_day - ACT_BEFORE)
