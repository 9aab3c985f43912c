"""When a message is tried again, and when it is given up; when a holder is reminded, and of what."""

from datetime import date, datetime, timedelta
from typing import Final

BACK_OFF: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440))
"""Waits after the first, second … failed attempt: eight attempts over two days, as mail servers themselves do."""
MOST_ATTEMPTS: Final = len(BACK_OFF) + 1

LEASE: Final = timedelta(minutes=10)
"""How long a worker that took a message may take to hand it over; after that another takes it up."""

LOOK_BEFORE: Final = timedelta(days=14)
"""When a case worker gets a case about a voucher that is about to end unused."""
FIRST_REMINDER: Final = timedelta(days=30)
LAST_REMINDER: Final = timedelta(days=7)
REMINDERS: Final = ("expiring_30", "expiring_7", "review_after", "review_half_year")
"""What a client is reminded of: a voucher that ends in so many days, a review that can be given now."""
ACT_BEFORE: Final = timedelta(days=7)


def next_attempt(*, attempts: int, permanent: bool, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures; None: give up. What a mail server refuses for good (5xx) is not
    asked again."""
    if permanent or attempts >= MOST_ATTEMPTS:
        return None
    return now + BACK_OFF[attempts - 1]


def look_from(*, valid_from: datetime, valid_until: datetime) -> datetime:
    """A case worker looks two weeks before the voucher ends, but at a short one not before three quarters of its time."""
    return valid_until - min(LOOK_BEFORE, (valid_until - valid_from) / 4)


def expiry_reminder(*, valid_from: datetime, valid_until: datetime, now: datetime) -> str | None:
    """Which reminder a holder should have had by now. The first a month ahead, where the voucher was good for two at
    least; the last a week ahead, or in the last quarter of a short one: on the day of grant it would be noise."""
    whole, left = valid_until - valid_from, valid_until - now
    if left <= timedelta(0):
        return None
    if left <= min(LAST_REMINDER, whole / 4):
        return "expiring_7"
    return "expiring_30" if left <= FIRST_REMINDER and whole >= 2 * FIRST_REMINDER else None


def act_by(*, last_day: date, today: date) -> date:
    """When the case worker has to have acted on an expiring voucher: a week before its last day, or today."""
    return max(today, last_day - ACT_BEFORE)
