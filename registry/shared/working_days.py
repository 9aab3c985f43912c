"""Working days, and the time limits that the law counts in days.

A day late loses a right, so every rule here has its source:
- Act on the Calculation of Statutory Time Limits (150/1930): § 2, the day that a period counts from is not part of it;
  § 3, months end on the day of the same number, or on the last of the month; § 5, a last day that is a holiday,
  Independence Day, May Day, Christmas Eve, Midsummer Eve or a Saturday moves to the first working day after it.
- Act on Electronic Services in the Public Sector (13/2003) § 19: an ordinary electronic notice has come on the third
  day after it was sent. Administrative Procedure Act (434/2003) § 59: a letter on the seventh day. Both hold unless
  something else is shown, and both may fall on a holiday: only the end of a period moves.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

OLDEST_YEAR: Final = 1992
"""Before it Epiphany and Ascension were Saturdays; nothing here is that old."""

_SATURDAY: Final = 5


class NoticeBy(StrEnum):
    """How a decision reaches the one whom it concerns."""

    ELECTRONIC = "electronic"
    LETTER = "letter"
    RECEIVED = "received"
    """The day on which it came is known: handed over, signed for, or shown to have been read."""


NOTICE_DAYS: Final[Mapping[NoticeBy, int]] = {
    NoticeBy.ELECTRONIC: 3,
    NoticeBy.LETTER: 7,
    NoticeBy.RECEIVED: 0,
}


def easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar (the anonymous algorithm of 1876, as given by Meeus)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def free_days(year: int) -> frozenset[date]:
    """Every day of the year that § 5 names, besides ordinary Saturdays and Sundays."""
    if year < OLDEST_YEAR:
        raise ValueError(f"holidays are known from {OLDEST_YEAR} on")
    easter = easter_sunday(year)
    midsummer = _saturday_from(date(year, 6, 20))
    return frozenset(
        {
            date(year, 1, 1),
            date(year, 1, 6),  # Epiphany
            easter - timedelta(days=2),  # Good Friday
            easter,
            easter + timedelta(days=1),
            date(year, 5, 1),
            easter + timedelta(days=39),  # Ascension
            easter + timedelta(days=49),  # Pentecost
            midsummer - timedelta(days=1),
            midsummer,
            _saturday_from(date(year, 10, 31)),  # All Saints' Day
            date(year, 12, 6),  # Independence Day
            date(year, 12, 24),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def _saturday_from(day: date) -> date:
    return day + timedelta(days=(_SATURDAY - day.weekday()) % 7)


def is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in free_days(day.year)


def next_working_day(day: date) -> date:
    """The day itself where one works on it, else the first working day after it (§ 5)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def notice_day(sent: date, by: NoticeBy) -> date:
    """The day on which something sent on `sent` counts as known; with RECEIVED, `sent` is the day it came."""
    return sent + timedelta(days=NOTICE_DAYS[by])


def period_end(noticed: date, *, days: int) -> date:
    """The last day of a period of `days` that runs from the day of notice (§§ 2 and 5)."""
    if days < 1:
        raise ValueError("a period has at least one day")
    return next_working_day(noticed + timedelta(days=days))


def months_after(day: date, months: int) -> date:
    """The day of the same number `months` later, or the last of that month where there is none (§ 3)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def working_days_after(day: date, count: int) -> date:
    """The working day that is `count` working days later: what an office promises itself, or gives somebody to answer."""
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1))
    return day
