"""Working days and time limits against a table made by hand from printed almanacs, and on their edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.working_days import (
    OLDEST_YEAR,
    NoticeBy,
    easter_sunday,
    free_days,
    is_working_day,
    months_after,
    next_working_day,
    notice_day,
    period_end,
)

DAYS = st.dates(date(OLDEST_YEAR, 1, 1), date(2099, 12, 20))

EASTERS = {
    2000: (4, 23), 2008: (3, 23), 2011: (4, 24), 2016: (3, 27), 2019: (4, 21), 2023: (4, 9), 2024: (3, 31),
    2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2028: (4, 16), 2029: (4, 1), 2030: (4, 21), 2038: (4, 25),
    2049: (4, 18), 2076: (4, 19), 2100: (3, 28), 2285: (3, 22),
}  # fmt: skip

MOVABLE = {
    # year: Good Friday, Easter Monday, Ascension, Pentecost, Midsummer Eve, Midsummer Day, All Saints' Day
    2024: ((3, 29), (4, 1), (5, 9), (5, 19), (6, 21), (6, 22), (11, 2)),
    2025: ((4, 18), (4, 21), (5, 29), (6, 8), (6, 20), (6, 21), (11, 1)),
    2026: ((4, 3), (4, 6), (5, 14), (5, 24), (6, 19), (6, 20), (10, 31)),
    2027: ((3, 26), (3, 29), (5, 6), (5, 16), (6, 25), (6, 26), (11, 6)),
    2028: ((4, 14), (4, 17), (5, 25), (6, 4), (6, 23), (6, 24), (11, 4)),
}
FIXED = ((1, 1), (1, 6), (5, 1), (12, 6), (12, 24), (12, 25), (12, 26))


@pytest.mark.parametrize(("year", "day"), EASTERS.items())
def test_easter(year: int, day: tuple[int, int]) -> None:
    assert easter_sunday(year) == date(year, *day)


@pytest.mark.parametrize("year", MOVABLE)
def test_the_free_days_of_a_year_are_those_of_the_almanac(year: int) -> None:
    days = {date(year, *day) for day in (*MOVABLE[year], *FIXED)} | {easter_sunday(year)}
    assert free_days(year) == days


def test_two_free_days_on_one() -> None:
    assert easter_sunday(2008) + timedelta(days=39) == date(2008, 5, 1)
    assert len(free_days(2008)) == len(free_days(2026)) - 1


@given(st.integers(OLDEST_YEAR, 2299))
def test_movable_days_keep_their_place_in_the_week(year: int) -> None:
    assert easter_sunday(year).weekday() == 6
    assert [d.weekday() for d in sorted(free_days(year)) if d.month == 6 and d.day >= 19] == [4, 5]
    saints = [d for d in free_days(year) if date(year, 10, 31) <= d <= date(year, 11, 6)]
    assert [d.weekday() for d in saints] == [5]


def test_years_whose_rules_were_others_are_refused() -> None:
    with pytest.raises(ValueError, match="1992"):
        free_days(1991)


WORKING = {
    date(2026, 4, 3): date(2026, 4, 7),  # Good Friday: over the whole of Easter
    date(2026, 5, 1): date(2026, 5, 4),  # May Day, a Friday
    date(2026, 5, 14): date(2026, 5, 15),  # Ascension, a Thursday
    date(2026, 6, 19): date(2026, 6, 22),  # Midsummer Eve
    date(2026, 10, 31): date(2026, 11, 2),  # All Saints' Day
    date(2026, 11, 21): date(2026, 11, 23),  # an ordinary Saturday
    date(2026, 12, 6): date(2026, 12, 7),  # Independence Day on a Sunday: the Monday is a working day
    date(2027, 12, 6): date(2027, 12, 7),  # and on a Monday
    date(2026, 12, 24): date(2026, 12, 28),  # Christmas Eve on a Thursday
    date(2025, 12, 24): date(2025, 12, 29),  # on a Wednesday: Friday is Boxing Day, then the weekend
    date(2027, 12, 24): date(2027, 12, 27),  # on a Friday
    date(2027, 1, 1): date(2027, 1, 4),  # New Year's Day on a Friday
    date(2026, 1, 6): date(2026, 1, 7),  # Epiphany
    date(2026, 12, 31): date(2026, 12, 31),  # New Year's Eve is a working day
    date(2026, 4, 30): date(2026, 4, 30),  # so is the eve of May Day
    date(2026, 4, 2): date(2026, 4, 2),  # and Maundy Thursday
}


@pytest.mark.parametrize(("day", "working"), WORKING.items())
def test_the_next_working_day(day: date, working: date) -> None:
    assert next_working_day(day) == working


@given(DAYS)
def test_the_next_working_day_is_the_first_and_moving_twice_changes_nothing(day: date) -> None:
    found = next_working_day(day)
    assert is_working_day(found)
    assert next_working_day(found) == found
    assert not any(is_working_day(day + timedelta(days=n)) for n in range((found - day).days))
    assert (found - day).days <= 5


# sent, by, day of notice, period in days, last day: worked out with a wall calendar
REMEDIES = [
    # an ordinary week: Mon 2.11. → Thu 5.11. → Thu 19.11.
    (date(2026, 11, 2), NoticeBy.ELECTRONIC, date(2026, 11, 5), 14, date(2026, 11, 19)),
    (date(2026, 11, 2), NoticeBy.LETTER, date(2026, 11, 9), 14, date(2026, 11, 23)),
    (date(2026, 11, 2), NoticeBy.RECEIVED, date(2026, 11, 2), 14, date(2026, 11, 16)),
    # notice on a Saturday stays on it; the Saturday at the end moves to Monday
    (date(2026, 11, 4), NoticeBy.ELECTRONIC, date(2026, 11, 7), 14, date(2026, 11, 23)),
    # notice on Independence Day, a Sunday; the end, also a Sunday, moves to Monday
    (date(2026, 12, 3), NoticeBy.ELECTRONIC, date(2026, 12, 6), 14, date(2026, 12, 21)),
    # ends on Christmas Eve
    (date(2026, 12, 3), NoticeBy.LETTER, date(2026, 12, 10), 14, date(2026, 12, 28)),
    # over the year's end, on New Year's Day, a Friday
    (date(2026, 12, 15), NoticeBy.ELECTRONIC, date(2026, 12, 18), 14, date(2027, 1, 4)),
    # thirty days over the year's end, to Epiphany
    (date(2027, 11, 30), NoticeBy.LETTER, date(2027, 12, 7), 30, date(2028, 1, 7)),
    # over a leap day: notice 15.2.2028, fourteen days later is 29.2.
    (date(2028, 2, 12), NoticeBy.ELECTRONIC, date(2028, 2, 15), 14, date(2028, 2, 29)),
    # the same in a year without one: 1.3.
    (date(2027, 2, 12), NoticeBy.ELECTRONIC, date(2027, 2, 15), 14, date(2027, 3, 1)),
    # sent on a leap day
    (date(2028, 2, 29), NoticeBy.ELECTRONIC, date(2028, 3, 3), 30, date(2028, 4, 3)),
    # ends on Good Friday: after Easter Monday
    (date(2026, 3, 17), NoticeBy.ELECTRONIC, date(2026, 3, 20), 14, date(2026, 4, 7)),
    # ends on Ascension Day
    (date(2026, 4, 27), NoticeBy.ELECTRONIC, date(2026, 4, 30), 14, date(2026, 5, 15)),
    # ends on Midsummer Eve
    (date(2026, 5, 29), NoticeBy.LETTER, date(2026, 6, 5), 14, date(2026, 6, 22)),
    # ends on May Day, a Saturday, in 2027
    (date(2027, 4, 14), NoticeBy.ELECTRONIC, date(2027, 4, 17), 14, date(2027, 5, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "by", "noticed", "days", "last"), REMEDIES)
def test_remedy_periods(sent: date, by: NoticeBy, noticed: date, days: int, last: date) -> None:
    assert notice_day(sent, by) == noticed
    assert period_end(noticed, days=days) == last


@given(DAYS, st.integers(1, 60))
def test_a_period_is_never_shorter_than_it_says(noticed: date, days: int) -> None:
    assert period_end(noticed, days=days) - noticed >= timedelta(days=days)


def test_a_period_has_a_day() -> None:
    with pytest.raises(ValueError, match="at least one"):
        period_end(date(2026, 1, 1), days=0)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 11, 28), 3, date(2027, 2, 28)),
        (date(2026, 8, 31), 3, date(2026, 11, 30)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2027, 1, 31), -2, date(2026, 11, 30)),
    ],
)
def test_months_end_on_the_same_number_or_the_last_of_the_month(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then
