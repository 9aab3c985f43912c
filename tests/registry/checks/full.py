"""A database in which everything has happened at least once, made by the application's own commands."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert, select

from registry.audit.commands import event_values, record
from registry.audit.model import AuditEvent
from registry.people.model import RoleChangeRequest
from registry.providers.model import Admission, Application
from registry.settlement.commands import approve_statement, close_month, pay_statement, receive_invoice
from registry.settlement.model import Statement, StatementLine
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from tests.builders import NOW, World, build_world
from tests.registry.checks.full_applying import applied
from tests.registry.checks.full_bank import a_month_at_the_bank
from tests.registry.checks.full_deciding import decided
from tests.registry.checks.full_einvoices import a_month_invoiced_here
from tests.registry.checks.full_keeping import kept
from tests.registry.checks.full_kinds import of_each_kind
from tests.registry.checks.full_quality import quality_world
from tests.registry.checks.full_years import a_year_closed
from tests.registry.settlement.builders import invoice_csv, second_officer
from tests.registry.vouchers.steps import Steps


async def full_world(database: Database, keys: Keys) -> World:
    """Three organisers, vouchers in every state, redemptions in every state, months closed and paid, and quality
    published."""
    world = await build_world(database, code="oulu")
    await _told(database, world)
    steps = Steps(database, world, keys)
    await _lives(steps)
    await _months(steps)
    turku = await build_world(
        database,
        code="turku",
        audience="company",
        terms={
            "kind": "euros",
            "value_cents": 1_000_00,
            "units": None,
            "unit_name": None,
            "unit_price_ceiling_cents": 50_00,
            "own_share_allowed": True,
        },
    )
    await _told(database, turku)
    with_own_share = Steps(database, turku, keys)
    _, shown = await with_own_share.opened()
    charged = await with_own_share.redeem(shown, units=2_50)
    assert charged.own_share_cents == 25_00
    await _told(database, await quality_world(database, keys))
    await applied(database, world)
    await decided(database, world)
    await kept(database, world)
    await _told(database, await a_month_at_the_bank(database, keys))
    await _told(database, await a_month_invoiced_here(database, keys))
    await _told(database, await a_year_closed(database, keys))
    for one in await of_each_kind(database, keys):
        await _told(database, one)
    return world


async def _told(database: Database, world: World) -> None:
    """The events of what the builder wrote directly, an application and a change of role."""
    actor = system(world.organiser_id)
    async with database.transaction(world.sight) as session:
        admissions = (await session.execute(select(Admission.id, Admission.state))).all()
        told = set(await session.scalars(select(AuditEvent.subject_id)))
        events = [
            event_values(
                actor=actor,
                now=NOW,
                action="admission.granted",
                subject_kind="admission",
                subject_id=row.id,
                organiser_id=world.organiser_id,
                to_state=row.state,
            )
            for row in admissions
            if row.id not in told and row.id in world.admissions
        ]
        await session.execute(insert(AuditEvent), events)
        application = Application(
            id=uuid7(),
            organiser_id=world.organiser_id,
            provider_id=world.provider_id,
            service_id=world.service_id,
            state="submitted",
            offer={},
            submitted_at=NOW,
            created_at=NOW,
        )
        request = RoleChangeRequest(
            id=uuid7(),
            organiser_id=world.organiser_id,
            account_id=world[Role.AUDITOR].id,
            change="add",
            role="case_worker",
            state="requested",
            requested_by=world[Role.ORGANISER_ADMINISTRATOR].id,
            requested_at=NOW,
        )
        session.add_all([application, request])
        for kind, row_id, state in (
            ("application", application.id, "submitted"),
            ("role_change", request.id, "requested"),
        ):
            record(
                session,
                actor=actor,
                now=NOW,
                action=f"{kind}.{state}",
                subject_kind=kind,
                subject_id=row_id,
                organiser_id=world.organiser_id,
                to_state=state,
            )


async def _lives(steps: Steps) -> None:
    """Vouchers of the world's client, each ending up somewhere else."""
    await steps.refuse(await steps.grant())
    await steps.cancel(await steps.grant())
    await steps.decline(await steps.choose(await steps.grant()))
    changed = await steps.grant()
    await steps.choose(changed)
    await steps.confirm(await steps.choose(changed, 1), 1)

    _, partly = await steps.opened()
    await steps.redeem(partly)
    held = await steps.redeem(partly, 2_00, reserve=True)
    await steps.capture(held.id, 1_00)
    await steps.release((await steps.redeem(partly, 2_00, reserve=True)).id)
    await steps.reverse((await steps.redeem(partly, 3_00)).id)
    await steps.redeem(partly, 50, reserve=True)  # lapses

    _, spent = await steps.opened(1)
    await steps.redeem(spent, 10_00, provider=1)
    _, expiring = await steps.opened(2, validity_days=10)
    await steps.redeem(expiring, 1_00, provider=2)
    await steps.choose(await steps.grant())  # is never answered

    steps.now = NOW + timedelta(days=15)
    await steps.tick()

    await steps.grant()
    await steps.choose(await steps.grant())
    await steps.confirm(await steps.choose(await steps.grant()))
    _, running = await steps.opened()
    day = steps.now.date()
    await steps.redeem(running, 1_00, day=day)
    await steps.redeem(running, 1_00, day=day, reserve=True)
    _, empty = await steps.opened(2)
    await steps.redeem(empty, 10_00, day=day, provider=2)


async def _months(steps: Steps) -> None:
    """November is closed, invoiced, approved and paid; a credit of December is netted in January's payment."""
    world = steps.world
    second = await second_officer(steps.database, world)
    await _close(steps, date(2026, 11, 1), NOW + timedelta(days=20))
    paid, disputed, _ = await _statements(steps, date(2026, 11, 1))
    lines = await _lines(steps, paid)
    await _invoice(steps, paid, lines, "11", 0)
    await _invoice(
        steps, disputed, [(line, cents + 1) for line, cents in await _lines(steps, disputed)], "11", 1
    )
    await _approve(steps, paid)
    await _pay(steps, paid, second)

    # December owes: more is reversed than was redeemed
    steps.now = NOW + timedelta(days=25)
    for redemption in [line for line, cents in lines if isinstance(line, UUID) and cents > 0]:
        if (await steps.redemption(redemption)).state == "captured":
            await steps.reverse(redemption)
    await _close(steps, date(2026, 12, 1), NOW + timedelta(days=42))
    (credit, *_) = await _statements(steps, date(2026, 12, 1))
    await _invoice(steps, credit, await _lines(steps, credit), "12", 0)
    await _approve(steps, credit)

    steps.now = NOW + timedelta(days=45)
    _, january = await steps.opened()
    await steps.redeem(january, 9_00, day=steps.now.date())
    await _close(steps, date(2027, 1, 1), NOW + timedelta(days=75))
    (owed, *_) = await _statements(steps, date(2027, 1, 1))
    await _invoice(steps, owed, await _lines(steps, owed), "01", 0)
    await _approve(steps, owed)
    await _pay(steps, owed, second)
    # and February has begun
    steps.now = NOW + timedelta(days=80)
    await steps.redeem(january, 1_00, day=steps.now.date())


async def _close(steps: Steps, month: date, now: object) -> None:
    officer = steps.world[Role.FINANCE_OFFICER]
    async with steps.database.transaction(officer.sight) as session:
        await close_month(session, actor=officer, now=now, month=month)  # type: ignore[arg-type]


async def _statements(steps: Steps, month: date) -> list[UUID]:
    """The month's statements, in the order of the world's providers."""
    async with steps.database.transaction(steps.world.sight) as session:
        rows = await session.execute(
            select(Statement.provider_id, Statement.id).where(Statement.month == month)
        )
        by_provider = {row.provider_id: row.id for row in rows}
    return [by_provider[p] for p in steps.world.providers if p in by_provider]


async def _lines(steps: Steps, statement_id: UUID) -> list[tuple[UUID | str, int]]:
    async with steps.database.transaction(steps.world.sight) as session:
        rows = await session.execute(
            select(StatementLine.redemption_id, StatementLine.amount_cents)
            .where(StatementLine.statement_id == statement_id)
            .order_by(StatementLine.position)
        )
        return [(redemption_id, cents) for redemption_id, cents in rows]


async def _invoice(
    steps: Steps, statement_id: UUID, lines: list[tuple[UUID | str, int]], number: str, provider: int
) -> None:
    actor = steps.world.provider_actor(provider)
    async with steps.database.transaction(actor.sight) as session:
        await receive_invoice(
            session,
            actor=actor,
            now=NOW + timedelta(days=300),
            statement_id=statement_id,
            file_name="lasku.csv",
            content=invoice_csv(lines, number=number),
        )


async def _approve(steps: Steps, statement_id: UUID) -> None:
    officer = steps.world[Role.FINANCE_OFFICER]
    async with steps.database.transaction(officer.sight) as session:
        await approve_statement(session, actor=officer, now=steps.now, statement_id=statement_id)


async def _pay(steps: Steps, statement_id: UUID, officer: Actor) -> None:
    async with steps.database.transaction(officer.sight) as session:
        await pay_statement(session, actor=officer, now=steps.now, statement_id=statement_id)
