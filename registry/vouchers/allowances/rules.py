"""A recurring allowance: so much a month, for so many months at most, and never beyond the voucher's validity.

A month begins on the day of the month on which the voucher began (on the last day of a shorter month). Its sum comes at
midnight of that day. Where nothing is carried over, what is left of the months before goes back to the budget in the same
moment; where it is, it stays. The first month's sum is the grant itself.
"""

from collections.abc import Iterator
from datetime import date, datetime

from registry.shared.period import start_of_day
from registry.shared.working_days import months_after


def month_begins(first_day: date, month: int) -> date:
    """The day on which month 1, 2, … begins."""
    return months_after(first_day, month - 1)


def next_topup(first_day: date, *, had: int, months: int, valid_until: datetime) -> datetime | None:
    """When the sum after the first `had` months comes; None when the months are over or it would come too late to be
    used."""
    if had >= months:
        return None
    at = start_of_day(month_begins(first_day, had + 1))
    return at if at < valid_until else None


def to_come(first_day: date, *, cents: int, had: int, months: int, valid_until: datetime) -> int:
    """What the months after the first `had` bring: it is set aside in the budget, so that none of them finds it empty."""
    return cents * max(0, most_months(first_day, months=months, valid_until=valid_until) - had)


def most_months(first_day: date, *, months: int, valid_until: datetime) -> int:
    """How many months' sums a voucher gets at most."""
    return sum(1 for _ in _starts(first_day, months, valid_until))


def _starts(first_day: date, months: int, valid_until: datetime) -> Iterator[datetime]:
    for had in range(months):
        at = start_of_day(month_begins(first_day, had + 1))
        if had and at >= valid_until:
            return
        yield at
