"""Pages cost the same number of queries whatever they show, and nothing out of sight is in them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.queries import (
    month_statements,
    months,
    statement_view,
    statements,
    unstated,
)
from registry.settlement.rules import StatementState
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_NOVEMBER,
    IN_OCTOBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    close,
    invoice_csv,
    only_statement,
    redeem_at,
    send_invoice,
    show_voucher,
)

S = StatementState


async def count(database: Database, world: World, read: Callable[[AsyncSession], Awaitable[Any]]) -> int:
    """How many statements `read` sends."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    async with database.transaction(world[Role.FINANCE_OFFICER].sight) as session:
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        try:
            await read(session)
        finally:
            event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return len(sent)


async def test_no_page_runs_a_query_per_row(database: Database) -> None:
    world = await build_world(database, providers=6)
    costs: list[tuple[int, ...]] = []
    month_of_world = {0: OCTOBER, 1: NOVEMBER}
    for turn, (lines, providers, at) in enumerate(((1, 1, IN_OCTOBER), (30, 6, IN_NOVEMBER))):
        month = month_of_world[turn]
        for provider in range(providers):
            shown = await show_voucher(database, world, provider=provider)
            for _ in range(lines):
                await redeem_at(database, world, shown, 10_00, at, provider=provider)
        await close(database, world, month)
        statement_id = await only_statement(database, world, month)
        extras = [(uuid4(), 1_00) for _ in range(lines)]
        await send_invoice(database, world, statement_id, invoice_csv(extras, number=f"{turn}"))

        async def one(session: AsyncSession, wanted: Any = statement_id) -> Any:
            return await statement_view(session, statement_id=wanted)

        async def listed(session: AsyncSession, wanted: Any = month) -> Any:
            return await month_statements(session, organiser_id=world.organiser_id, month=wanted)

        async def overview(session: AsyncSession) -> Any:
            return await months(session, organiser_id=world.organiser_id, now=LATER)

        costs.append(tuple([await count(database, world, read) for read in (one, listed, overview)]))
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 9


async def test_exceptions_come_first_and_pages_follow_each_other(database: Database) -> None:
    world = await build_world(database, providers=4)
    made = {}
    for provider in range(4):
        shown = await show_voucher(database, world, provider=provider)
        made[provider] = await redeem_at(database, world, shown, 10_00, IN_OCTOBER, provider=provider)
    await close(database, world, OCTOBER)
    for provider, cents in ((1, 10_00), (3, 11_00)):
        statement_id = await only_statement(database, world, OCTOBER, provider=provider)
        await send_invoice(
            database,
            world,
            statement_id,
            invoice_csv([(made[provider], cents)]),
            by=world.provider_actor(provider),
        )
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        rows = await month_statements(session, organiser_id=world.organiser_id, month=OCTOBER)
        assert [(r.state, r.provider_id) for r in rows] == [
            (S.DISPUTED, world.providers[3]),
            (S.CLOSED, world.providers[0]),
            (S.CLOSED, world.providers[2]),
            (S.MATCHED, world.providers[1]),
        ]
        part = await month_statements(
            session, organiser_id=world.organiser_id, month=OCTOBER, states=[S.CLOSED], offset=1, limit=1
        )
        assert [r.provider_id for r in part] == [world.providers[2]]
        seen, after = [], None
        while True:
            page, after = await statements(session, organisers=officer.sight.organisers, after=after, limit=3)
            seen += [r.number for r in page]
            if after is None:
                break
        assert seen == [f"OULU-2026-10-000{n}" for n in (1, 2, 3, 4)]


async def test_a_provider_sees_its_own_statements_and_its_own_open_sums(database: Database) -> None:
    world = await build_world(database)
    for provider, cents in ((0, 10_00), (1, 20_00)):
        shown = await show_voucher(database, world, provider=provider)
        await redeem_at(database, world, shown, cents, IN_OCTOBER, provider=provider)
        await redeem_at(database, world, shown, cents + 1, IN_NOVEMBER, provider=provider)
    await close(database, world, OCTOBER)
    actor = world.provider_actor(1)
    async with database.transaction(actor.sight) as session:
        rows, _ = await statements(session, organisers=actor.sight.organisers)
        assert [(r.provider_id, r.total_cents) for r in rows] == [(actor.provider_id, 20_00)]
        (running,) = await unstated(session, organisers=actor.sight.organisers)
    assert (running.month, running.lines, running.cents) == (NOVEMBER, 1, 20_01)
