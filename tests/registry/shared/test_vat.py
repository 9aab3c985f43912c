"""The law's rates by their days, and what is said of a price's VAT."""

from datetime import date

import pytest

from registry.shared.vat import (
    CHANGES,
    USUAL_REASONS,
    RateChange,
    Vat,
    VatCategory,
    completed,
    left_rates,
    rate_on,
    rates_in_force,
    spans,
    vat_errors,
    vat_on,
)

THERE_AND_BACK = (
    RateChange(date(2024, 9, 1), 2400, 2550),
    RateChange(date(2027, 1, 1), 2550, 2400),
    RateChange(date(2030, 1, 1), 2400, 2600),
)


@pytest.mark.parametrize(
    ("rate", "of", "day", "expected"),
    [
        (2400, date(2024, 8, 1), date(2024, 8, 31), 2400),  # the day before the change
        (2400, date(2024, 8, 1), date(2024, 9, 1), 2550),  # its first day
        (2400, date(2024, 8, 1), date(2026, 5, 1), 2550),
        (1400, date(2025, 12, 1), date(2025, 12, 31), 1400),
        (1400, date(2025, 12, 1), date(2026, 1, 1), 1350),
        (1350, date(2026, 1, 2), date(2025, 12, 31), 1400),  # chosen after it, given before it
        (2400, date(2026, 1, 2), date(2026, 1, 2), 2550),  # a price that nobody set anew
        (2400, date(2026, 1, 2), date(2024, 8, 31), 2400),
        (2300, date(2012, 5, 1), date(2026, 1, 1), 2550),  # two changes on
        (2550, date(2026, 1, 1), date(2012, 12, 31), 2300),  # and two back
        (1000, date(2020, 1, 1), date(2026, 1, 1), 1000),
        (0, date(2020, 1, 1), date(2026, 1, 1), 0),
        (700, date(2020, 1, 1), date(2026, 1, 1), 700),  # of no law that is known here
    ],
)
def test_the_rate_on_a_day(rate: int, of: date, day: date, expected: int) -> None:
    assert rate_on(rate, day, of=of) == expected


@pytest.mark.parametrize(
    ("rate", "of", "day", "expected"),
    [
        (2400, date(2024, 1, 1), date(2025, 1, 1), 2550),
        (2400, date(2024, 1, 1), date(2027, 1, 1), 2400),
        (2400, date(2028, 1, 1), date(2029, 1, 1), 2400),  # it is in force again
        (2400, date(2028, 1, 1), date(2026, 1, 1), 2550),
        (2400, date(2028, 1, 1), date(2024, 1, 1), 2400),
        (2550, date(2028, 1, 1), date(2030, 1, 1), 2600),
    ],
)
def test_a_rate_that_comes_back(rate: int, of: date, day: date, expected: int) -> None:
    assert rate_on(rate, day, of=of, changes=THERE_AND_BACK) == expected


def test_the_rates_of_a_day() -> None:
    assert rates_in_force(date(2012, 1, 1)) == (2300, 1300, 900)
    assert rates_in_force(date(2024, 8, 31)) == (2400, 1400, 1000)
    assert rates_in_force(date(2025, 12, 31)) == (2550, 1400, 1000)
    assert rates_in_force(date(2026, 1, 1)) == (2550, 1350, 1000)
    assert set(left_rates(date(2024, 9, 1))) == {2300, 1300, 900, 2400}
    assert left_rates(date(2024, 9, 1))[2400].first_day == date(2024, 9, 1)
    assert 2400 not in left_rates(date(2028, 1, 1), changes=THERE_AND_BACK)
    for day in (date(2012, 1, 1), date(2024, 8, 31), date(2024, 9, 1), date(2026, 1, 1)):
        held = [rate for rate, first, until in spans() if first <= day < until]
        assert sorted(held, reverse=True) == list(rates_in_force(day))
    assert [c.first_day for c in CHANGES] == sorted(c.first_day for c in CHANGES)


def test_the_vat_is_what_the_providers_prices_had_in_them_on_the_day() -> None:
    """Whenever it was chosen; and where its prices never changed, what was agreed."""
    outside, registered = completed(0, "O", None), completed(2550, None, None)
    prices = [(date(2026, 4, 1), registered), (date(2026, 2, 1), outside), (date(2024, 8, 1), Vat(2400, "S"))]

    def on(day: date) -> Vat:
        return vat_on(day, agreed=Vat(1400), agreed_on=date(2025, 12, 1), prices=prices)

    assert on(date(2026, 1, 31)) == Vat(2550, "S")
    assert on(date(2026, 2, 1)) == outside
    assert on(date(2026, 4, 1)) == registered
    assert on(date(2024, 7, 31)) == Vat(1400, "S")
    assert vat_on(date(2026, 4, 1), agreed=Vat(1400), agreed_on=date(2025, 12, 1)) == Vat(1350, "S")


@pytest.mark.parametrize(
    ("rate", "category", "reason", "errors"),
    [
        (2550, "S", None, {}),
        (2550, None, None, {}),
        (0, None, None, {}),  # from before it was asked
        (0, "O", "Ei arvonlisäverovelvollinen", {}),
        (0, "Z", None, {}),
        (2400, "S", None, {"vat_rate_bp": "offer.vat_rate_unknown"}),
        (0, "S", None, {"vat_category": "offer.vat_category_unfit"}),
        (2550, "E", "AVL 39 §", {"vat_category": "offer.vat_category_unfit"}),
        (0, "K", "x", {"vat_category": "offer.vat_category_unfit"}),
        (0, "E", None, {"vat_reason": "offer.vat_reason_missing"}),
        (0, "E", "x" * 71, {"vat_reason": "offer.vat_reason_long"}),
        (0, "Z", "x", {"vat_reason": "offer.vat_reason_alone"}),
        (2550, "S", "x", {"vat_reason": "offer.vat_reason_alone"}),
        (0, None, "x", {"vat_reason": "offer.vat_reason_alone"}),
    ],
)
def test_what_goes_together(
    rate: int, category: str | None, reason: str | None, errors: dict[str, str]
) -> None:
    assert vat_errors(Vat(rate, category, reason), rates_in_force(date(2026, 5, 1))) == errors


def test_what_is_not_said_is_the_usual() -> None:
    assert completed(2550, None, " ") == Vat(2550, "S", None)
    assert completed(0, "O", "") == Vat(0, "O", USUAL_REASONS[VatCategory.OUTSIDE])
    assert completed(0, "AE", "AVL 8 c §") == Vat(0, "AE", "AVL 8 c §")
    assert completed(0, "E", None) == Vat(0, "E", None)
    assert completed(0, None, None) == Vat(0)
