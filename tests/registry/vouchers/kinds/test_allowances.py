"""An allowance: so much a month, topped up by itself, once each month, never beyond its months and its validity."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from registry.ledger.model import BudgetLine
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date, start_of_day
from registry.shared.settings import Keys
from registry.vouchers.allowances.commands import top_up_allowances
from registry.vouchers.allowances.model import VoucherTopup
from registry.vouchers.allowances.rules import month_begins, most_months, next_topup
from registry.vouchers.allowances.setting_aside import set_free
from registry.vouchers.changing.commands import extend_voucher
from registry.vouchers.model import Voucher
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps

MONTHLY = 100_00
TERMS: dict[str, Any] = {
    "kind": "allowance", "value_cents": MONTHLY, "units": None, "unit_name": None, "validity_days": 180,
    "months": 4, "carry_over": True, "claim_window_days": 30,
}  # fmt: skip


class Months(Steps):
    async def at(self, moment: datetime) -> None:
        self.now = moment
        actor = system(self.world.organiser_id)
        async with self.database.transaction(actor.sight) as session:
            await top_up_allowances(session, actor=actor, now=moment, limit=100)

    async def topups(self, voucher_id: UUID) -> list[tuple[int, int, int]]:
        async with self.database.transaction(self.world.sight) as session:
            rows = await session.scalars(
                select(VoucherTopup).where(VoucherTopup.voucher_id == voucher_id).order_by(VoucherTopup.month)
            )
            return [(row.month, row.cents, row.returned_cents) for row in rows]

    async def nothing_aside(self, voucher_id: UUID) -> None:
        """As if it had been granted before months were set aside."""
        async with self.database.transaction(self.world.sight) as session:
            voucher = await session.get_one(Voucher, voucher_id)
            line = await session.get_one(BudgetLine, voucher.budget_line_id)
            set_free(session, voucher, line, voucher.committed_cents, now=self.now)


async def months(database: Database, keys: Keys, **terms: Any) -> Months:
    allocated = terms.pop("allocated_cents", 1_000_00)
    world = await build_world(database, allocated_cents=allocated, terms=TERMS | terms)
    return Months(database, world, keys)


def due(month: int) -> datetime:
    return start_of_day(month_begins(TODAY, month))


async def test_each_month_brings_its_sum_once_and_the_last_one_is_the_last(
    database: Database, keys: Keys
) -> None:
    steps = await months(database, keys)
    voucher_id, shown = await steps.opened()
    await steps.at(due(2) - timedelta(seconds=1))
    assert await steps.topups(voucher_id) == []
    await steps.redeem(shown, 1_00, 60_00)
    await steps.redeem(shown, 1_00, 40_00)
    spent = await steps.voucher(voucher_id)
    assert (spent.state, spent.available_cents) == ("in_use", 0), "the next month's sum is to come"
    assert (spent.committed_cents, (await steps.line()).granted_cents) == (300_00, 400_00)
    for moment in (due(2), due(2), due(2) + timedelta(days=3)):
        await steps.at(moment)
    second = await steps.voucher(voucher_id)
    assert (second.granted_cents, second.available_cents, second.months_had) == (200_00, 100_00, 2)
    assert (second.committed_cents, (await steps.line()).granted_cents) == (200_00, 400_00), (
        "nothing is newly taken"
    )
    # the worker was away for the rest of the voucher's months, and three come back at once
    await asyncio.gather(*(steps.at(due(9)) for _ in range(3)))
    assert await steps.topups(voucher_id) == [(2, MONTHLY, 0), (3, MONTHLY, 0), (4, MONTHLY, 0)]
    whole = await steps.voucher(voucher_id)
    assert (whole.granted_cents, whole.committed_cents, whole.next_topup_at) == (400_00, 0, None)
    steps.now = NOW + timedelta(days=170)
    for price in (60_00,) * 5:
        await steps.redeem(shown, 1_00, price, day=TODAY + timedelta(days=170))
    assert (await steps.voucher(voucher_id)).state == "used_up"
    assert await steps.unfit() == []


async def test_without_carry_over_the_rest_of_a_month_goes_back(database: Database, keys: Keys) -> None:
    steps = await months(database, keys, carry_over=False)
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 1_00, 60_00)
    await steps.at(due(2))
    second = await steps.voucher(voucher_id)
    assert (second.available_cents, second.returned_cents, second.granted_cents) == (100_00, 40_00, 200_00)
    held = await steps.redeem(shown, 1_00, 30_00, day=local_date(due(2)), reserve=True)
    await steps.at(due(4))
    assert await steps.topups(voucher_id) == [(2, MONTHLY, 40_00), (3, MONTHLY, 70_00), (4, MONTHLY, MONTHLY)]
    last = await steps.voucher(voucher_id)
    assert (last.available_cents, last.reserved_cents) == (100_00, 30_00), (
        "what is reserved is not taken back"
    )
    await steps.release(held.id)
    assert (await steps.line()).granted_cents == 60_00 + 130_00
    assert await steps.unfit() == []


async def test_the_same_whenever_the_worker_runs(database: Database, keys: Keys) -> None:
    """Run every month, or once at the end: the balances are the same."""
    steps = await months(database, keys, carry_over=False)
    (often, _), (once, _) = await steps.opened(), await steps.opened(1)
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(text("UPDATE voucher SET next_topup_at = NULL WHERE id = :v"), {"v": once})
    for month in (2, 3, 4):
        await steps.at(due(month))
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(
            text("UPDATE voucher SET next_topup_at = :at WHERE id = :v"), {"v": once, "at": due(2)}
        )
    await steps.at(due(4))
    assert await steps.topups(often) == await steps.topups(once) != []
    first, second = await steps.voucher(often), await steps.voucher(once)
    for column in ("granted_cents", "available_cents", "returned_cents", "months_had", "next_topup_at"):
        assert getattr(first, column) == getattr(second, column), column
    assert await steps.unfit() == []


async def test_none_comes_while_held_or_after_the_end(database: Database, keys: Keys) -> None:
    steps = await months(database, keys)
    (held, _), cancelled, expired = (
        await steps.opened(),
        await steps.grant(),
        await steps.grant(validity_days=40),
    )
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(
            text(
                "INSERT INTO redemption_hold (id, organiser_id, provider_id, voucher_id, reason, placed_at, placed_by)"
                " VALUES (:id, :organiser, :provider, :voucher, 'x', :at, :id)"
            ),
            {
                "id": uuid7(), "organiser": steps.world.organiser_id, "provider": steps.world.providers[0],
                "voucher": held, "at": NOW,
            },
        )  # fmt: skip
    assert [(await steps.voucher(one)).committed_cents for one in (held, cancelled, expired)] == [
        300_00, 300_00, 100_00,
    ], "the one of forty days has one more month"  # fmt: skip
    await steps.cancel(cancelled)
    assert (await steps.voucher(cancelled)).committed_cents == 0
    assert (await steps.line()).granted_cents == 400_00 + 200_00, "what no month brings is free again"
    await steps.at(due(3))
    assert await steps.topups(held) == await steps.topups(cancelled) == []
    assert await steps.topups(expired) == [(2, MONTHLY, 0)], (
        "its second month began before its last day; no third"
    )
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(
            text("UPDATE redemption_hold SET lifted_at = :at, lifted_by = id, lifted_why = 'x'"),
            {"at": steps.now},
        )
    await steps.at(due(3))
    assert len(await steps.topups(held)) == 2, "what waited comes when the hold is lifted"
    await steps.tick()
    assert (await steps.voucher(expired)).next_topup_at is None
    assert await steps.unfit() == []


async def test_more_days_bring_the_months_that_fit_into_them(database: Database, keys: Keys) -> None:
    steps = await months(database, keys, allocated_cents=250_00)
    voucher_id = await steps.grant(validity_days=20)
    assert (await steps.voucher(voucher_id)).next_topup_at is None
    actor = steps.world[Role.CASE_WORKER]

    async def extend(days: int) -> None:
        async with steps.database.transaction(actor.sight) as session:
            await extend_voucher(
                session, actor=actor, now=NOW, voucher_id=voucher_id, reason="agreed_in_plan", days=days
            )

    await extend(20)
    assert (await steps.voucher(voucher_id)).next_topup_at == due(2)
    assert (await steps.voucher(voucher_id)).committed_cents == 100_00
    await extend(1)
    with pytest.raises(Refused) as short:
        await extend(60)
    assert short.value.facts == {"wanted_cents": 200_00, "left_cents": 50_00}
    assert (await steps.line()).granted_cents == 200_00
    assert await steps.unfit() == []


@pytest.mark.parametrize(
    ("first", "month", "begins"),
    [
        (date(2026, 1, 31), 2, date(2026, 2, 28)),
        (date(2026, 1, 31), 3, date(2026, 3, 31)),
        (date(2024, 1, 31), 2, date(2024, 2, 29)),
        (date(2026, 11, 15), 3, date(2027, 1, 15)),
    ],
)
def test_a_month_begins_on_the_day_of_the_first_or_the_last_of_a_shorter_one(
    first: date, month: int, begins: date
) -> None:
    assert month_begins(first, month) == begins


@given(
    first=st.dates(date(2024, 1, 1), date(2030, 1, 1)), months=st.integers(1, 36), days=st.integers(0, 1095)
)
def test_never_more_than_its_months_and_never_past_its_end(first: date, months: int, days: int) -> None:
    until = start_of_day(first + timedelta(days=days + 1))
    had, moments = 1, [datetime.min.replace(tzinfo=UTC)]
    while (at := next_topup(first, had=had, months=months, valid_until=until)) is not None:
        assert moments[-1] < at < until
        moments.append(at)
        had += 1
    assert had <= months
    assert had == most_months(first, months=months, valid_until=until)
