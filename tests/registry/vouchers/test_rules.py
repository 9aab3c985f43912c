"""The voucher's state machines, over every pair of states, and the amounts of a draw."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.errors import Accepted, Refusal
from registry.vouchers.redemption.rules import (
    Draw,
    Drawn,
    Holding,
    Reserved,
    capture,
    draw,
    may_end_reservation,
    may_reverse,
    state_after_draw,
)
from registry.vouchers.rules import (
    ASSIGNMENT_TRANSITIONS,
    REDEMPTION_TRANSITIONS,
    VOUCHER_TRANSITIONS,
    AssignmentState,
    RedemptionState,
    VoucherState,
    grant_value,
    may_answer,
    may_become,
    may_change_pick,
)

V, R, A = VoucherState, RedemptionState, AssignmentState
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PROVIDER = UUID(int=7)

VOUCHER_PAIRS = {
    (V.GRANTED, V.CHOSEN), (V.GRANTED, V.REFUSED), (V.GRANTED, V.CANCELLED), (V.GRANTED, V.EXPIRED),
    (V.CHOSEN, V.GRANTED), (V.CHOSEN, V.CHOSEN), (V.CHOSEN, V.IN_USE), (V.CHOSEN, V.REFUSED),
    (V.CHOSEN, V.CANCELLED), (V.CHOSEN, V.EXPIRED),
    (V.IN_USE, V.GRANTED), (V.IN_USE, V.CHOSEN), (V.IN_USE, V.USED_UP), (V.IN_USE, V.REFUSED),
    (V.IN_USE, V.CANCELLED), (V.IN_USE, V.EXPIRED),
    (V.USED_UP, V.IN_USE),
}  # fmt: skip
REDEMPTION_PAIRS = {
    (R.RESERVED, R.CAPTURED), (R.RESERVED, R.RELEASED), (R.RESERVED, R.LAPSED), (R.CAPTURED, R.REVERSED),
}  # fmt: skip
ASSIGNMENT_PAIRS = {
    (A.ASKED, A.CONFIRMED), (A.ASKED, A.DECLINED), (A.ASKED, A.LAPSED), (A.ASKED, A.ENDED), (A.CONFIRMED, A.ENDED),
}  # fmt: skip


@pytest.mark.parametrize("before", V)
@pytest.mark.parametrize("after", V)
def test_every_pair_of_voucher_states(before: VoucherState, after: VoucherState) -> None:
    answer = may_become(before, after)
    assert isinstance(answer, Accepted) == ((before, after) in VOUCHER_PAIRS)
    if isinstance(answer, Refusal):
        assert answer.code == f"voucher.{before}"


@pytest.mark.parametrize("before", R)
@pytest.mark.parametrize("after", R)
def test_every_pair_of_redemption_states(before: RedemptionState, after: RedemptionState) -> None:
    assert (after in REDEMPTION_TRANSITIONS[before]) == ((before, after) in REDEMPTION_PAIRS)
    if after in (R.RELEASED, R.LAPSED):
        assert isinstance(may_end_reservation(before, after), Accepted) == (
            (before, after) in REDEMPTION_PAIRS
        )
    if after is R.REVERSED:
        assert isinstance(may_reverse(before), Accepted) == (before is R.CAPTURED)


@pytest.mark.parametrize("before", A)
@pytest.mark.parametrize("after", A)
def test_every_pair_of_assignment_states(before: AssignmentState, after: AssignmentState) -> None:
    assert isinstance(may_answer(before, after), Accepted) == ((before, after) in ASSIGNMENT_PAIRS)


def test_no_state_is_missing_from_a_table() -> None:
    assert set(VOUCHER_TRANSITIONS) == set(V)
    assert set(REDEMPTION_TRANSITIONS) == set(R)
    assert set(ASSIGNMENT_TRANSITIONS) == set(A)


def holding(**changes: Any) -> Holding:
    values: dict[str, Any] = {
        "id": UUID(int=1), "state": V.IN_USE, "own_share_allowed": False, "unit_price_ceiling_cents": 60_00,
        "claim_until": NOW + timedelta(days=30), "first_day": TODAY - timedelta(days=30),
        "last_day": TODAY + timedelta(days=29), "available_cents": 600_00, "units_available": 10_00,
        "provider_id": PROVIDER, "presented": True, "confirmed": True, "agreed_unit_price_cents": 60_00,
        "vat_rate_bp": 2550, "admission_active": True,
    }  # fmt: skip
    return Holding(**(values | changes))


def asked(units: int = 1_00, price: int = 60_00, day: date = TODAY) -> Draw:
    return Draw(units, price, day)


@pytest.mark.parametrize(
    ("changes", "draw_asked", "code"),
    [
        ({"state": V.GRANTED}, asked(), "voucher.not_chosen"),
        ({"state": V.USED_UP}, asked(), "voucher.used_up"),
        ({"state": V.EXPIRED}, asked(), "voucher.expired"),
        ({"state": V.CANCELLED}, asked(), "voucher.cancelled"),
        ({"state": V.REFUSED}, asked(), "voucher.refused"),
        ({"provider_id": UUID(int=8)}, asked(), "redemption.other_provider"),
        ({"presented": False}, asked(), "presentation.ended"),
        ({"confirmed": False}, asked(), "choice.not_confirmed"),
        ({"admission_active": False}, asked(), "admission.not_active"),
        ({"claim_until": NOW}, asked(), "voucher.expired"),
        ({}, asked(day=TODAY + timedelta(days=1)), "redemption.date_in_future"),
        ({}, asked(day=TODAY - timedelta(days=31)), "redemption.date_outside_validity"),
        ({"last_day": TODAY - timedelta(days=1)}, asked(), "redemption.date_outside_validity"),
        ({}, asked(units=0), "redemption.units_out_of_range"),
        ({}, asked(units=1_000_01), "redemption.units_out_of_range"),
        ({}, asked(price=60_01), "redemption.price_above_agreed"),
        ({"agreed_unit_price_cents": 70_00}, asked(price=60_01), "redemption.price_above_ceiling"),
        ({}, asked(units=10_01), "redemption.too_few_units"),
        ({"units_available": None}, asked(units=10_01), "redemption.too_little_value"),
        ({}, asked(price=0), "redemption.nothing_to_pay"),
        ({"own_share_allowed": True, "available_cents": 0, "units_available": None}, asked(),
         "redemption.too_little_value"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_code(changes: dict[str, Any], draw_asked: Draw, code: str) -> None:
    answer = draw(holding(**changes), draw_asked, provider_id=PROVIDER, now=NOW, today=TODAY)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_the_company_pays_what_the_voucher_does_not() -> None:
    company = holding(
        own_share_allowed=True, units_available=None, available_cents=100_00, agreed_unit_price_cents=90_00
    )
    answer = draw(company, asked(units=2_00, price=90_00), provider_id=PROVIDER, now=NOW, today=TODAY)
    assert answer == Drawn(180_00, 100_00, 80_00, 143_43, 36_57, 2_00)


@given(
    units=st.integers(1, 20_00),
    price=st.integers(0, 100_00),
    ceiling=st.integers(1, 100_00),
    available=st.integers(0, 2_000_00),
    units_available=st.none() | st.integers(0, 20_00),
    own_share=st.booleans(),
    vat=st.integers(0, 30_00),
)
def test_a_draw_never_takes_more_than_there_is(
    units: int,
    price: int,
    ceiling: int,
    available: int,
    units_available: int | None,
    own_share: bool,
    vat: int,
) -> None:
    held = holding(
        own_share_allowed=own_share, unit_price_ceiling_cents=ceiling, available_cents=available,
        units_available=units_available, agreed_unit_price_cents=100_00, vat_rate_bp=vat,
    )  # fmt: skip
    answer = draw(held, asked(units, price), provider_id=PROVIDER, now=NOW, today=TODAY)
    if isinstance(answer, Refusal):
        return
    assert 0 < answer.value_cents <= available
    assert (
        answer.price_cents
        == answer.value_cents + answer.own_share_cents
        == answer.net_cents + answer.vat_cents
    )
    assert answer.own_share_cents >= 0
    assert own_share or answer.own_share_cents == 0
    assert units_available is None or answer.units <= units_available


@given(
    reserved_units=st.integers(1, 20_00),
    taken=st.none() | st.integers(-1, 30_00),
    price=st.integers(1, 100_00),
    ceiling=st.integers(1, 100_00),
    value=st.integers(1, 2_000_00),
)
def test_a_capture_never_exceeds_its_reservation(
    reserved_units: int, taken: int | None, price: int, ceiling: int, value: int
) -> None:
    held = Reserved(R.RESERVED, NOW + timedelta(days=1), reserved_units, price, value, ceiling, 2550)
    answer = capture(held, units=taken, now=NOW, voucher_state=V.IN_USE)
    if taken is not None and not 0 < taken <= reserved_units:
        assert isinstance(answer, Refusal)
    if isinstance(answer, Drawn):
        assert 0 < answer.value_cents <= value
        assert answer.units <= reserved_units


@pytest.mark.parametrize(
    ("available", "reserved", "units", "state"),
    [(0, 0, None, V.USED_UP), (0, 1, None, V.IN_USE), (1, 0, None, V.IN_USE), (5, 0, 0, V.USED_UP), (5, 0, 1, V.IN_USE)],
)  # fmt: skip
def test_used_up_means_nothing_to_draw_and_nothing_held(
    available: int, reserved: int, units: int | None, state: VoucherState
) -> None:
    assert state_after_draw(available, reserved, units) is state


@pytest.mark.parametrize("state", V)
def test_a_pick_may_change_only_while_value_remains(state: VoucherState) -> None:
    is_open = state in (V.GRANTED, V.CHOSEN, V.IN_USE)
    assert isinstance(may_change_pick(state, available_cents=1, reserved_cents=0), Accepted) == is_open
    assert isinstance(may_change_pick(state, available_cents=0, reserved_cents=0), Refusal)
    assert isinstance(may_change_pick(state, available_cents=1, reserved_cents=1), Refusal)


@pytest.mark.parametrize(
    ("units", "value", "days", "code"),
    [(None, None, 91, "grant.validity_out_of_terms"), (None, None, 0, "grant.validity_out_of_terms"),
     (10_01, None, None, "grant.units_out_of_terms"), (0, None, None, "grant.units_out_of_terms"),
     (None, 5, None, "grant.units_out_of_terms")],
)  # fmt: skip
def test_a_grant_stays_within_its_terms(
    units: int | None, value: int | None, days: int | None, code: str
) -> None:
    answer = grant_value(
        terms_value_cents=600_00, terms_units=10_00, ceiling_cents=60_00, terms_validity_days=90,
        value_cents=value, units=units, validity_days=days,
    )  # fmt: skip
    assert isinstance(answer, Refusal)
    assert answer.code == code
