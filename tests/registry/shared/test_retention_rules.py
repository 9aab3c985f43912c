"""How long papers are kept, on the edges of years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.errors import ACCEPTED, Refusal
from registry.shared.retention_rules import (
    accounting_books_until,
    accounting_vouchers_until,
    closed_matter_until,
    financial_year_end,
    may_erase,
)

DAYS = st.dates(date(2000, 1, 1), date(2080, 12, 31))


@pytest.mark.parametrize(
    ("year_ended", "vouchers", "books"),
    [
        (date(2017, 4, 30), date(2023, 12, 31), date(2027, 4, 30)),
        (date(2024, 3, 31), date(2030, 12, 31), date(2034, 3, 31)),
        (date(2026, 12, 31), date(2032, 12, 31), date(2036, 12, 31)),
        (date(2026, 1, 1), date(2032, 12, 31), date(2036, 1, 1)),
        (date(2028, 2, 29), date(2034, 12, 31), date(2038, 2, 28)),
    ],
)
def test_accounts(year_ended: date, vouchers: date, books: date) -> None:
    assert accounting_vouchers_until(year_ended) == vouchers
    assert accounting_books_until(year_ended) == books


@pytest.mark.parametrize(
    ("day", "last_month", "ends"),
    [
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2026, 12, 31), 12, date(2026, 12, 31)),
        (date(2017, 4, 30), 4, date(2017, 4, 30)),
        (date(2016, 5, 1), 4, date(2017, 4, 30)),
        (date(2017, 5, 1), 4, date(2018, 4, 30)),
        (date(2027, 6, 15), 2, date(2028, 2, 29)),
        (date(2028, 2, 29), 2, date(2028, 2, 29)),
        (date(2028, 3, 1), 2, date(2029, 2, 28)),
    ],
)
def test_the_financial_year_of_a_day(day: date, last_month: int, ends: date) -> None:
    assert financial_year_end(day, last_month=last_month) == ends


@given(DAYS, st.integers(1, 12))
def test_a_day_is_in_the_year_that_ends_next(day: date, last_month: int) -> None:
    ends = financial_year_end(day, last_month=last_month)
    assert day <= ends < day + timedelta(days=366)
    assert (ends + timedelta(days=1)).day == 1


@pytest.mark.parametrize("month", [0, 13])
def test_a_month_is_one_of_twelve(month: int) -> None:
    with pytest.raises(ValueError, match="month"):
        financial_year_end(date(2026, 1, 1), last_month=month)


@pytest.mark.parametrize(
    ("ended", "years", "until"),
    [
        (date(2026, 1, 1), 5, date(2031, 12, 31)),
        (date(2026, 12, 31), 5, date(2031, 12, 31)),
        (date(2027, 1, 1), 5, date(2032, 12, 31)),
        (date(2026, 6, 1), 0, date(2026, 12, 31)),
    ],
)
def test_a_matter_that_led_to_nothing(ended: date, years: int, until: date) -> None:
    assert closed_matter_until(ended, years=years) == until


def test_years_are_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        closed_matter_until(date(2026, 1, 1), years=-1)


def test_nothing_goes_on_its_last_day() -> None:
    last = date(2031, 12, 31)
    kept = may_erase(kept_until=last, accounting_until=None, today=last)
    assert kept == Refusal("retention.kept", {"until": last})
    assert may_erase(kept_until=last, accounting_until=None, today=last + timedelta(days=1)) == ACCEPTED


def test_an_accounting_hold_is_stronger_than_a_period_that_is_over() -> None:
    over, hold = date(2028, 12, 31), date(2032, 12, 31)
    held = may_erase(kept_until=over, accounting_until=hold, today=hold)
    assert held == Refusal("retention.accounting_hold", {"until": hold})
    assert may_erase(kept_until=over, accounting_until=hold, today=hold + timedelta(days=1)) == ACCEPTED
