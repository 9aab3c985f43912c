"""From redemptions to bank lines: how long a month takes to reconcile, and how that grows.

Redemptions are written by SQL; everything after them is done by the application's own commands, one officer at a time.
"""

import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.providers.generated import load_generated
from registry.providers.model import Provider
from registry.settlement.bank.commands import (
    approve_batch,
    confirm_setting,
    import_bank_file,
    make_batch,
    propose_setting,
)
from registry.settlement.bank.model import PaymentOrder
from registry.settlement.bank.rules import Route
from registry.settlement.bank.target_days import next_target_day
from registry.settlement.commands import approve_statement, close_month
from registry.settlement.einvoices.invoice import Address, Party
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.folder import take_files
from registry.settlement.invoice_problems import InvoiceUnreadable
from registry.settlement.model import Statement, StatementLine
from registry.settlement.selfbilling.making import BilledLine, Untaxed, make_invoice
from registry.shared import embedded
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.vouchers.redemption.model import Redemption
from tests.builders import World, build_world
from tests.registry.settlement.bank.camt_files import ACCOUNT, Detail, Entry, File, camt
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    LATER,
    OCTOBER,
    invoice_csv,
    redeem_at,
    second_officer,
    show_voucher,
)

STATEMENTS, LINES = 10_000, 100
AT_ONCE: Final = 100
PAYEE = "FI1410093000123458"
HERE: Final = Address("Katu 1", "90100", "Oulu", "FI")
MOST_SECONDS, MOST_GIB, MOST_GROWTH = 120, 1, 2.3


@dataclass
class Spent:
    """Seconds by step."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.steps[step] = self.steps.get(step, 0.0) + time.perf_counter() - began

    @property
    def reconciling(self) -> float:
        """Matching: invoice lines to redemptions, and bank lines to payments."""
        return self.steps["invoices"] + self.steps["bank"]


async def money_costs(
    server: embedded.EmbeddedServer, name: str, *, statements: int = STATEMENTS
) -> list[str]:
    """Half of it, then all of it, each in a database of its own."""
    half = await _month(server, f"{name}_half", statements // 2)
    whole = await _month(server, f"{name}_whole", statements)
    growth = whole.reconciling / half.reconciling
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    detail = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in whole.steps.items())
    return [
        f"(m) {statements * LINES:,} redemptions, {statements:,} invoices and their bank lines reconcile in"
        f" {whole.reconciling:.0f} s (1,000,000 and 10,000: at most {MOST_SECONDS}); {growth:.2f} × half of it"
        f" (at most {MOST_GROWTH}); {memory:.2f} GiB at most (of {MOST_GIB})",
        f"    {detail}",
    ]


async def _month(server: embedded.EmbeddedServer, name: str, statements: int) -> Spent:
    server.ensure_database(name)
    await schema.migrate(server.owner_url(name))
    database = Database(server.app_url(name), pool_size=2)
    try:
        world = await build_world(database)
        officer, second = world[Role.FINANCE_OFFICER], await second_officer(database, world)
        await _redemptions(database, server.owner_url(name), world, statements)
        await _pays_by_file(database, officer, second)
        spent = Spent()
        with spent.on("close"):
            async with database.transaction(officer.sight) as session:
                await close_month(session, actor=officer, now=LATER, month=OCTOBER)
        await _analyze(server.owner_url(name))
        await _invoices(database, officer, spent)
        await _pay(database, officer, second, spent)
        await _bank(database, officer, spent)
    finally:
        await database.close()
    server.drop_database(name)
    return spent


async def _redemptions(database: Database, owner_url: str, world: World, statements: int) -> None:
    """As many providers, each with LINES redemptions of October that are like one that was really made."""
    shown = await show_voucher(database, world)
    template = await redeem_at(database, world, shown, 60_00, IN_OCTOBER)
    async with database.transaction(world.sight) as session:
        providers = await load_generated(
            session, organiser_id=world.organiser_id, service_ids=[world.service_id], count=statements, seed=1
        )
    kept = [c.name for c in Redemption.__table__.columns if c.name not in ("id", "provider_id")]
    await _as_owner(
        owner_url,
        f"INSERT INTO redemption (id, provider_id, {', '.join(kept)}) SELECT uuidv7(), p, {', '.join(kept)}"
        " FROM redemption, unnest(CAST(:providers AS uuid[])) p, generate_series(1, :lines)"
        " WHERE redemption.id = :template",
        providers=providers,
        lines=LINES,
        template=template,
    )
    await _as_owner(
        owner_url,
        "INSERT INTO bank_account (id, provider_id, iban, state, requested_by, requested_at, decided_by, decided_at)"
        " SELECT uuidv7(), id, :iban, 'in_force', uuidv7(), now(), uuidv7(), now() FROM provider",
        iban=PAYEE,
    )
    await _as_owner(owner_url, "DELETE FROM redemption WHERE id = :template", template=template)
    await _analyze(owner_url)


async def _as_owner(owner_url: str, statement: str, **parameters: Any) -> None:
    engine = create_async_engine(owner_url)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement), parameters)
    await engine.dispose()


async def _analyze(owner_url: str) -> None:
    engine = create_async_engine(owner_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        # not what is still empty: the planner would take it for so for ever, and read it whole
        await connection.execute(text("VACUUM ANALYZE redemption, statement, statement_line, provider"))
    await engine.dispose()


async def _pays_by_file(database: Database, officer: Actor, second: Actor) -> None:
    async with database.transaction(officer.sight) as session:
        setting_id = await propose_setting(
            session, actor=officer, now=LATER, route=Route.BANK_FILE, debtor_name="Oulu", debtor_iban=ACCOUNT
        )
    async with database.transaction(second.sight) as session:
        await confirm_setting(session, actor=second, now=LATER, setting_id=setting_id)


async def _invoices(database: Database, officer: Actor, spent: Spent) -> None:
    """Every third invoice is UBL, Finvoice, CSV. They come as files that do not say what they are, as from a folder."""
    async with database.transaction(officer.sight) as session:
        statements = list(
            await session.execute(
                select(Statement.id, Statement.reference, Provider.identity_value)
                .join(Provider, Provider.id == Statement.provider_id)
                .order_by(Statement.id)
            )
        )
    for start in range(0, len(statements), AT_ONCE):
        portion = statements[start : start + AT_ONCE]
        files = await _files(database, officer, portion, start)
        with spent.on("invoices"):
            report = await take_files(database, files=files, actor=officer, now=LATER)
        if report.taken != len(portion) or any(" matched, 0 differences" not in told for told in report.told):
            raise SystemExit(f"invoices like their statements have differences: {report.lines()[-5:]}")
        for statement in portion:
            with spent.on("approvals"):
                async with database.transaction(officer.sight) as session:
                    await approve_statement(session, actor=officer, now=LATER, statement_id=statement.id)


async def _files(
    database: Database, officer: Actor, statements: list[Any], first: int
) -> list[tuple[str, bytes | InvoiceUnreadable]]:
    lines: dict[UUID, list[Any]] = {statement.id: [] for statement in statements}
    async with database.transaction(officer.sight) as session:
        for line in await session.execute(
            select(StatementLine)
            .where(StatementLine.statement_id.in_(lines))
            .order_by(StatementLine.position)
        ):
            lines[line.StatementLine.statement_id].append(line.StatementLine)
    return [
        _file(number, statement, lines[statement.id])
        for number, statement in enumerate(statements, start=first)
    ]


def _file(number: int, statement: Any, lines: list[StatementLine]) -> tuple[str, bytes | InvoiceUnreadable]:
    if number % 3 == 0:
        rows: list[tuple[UUID | str, int]] = [(line.redemption_id, line.amount_cents) for line in lines]
        return f"{number}.csv", invoice_csv(rows, number=str(number))
    made = make_invoice(
        [
            BilledLine(line.reference, "Valmennus", line.net_cents, line.amount_cents, line.vat_rate_bp)
            for line in lines
        ],
        number=str(number),
        day=date(2026, 11, 2),
        seller=Party("Palvelu Oy", statement.identity_value, "FI23456780", HERE),
        buyer=Party("Oulu", "0187690-1", address=HERE),
        reference=statement.reference,
        iban=PAYEE,
        untaxed=Untaxed("E", "Vapautettu"),
    )
    return f"{number}.xml", write_ubl(made) if number % 3 == 1 else write_finvoice(made)


async def _pay(database: Database, officer: Actor, second: Actor, spent: Spent) -> None:
    day = next_target_day(LATER.date() + timedelta(days=1))
    with spent.on("payment file"):
        async with database.transaction(officer.sight) as session:
            batch_id = await make_batch(session, actor=officer, now=LATER, execute_on=day)
        async with database.transaction(second.sight) as session:
            await approve_batch(session, actor=second, now=LATER, batch_id=batch_id)


async def _bank(database: Database, officer: Actor, spent: Spent) -> None:
    """Most bookings name the order, one in ten its reference alone, and they come in any order."""
    async with database.transaction(officer.sight) as session:
        orders = (
            await session.execute(select(PaymentOrder.id, PaymentOrder.reference, PaymentOrder.amount_cents))
        ).all()
    dice = random.Random(1)
    entries = [
        Entry(
            -cents,
            (
                Detail(cents, "NOTPROVIDED", reference, iban=PAYEE, own_ref=f"B{n}")
                if n % 10 == 0
                else Detail(cents, order_id.hex.upper(), iban=PAYEE, own_ref=f"B{n}"),
            ),
            day=LATER.date().isoformat(),
        )
        for n, (order_id, reference, cents) in enumerate(orders)
    ]
    dice.shuffle(entries)
    content = camt(File("053", 8, entries))
    with spent.on("bank"):
        async with database.transaction(officer.sight) as session:
            done = await import_bank_file(
                session, actor=officer, now=LATER, file_name="a.xml", content=content
            )
    if done.run.matched != len(orders) or done.run.left:
        raise SystemExit(f"of {len(orders)} bank lines {done.run.matched} were matched")
    async with database.transaction(officer.sight) as session:
        booked = await session.scalar(select(func.count()).where(PaymentOrder.state == "booked"))
    if booked != len(orders):
        raise SystemExit("an order was not booked")
