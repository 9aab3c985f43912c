"""Interest for late payment: the days, the half years' rates, what came in meanwhile, and a half year nobody has set."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.settlement.claims.interest import RATES, LateInterest, late_interest, runs_from

RATES_OF = {date(2025, 1, 1): 350, date(2025, 7, 1): 250, date(2026, 7, 1): 300}


def parts(found: LateInterest | None) -> list[tuple[date, date, int | None, int]]:
    assert found is not None
    return [(part.since, part.until, part.rate_bp, part.cents) for part in found.parts]


def test_each_half_year_has_its_rate_and_one_that_is_not_set_counts_nothing() -> None:
    found = late_interest(
        10_000_00, paid_by=date(2025, 6, 20), received=[], today=date(2026, 7, 10), rates=RATES_OF
    )
    assert parts(found) == [
        (date(2025, 6, 21), date(2025, 6, 30), 1050, 28_77),
        (date(2025, 7, 1), date(2025, 12, 31), 950, 478_90),
        (date(2026, 1, 1), date(2026, 6, 30), None, 0),
        (date(2026, 7, 1), date(2026, 7, 10), 1000, 27_40),
    ]
    assert found is not None
    assert (found.cents, found.until) == (535_07, date(2026, 7, 10))
    assert [part.since for part in found.unknown] == [date(2026, 1, 1)]


def test_what_came_in_bears_interest_to_its_day_and_the_last_of_it_ends_it() -> None:
    received = [(date(2025, 1, 15), 4_000_00), (date(2025, 1, 5), 1_000_00), (date(2025, 1, 25), 5_000_00)]
    found = late_interest(
        10_000_00, paid_by=date(2025, 1, 5), received=received, today=date(2026, 3, 1), rates=RATES_OF
    )
    # ten days of 9,000 and ten of 5,000, at 10.5 per cent
    assert parts(found) == [(date(2025, 1, 6), date(2025, 1, 25), 1050, 40_27)]


def test_nothing_is_late_on_the_last_day_and_whoever_asks_waits_thirty_days() -> None:
    made_on = date(2025, 3, 3)
    assert runs_from(made_on=made_on, due_on=made_on + timedelta(days=14)) == date(2025, 4, 2)
    last = runs_from(made_on=made_on, due_on=made_on + timedelta(days=60))
    assert last == date(2025, 5, 2)
    assert late_interest(1_00, paid_by=last, received=[], today=last) is None
    assert late_interest(1_00, paid_by=last, received=[(last, 1_00)], today=date(2026, 1, 1)) is None


@given(st.integers(1, 10**9), st.dates(date(2023, 1, 1), date(2025, 6, 1)), st.integers(1, 800))
def test_the_rates_of_the_file_are_whole_half_years_and_never_gone_beyond(
    cents: int, paid_by: date, days: int
) -> None:
    assert all((day.month, day.day) in {(1, 1), (7, 1)} for day in RATES)
    found = late_interest(cents, paid_by=paid_by, received=[], today=paid_by + timedelta(days=days))
    assert found is not None
    assert sum((part.until - part.since).days + 1 for part in found.parts) == days
    first = paid_by + timedelta(days=1)
    for part in found.parts:
        assert part.since == first
        half_year = date(first.year, 1 if first.month < 7 else 7, 1)
        assert part.rate_bp == (RATES[half_year] + 700 if half_year in RATES else None)
        first = part.until + timedelta(days=1)
