"""Money loses no cent, whatever is done to it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.errors import Invalid
from registry.shared.money import MAX_CENTS, Money, allocate, price, round_cents, vat_split

CENTS = st.integers(-MAX_CENTS, MAX_CENTS)


@given(total=CENTS, weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_allocate_loses_no_cent(total: int, weights: list[int]) -> None:
    shares = allocate(Money(total), weights)
    assert sum(share.cents for share in shares) == total
    for share, weight in zip(shares, weights, strict=True):
        exact = Decimal(total) * weight / sum(weights)
        assert abs(share.cents - exact) < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_allocate_refuses_weights_that_mean_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(Money(100), weights)


@given(gross=st.integers(0, MAX_CENTS), rate=st.integers(0, 100_00))
def test_net_and_vat_are_the_gross(gross: int, rate: int) -> None:
    net, vat = vat_split(gross, rate)
    assert net + vat == gross
    assert net >= 0
    assert vat >= 0
    assert abs(Decimal(net) * rate / 10_000 - vat) <= 1 + Decimal(rate) / 10_000


def test_the_finnish_rate() -> None:
    assert vat_split(125_50, 2550) == (100_00, 25_50)


@pytest.mark.parametrize(("amount", "cents"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("0.49", 0)])
def test_half_a_cent_goes_up(amount: str, cents: int) -> None:
    assert round_cents(Decimal(amount)) == cents


@given(unit_price=st.integers(0, 10**6), units=st.integers(0, 10**5))
def test_a_price_is_within_half_a_cent(unit_price: int, units: int) -> None:
    assert abs(price(unit_price, units) - Decimal(unit_price) * units / 100) <= Decimal("0.5")


@given(CENTS)
def test_what_is_written_is_read_back(cents: int) -> None:
    assert Money.parse(str(Money(cents))).cents == cents


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1 234,50 €", 123450),
        ("1234.5", 123450),
        ("89,50", 8950),
        ("−5", -500),
        ("1\u00a0000", 100000),
        ("0,05", 5),
    ],
)
def test_what_people_type(typed: str, cents: int) -> None:
    assert Money.parse(typed).cents == cents


@pytest.mark.parametrize(
    "typed", ["", "abc", "1,234,50", "1.234", "12e3", "٣", "1" * 13, "--5", "5-", ",5", "1,-5"]
)
def test_what_is_no_amount(typed: str) -> None:
    with pytest.raises(Invalid):
        Money.parse(typed)


def test_money_takes_no_float() -> None:
    with pytest.raises(TypeError):
        Money(1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(True)
