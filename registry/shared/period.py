"""Calendar rules. The domain keeps aware UTC; people and the law live in Europe/Helsinki.

Periods are half-open, [start, end): a voucher valid "until 31.12." ends at 1.1. 00:00 Helsinki time, and no
moment belongs to two months.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) in aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs aware datetimes")
        if self.end < self.start:
            raise ValueError("a period cannot end before it starts")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end


def local_date(moment: datetime) -> date:
    """The day it is in Finland."""
    return moment.astimezone(HELSINKI).date()


def start_of_day(day: date) -> datetime:
    """Midnight in Finland, as UTC (a day of the clock change has 23 or 25 hours, and still one midnight)."""
    return datetime.combine(day, time(), HELSINKI).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The first moment that is no longer `day`."""
    return start_of_day(day + timedelta(days=1))


def month_of(day: date) -> date:
    """The first day of the month: how a month is named everywhere."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_period(month: date) -> Period:
    """The whole calendar month in Finnish time."""
    first = month_of(month)
    return Period(start_of_day(first), start_of_day(next_month(first)))


def valid_until(granted_at: datetime, validity_days: int) -> datetime:
    """A voucher is good for `validity_days` whole days after the day of grant, to the last day's midnight."""
    return end_of_day(local_date(granted_at) + timedelta(days=validity_days))
