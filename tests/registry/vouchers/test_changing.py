"""Raising, lowering and lengthening a voucher: the sums stay whole, and the terms that it was granted with stay."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Refusal, Refused
from registry.shared.settings import Keys
from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.changing.commands import extend_voucher, lower_voucher, raise_voucher
from registry.vouchers.changing.queries import changes_of
from registry.vouchers.changing.rules import Worth, may_extend, may_lower, may_raise, worth
from registry.vouchers.rules import OPEN_STATES, VoucherState
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps

HEARD = Hearing(HeardHow.MEETING, TODAY)


class Changes(Steps):
    """Steps of a case worker who changes a voucher."""

    async def change(
        self, act: Any, voucher_id: UUID, role: Role = Role.CASE_WORKER, reason: str = "corrected", **by: int
    ) -> None:
        actor = self.world[role]
        async with self.database.transaction(actor.sight) as session:
            heard: Any = {"hearing": HEARD} if act is lower_voucher else {}
            await act(session, actor=actor, now=self.now, voucher_id=voucher_id, reason=reason, **by, **heard)


@pytest.fixture
async def changes(database: Database, keys: Keys) -> Changes:
    return Changes(database, await build_world(database, allocated_cents=1_000_00), keys)


async def test_a_raise_comes_from_the_budget_and_a_lowering_goes_back(changes: Changes) -> None:
    voucher_id, presentation_id = await changes.opened()
    await changes.redeem(presentation_id, 2_00)
    await changes.change(raise_voucher, voucher_id, units=5_00)
    raised = await changes.voucher(voucher_id)
    assert (raised.granted_cents, raised.available_cents, raised.units_available) == (900_00, 780_00, 13_00)
    assert (await changes.line()).granted_cents == 900_00
    await changes.change(lower_voucher, voucher_id, units=12_00, reason="less_needed")
    lowered = await changes.voucher(voucher_id)
    assert (lowered.available_cents, lowered.returned_cents, lowered.units_available) == (60_00, 720_00, 1_00)
    assert (await changes.line()).granted_cents == 180_00
    await changes.redeem(presentation_id, 1_00)
    assert (await changes.voucher(voucher_id)).state == "used_up"
    async with changes.database.transaction(changes.client(None).sight) as session:
        told = [(change.kind, change.units) for change in await changes_of(session, voucher_id=voucher_id)]
    assert told == [("lowered", 12_00), ("raised", 5_00)], "the client sees what was done to the voucher"
    assert await changes.unfit() == []


async def test_a_short_budget_line_refuses_with_the_amounts_and_nothing_is_changed(changes: Changes) -> None:
    voucher_id, _ = await changes.opened()
    with pytest.raises(Refused) as refused:
        await changes.change(raise_voucher, voucher_id, units=7_00)
    assert refused.value.facts == {"left_cents": 400_00, "wanted_cents": 420_00}
    assert (await changes.voucher(voucher_id)).granted_cents == 600_00
    results = await asyncio.gather(
        *(changes.change(raise_voucher, voucher_id, units=4_00) for _ in range(3)), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1, "only one of three fits into the line"
    assert await changes.unfit() == []


async def test_more_days_are_days_on_which_it_can_be_used(changes: Changes) -> None:
    voucher_id, presentation_id = await changes.opened()
    before = await changes.voucher(voucher_id)
    await changes.change(extend_voucher, voucher_id, days=30, reason="could_not_be_used")
    after = await changes.voucher(voucher_id)
    assert (after.valid_until - before.valid_until).days == 30
    assert after.claim_until >= after.valid_until
    changes.now = NOW + timedelta(days=110)
    await changes.redeem(presentation_id, day=TODAY + timedelta(days=110))
    changes.now = NOW + timedelta(days=121)
    with pytest.raises(Refused, match="not_open"):
        await changes.change(extend_voucher, voucher_id, days=30)
    assert await changes.unfit() == []


async def test_who_may_and_what_may_not_be_changed(changes: Changes) -> None:
    voucher_id, presentation_id = await changes.opened()
    for role in (Role.FINANCE_OFFICER, Role.ORGANISER_ADMINISTRATOR, Role.CLIENT, Role.AUDITOR):
        with pytest.raises(Forbidden):
            await changes.change(raise_voucher, voucher_id, role, units=1_00)
    held = await changes.redeem(presentation_id, 4_00, reserve=True)
    wrong: tuple[tuple[Any, dict[str, Any], str], ...] = (
        (lower_voucher, {"units": 6_00}, "change.below_used"),
        (lower_voucher, {"cents": 10_00}, "change.in_units"),
        (raise_voucher, {"units": 10_01}, "change.above_terms"),
        (raise_voucher, {"units": 0}, "change.in_units"),
        (extend_voucher, {"days": 91}, "change.days_range"),
        (extend_voucher, {"days": 0}, "change.days_range"),
    )
    for act, by, code in wrong:
        with pytest.raises(Refused) as refused:
            await changes.change(act, voucher_id, **by)
        assert refused.value.code == code
    with pytest.raises(Refused, match="reason_unknown"):
        await changes.change(raise_voucher, voucher_id, units=1_00, reason="less_needed")
    await changes.release(held.id)
    await changes.cancel(voucher_id)
    with pytest.raises(Refused, match="not_open"):
        await changes.change(raise_voucher, voucher_id, units=1_00)


def test_only_open_vouchers_in_any_state() -> None:
    by = Worth(100, None)
    for state in VoucherState:
        allowed = {
            not isinstance(may_raise(by, state=state, terms_value_cents=100), Refusal),
            not isinstance(may_lower(by, state=state, available_cents=101, units_available=None), Refusal),
            not isinstance(may_extend(1, state=state, last_day=TODAY, today=TODAY, terms_days=1), Refusal),
        }
        assert allowed == {state in OPEN_STATES}


@given(units=st.integers(1, 100_000), ceiling=st.integers(1, 1_000_000))
def test_units_are_worth_whole_cents_or_nothing(units: int, ceiling: int) -> None:
    found = worth(in_units=True, ceiling_cents=ceiling, cents=None, units=units)
    if isinstance(found, Refusal):
        assert units * ceiling % 100
    else:
        assert found.cents * 100 == units * ceiling
