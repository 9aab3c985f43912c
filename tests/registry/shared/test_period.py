"""Calendar rules on their edges: clock changes, leap days, year ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.period import (
    Period,
    end_of_day,
    local_date,
    month_of,
    month_period,
    next_month,
    start_of_day,
    valid_until,
)

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))


@given(MOMENTS)
def test_every_moment_belongs_to_one_day_and_one_month(moment: datetime) -> None:
    day = local_date(moment)
    assert start_of_day(day) <= moment < end_of_day(day)
    assert moment in month_period(day)
    assert moment not in month_period(next_month(day))
    assert moment not in month_period(month_of(month_of(day) - timedelta(days=1)))


@given(DAYS)
def test_months_follow_each_other_without_gap_or_overlap(day: date) -> None:
    this, following = month_period(day), month_period(next_month(day))
    assert this.end == following.start
    assert not this.overlaps(following)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24), (date(2028, 2, 29), 24)],
)
def test_days_of_the_clock_change(day: date, hours: int) -> None:
    assert end_of_day(day) - start_of_day(day) == timedelta(hours=hours)


def test_midnight_in_helsinki_is_not_midnight_in_utc() -> None:
    assert local_date(datetime(2026, 12, 31, 22, 0, tzinfo=UTC)) == date(2027, 1, 1)
    assert month_period(date(2026, 12, 5)).end == datetime(2026, 12, 31, 22, tzinfo=UTC)
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)


@given(MOMENTS, st.integers(1, 1095))
def test_validity_is_whole_days_after_the_day_of_grant(granted: datetime, days: int) -> None:
    until = valid_until(granted, days)
    assert local_date(until - timedelta(seconds=1)) == local_date(granted) + timedelta(days=days)
    assert local_date(until) == local_date(granted) + timedelta(days=days + 1)


def test_a_period_is_half_open_and_aware() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    period = Period(start, start + timedelta(days=1))
    assert start in period
    assert period.end not in period
    with pytest.raises(ValueError, match="aware"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))
    with pytest.raises(ValueError, match="before"):
        Period(period.end, start)
