"""The months to come of an allowance are set aside in the budget: none of them finds the line granted out."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from registry.checks.kinds import KINDS
from registry.checks.money import LEDGER
from registry.checks.run import examine
from registry.ledger.model import BudgetLine
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.changing.commands import extend_voucher, lower_voucher, raise_voucher
from tests.registry.vouchers.kinds.test_allowances import Months, due, months


async def off_the_books(steps: Months) -> list[str]:
    """The invariants of the ledger and of the kinds of voucher that do not hold."""
    async with steps.database.transaction(steps.world.sight) as session:
        found = [await examine(session, one) for one in (*LEDGER, *KINDS)]
    return [one.line() for one in found if not one.ok]


async def test_a_line_gives_no_month_that_it_could_not_bring(database: Database, keys: Keys) -> None:
    steps = await months(database, keys, allocated_cents=750_00)
    voucher_id = await steps.grant()
    with pytest.raises(Refused) as short:
        await steps.grant()
    assert (short.value.code, short.value.facts) == (
        "budget.short", {"wanted_cents": 400_00, "left_cents": 350_00},
    )  # fmt: skip
    await steps.grant(value_cents=80_00)
    await steps.at(due(4))
    assert len(await steps.topups(voucher_id)) == 3
    assert await steps.open_cases() == []
    assert await steps.unfit() == []


async def test_one_from_before_months_were_set_aside_catches_up_when_there_is_room(
    database: Database, keys: Keys
) -> None:
    steps = await months(database, keys)
    voucher_id = await steps.grant()
    await steps.nothing_aside(voucher_id)

    async def allocate(cents: int) -> None:
        async with steps.database.transaction(steps.world.sight) as session:
            (await session.get_one(BudgetLine, steps.world.budget_line_id)).allocated_cents = cents

    async def stands() -> tuple[int, int, int]:
        voucher = await steps.voucher(voucher_id)
        return (
            len(await steps.topups(voucher_id)),
            voucher.committed_cents,
            (await steps.line()).granted_cents,
        )

    await allocate(150_00)
    await steps.at(due(2))
    await steps.at(due(2) + timedelta(hours=1))
    assert await stands() == (0, 0, 100_00)
    assert await steps.open_cases() == ["allowance_short"]
    await allocate(350_00)
    await steps.at(due(2) + timedelta(days=1))
    assert await stands() == (1, 0, 200_00), "room for this month, and not for all that come"
    assert (await steps.voucher(voucher_id)).next_topup_at == due(3), "the month's day stays the month's day"
    await allocate(400_00)
    await steps.at(due(3))
    assert await stands() == (2, 100_00, 400_00)
    await steps.at(due(4))
    assert await stands() == (3, 0, 400_00)
    assert await steps.unfit() == []


async def test_days_that_come_back_for_waiting_bring_their_month_where_the_line_can(
    database: Database, keys: Keys
) -> None:
    steps = await months(database, keys, allocated_cents=300_00)
    first, second = await steps.grant(validity_days=25), await steps.grant(validity_days=25)
    picks = [await steps.choose(one) for one in (first, second)]
    steps.now += timedelta(days=8)
    for pick in picks:
        await steps.decline(pick)
    stands = [await steps.voucher(one) for one in (first, second)]
    assert [one.next_topup_at for one in stands] == [due(2), due(2)]
    assert [one.committed_cents for one in stands] == [100_00, 0], "the line had room for one"
    await steps.at(due(2))
    assert [len(await steps.topups(one)) for one in (first, second)] == [1, 0]
    assert "allowance_short" in await steps.open_cases()
    assert await steps.unfit() == []
    assert await off_the_books(steps) == []


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_done_no_month_finds_the_line_granted_out(
    database: Database, keys: Keys, seed: int
) -> None:
    draw = random.Random(seed)
    steps = await months(database, keys, allocated_cents=700_00, carry_over=draw.random() < 0.5)
    actor = steps.world[Role.CASE_WORKER]
    opened: list[tuple[UUID, UUID, int]] = []
    refused: set[str] = set()

    async def change(act: Any, voucher_id: UUID, reason: str, **by: Any) -> None:
        async with database.transaction(actor.sight) as session:
            await act(session, actor=actor, now=steps.now, voucher_id=voucher_id, reason=reason, **by)

    for _ in range(40):
        acts = ("grant", "grant", "grant", "redeem", "raise", "lower", "extend", "cancel", "days", "days")
        act = draw.choice(acts) if opened else "grant"
        try:
            if act == "grant":
                provider = draw.randrange(3)
                found = await steps.opened(provider, validity_days=draw.randrange(10, 180))
                opened.append((*found, provider))
                continue
            voucher_id, shown, provider = draw.choice(opened)
            if act == "redeem":
                await steps.redeem(
                    shown, 1_00, draw.randrange(1, 60) * 100, day=local_date(steps.now), provider=provider
                )
            elif act == "raise":
                await change(raise_voucher, voucher_id, "more_needed", cents=50_00)
            elif act == "lower":
                heard = Hearing(HeardHow.PHONE, local_date(steps.now))
                await change(lower_voucher, voucher_id, "less_needed", cents=10_00, hearing=heard)
            elif act == "extend":
                await change(extend_voucher, voucher_id, "agreed_in_plan", days=draw.randrange(1, 90))
            elif act == "cancel":
                await steps.cancel(voucher_id)
            else:
                await steps.at(steps.now + timedelta(days=draw.randrange(5, 40)))
                await steps.tick()
        except Refused as error:
            refused.add(error.code)
        finally:
            assert await steps.unfit() == []
    assert "allowance_short" not in await steps.open_cases()
    assert "budget.short" in refused, "the line was granted out, and still every month came"
    assert await off_the_books(steps) == []
