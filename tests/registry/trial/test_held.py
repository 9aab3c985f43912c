"""Our own reckoning of what a visit costs, on every kind of voucher."""

import pytest

from registry.trial import made_up
from registry.trial.errors import Unexpected
from registry.trial.held import Charge, HeldVoucher
from registry.trial.plan import stories

STORY = next(stories(1))
HOURS, EUROS, SESSIONS, EUROS_AND_OWN = made_up.KINDS


def held(kind: int, *, price: int, available: int | None = None) -> HeldVoucher:
    terms = made_up.KINDS[kind]
    value = available if available is not None else (terms.value_cents or 600_00)
    return HeldVoucher(STORY, "id", "number", terms, 0, value, terms.units, price_cents=price)


def test_hours_are_drawn_at_the_agreed_price() -> None:
    voucher = held(0, price=41_35)
    assert voucher.most_units == 10_00
    assert voucher.reckon(1_25) == Charge(1_25, 51_69, 0), "51.6875 € is rounded up"
    voucher.take(voucher.reckon(1_25), reserve=False)
    assert (voucher.available_cents, voucher.units_available) == (548_31, 8_75)


def test_a_sum_pays_for_as_much_as_it_covers() -> None:
    voucher = held(1, price=45_00, available=100_00)
    assert voucher.most_units == 2_22
    assert voucher.reckon(2_22).value_cents == 99_90


def test_above_the_ceiling_the_client_pays_the_rest() -> None:
    voucher = held(3, price=75_00, available=100_00)
    assert voucher.most_units == 1_67, "the last unit may be dearer than what is left"
    assert voucher.reckon(1_67) == Charge(1_67, 100_00, 25_25)
    reserved = voucher.reckon(1_00)
    assert voucher.part_of(reserved, 50) == Charge(50, 30_00, 7_50)


def test_giving_back_undoes_a_draw() -> None:
    voucher = held(2, price=60_00, available=360_00)
    charge = voucher.reckon(2_00)
    voucher.take(charge, reserve=True)
    assert (voucher.reserved_cents, voucher.available_cents, voucher.units_available) == (
        120_00,
        240_00,
        4_00,
    )
    voucher.give_back(charge)
    assert (voucher.available_cents, voucher.units_available) == (360_00, 6_00)


def test_an_answer_that_contradicts_the_reckoning_is_unexpected() -> None:
    with pytest.raises(Unexpected, match="the value drawn is 1 by the answer and 2 by our reckoning"):
        held(0, price=1).same("the value drawn", 1, 2)
