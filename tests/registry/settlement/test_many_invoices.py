"""Many invoices at once are taken in as they would be one after the other."""

from uuid import UUID

from sqlalchemy import event

from registry.settlement.commands import Incoming, ReceivedInvoice, receive_invoices
from registry.settlement.commands.invoicing import Received
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import DomainError
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    LATER,
    OCTOBER,
    close,
    invoice_csv,
    only_statement,
    redeem_at,
    show_voucher,
    view,
)

PROVIDERS = 4


async def _stated(database: Database, world: World) -> list[tuple[UUID, list[UUID]]]:
    """A closed statement of two redemptions for each provider."""
    made: list[list[UUID]] = []
    for provider in range(PROVIDERS):
        shown = await show_voucher(database, world, provider=provider)
        made.append(
            [
                await redeem_at(database, world, shown, cents, IN_OCTOBER, provider=provider)
                for cents in (60_00, 40_00)
            ]
        )
    await close(database, world, OCTOBER)
    return [
        (await only_statement(database, world, OCTOBER, provider=provider), redemptions)
        for provider, redemptions in enumerate(made)
    ]


async def _receive(database: Database, world: World, incoming: list[Incoming]) -> list[Received]:
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        return await receive_invoices(session, actor=officer, now=LATER, incoming=incoming)


def _told(answer: Received) -> tuple[str, bool] | str:
    if isinstance(answer, DomainError):
        return answer.code
    return str(answer.statement_state), answer.first


async def test_each_file_gets_its_answer_and_spoils_no_other(database: Database) -> None:
    world = await build_world(database, providers=PROVIDERS)
    (a, of_a), (b, of_b), (c, of_c), (d, of_d) = await _stated(database, world)
    whole = invoice_csv([(of_a[0], 60_00), (of_a[1], 40_00)], number="A1")
    incoming = [
        Incoming(a, "a.csv", whole),
        Incoming(b, "b.csv", invoice_csv([(of_b[0], 60_00)], number="B1")),
        Incoming(a, "a again.csv", whole),
        Incoming(c, "c.csv", b"no invoice at all"),
        Incoming(b, "b rest.csv", invoice_csv([(of_b[1], 40_00)], number="B2")),
        Incoming(b, "b more.csv", invoice_csv([(of_b[1], 40_00)], number="B3")),
        Incoming(d, "d.csv", invoice_csv([(of_d[0], 60_00), (of_d[1], 39_00)], number="D1")),
        Incoming(d, "d number.csv", invoice_csv([(of_d[1], 1_00)], number="D1")),
        Incoming(UUID(int=7), "nobody.csv", invoice_csv([(of_c[0], 60_00)], number="X1")),
    ]
    told = [_told(answer) for answer in await _receive(database, world, incoming)]
    assert told == [
        ("matched", True),
        ("disputed", True),
        ("matched", False),
        "invoice.unreadable",
        ("matched", True),
        "statement.matched",
        ("disputed", True),
        "invoice.number_used",
        "statement.unknown",
    ]
    states = [(await view(database, world, each)).row.state for each in (a, b, c, d)]
    assert states == ["matched", "matched", "closed", "disputed"]
    assert [(await view(database, world, each)).row.invoiced_cents for each in (a, b, c, d)] == [
        100_00,
        100_00,
        0,
        99_00,
    ]


async def test_four_cost_as_many_queries_as_one(database: Database) -> None:
    world = await build_world(database, providers=PROVIDERS)
    stated = await _stated(database, world)
    files = [
        Incoming(statement, "a.csv", invoice_csv([(a, 60_00), (b, 40_00)], number=str(n)))
        for n, (statement, (a, b)) in enumerate(stated)
    ]
    counted: list[str] = []
    event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *given: counted.append(given[2])
    )
    costs = []
    for portion in (files[:1], files[1:]):
        counted.clear()
        answers = await _receive(database, world, portion)
        assert all(isinstance(answer, ReceivedInvoice) for answer in answers)
        costs.append(len(counted))
    assert costs[0] == costs[1], counted
