"""A year that has ended: its budget line and the next year's, vouchers, and statements approved whenever a test says."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from registry.ledger.model import BudgetLine
from registry.settlement.commands import approve_statement, close_month, receive_invoice
from registry.settlement.model import Statement, StatementLine
from registry.settlement.years.commands import YearRun, continue_year_close, start_year_close
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.vouchers.commands import RedemptionLine, redeem
from registry.vouchers.redemption.writing import Redeemed
from tests.builders import World, build_world
from tests.registry.settlement.builders import invoice_csv, show_voucher

YEAR = 2025
START = datetime(2025, 1, 2, 9, tzinfo=UTC)
AFTER = datetime(2026, 2, 10, 9, tzinfo=UTC)


@dataclass
class Ended:
    """An organiser with a line for 2025 and one for 2026."""

    database: Database
    world: World
    line_id: UUID
    next_id: UUID

    @property
    def officer(self) -> Actor:
        return self.world[Role.FINANCE_OFFICER]

    async def voucher(self, *, cents: int = 1_000_00, provider: int = 0, line_id: UUID | None = None) -> UUID:
        """The id to redeem a voucher with."""
        return await show_voucher(
            self.database,
            self.world,
            provider=provider,
            value_cents=cents,
            early=START,
            budget_line_id=line_id or self.line_id,
        )

    async def redeem(
        self, shown: UUID, cents: int, at: datetime, *, on: date | None = None, provider: int = 0
    ) -> UUID:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            line = RedemptionLine(shown, units=100, unit_price_cents=cents, service_date=on or at.date())
            (answer,) = await redeem(session, actor=actor, now=at, lines=[line])
        assert isinstance(answer, Redeemed), answer
        return answer.id

    async def close_months(self, until: date, *, now: datetime) -> None:
        """Every month from the year's first up to `until` that has something in it."""
        month = date(YEAR, 1, 1)
        begun = False
        while month <= until:
            async with self.database.transaction(self.officer.sight) as session:
                waiting = await session.scalar(
                    text("SELECT count(*) FROM redemption WHERE captured_at < CAST(:until AS timestamptz)"),
                    {"until": datetime(month.year, month.month, 28, tzinfo=UTC) + timedelta(days=3)},
                )
                begun = begun or bool(waiting)
                if begun:
                    await close_month(session, actor=self.officer, now=now, month=month)
            month = (month + timedelta(days=32)).replace(day=1)

    async def approve_all(self, *, now: datetime) -> None:
        """Invoice and approve whatever statement is not."""
        async with self.database.transaction(self.world.sight) as session:
            found = (
                await session.execute(
                    select(Statement.id, Statement.provider_id, Statement.number)
                    .where(Statement.state == "closed")
                    .order_by(Statement.id)
                )
            ).all()
            lines = {
                row.id: (
                    await session.execute(
                        select(StatementLine.redemption_id, StatementLine.amount_cents).where(
                            StatementLine.statement_id == row.id
                        )
                    )
                ).all()
                for row in found
            }
        for row in found:
            provider = self.world.provider_actor(self.world.providers.index(row.provider_id))
            stated = [(redemption_id, cents) for redemption_id, cents in lines[row.id]]
            async with self.database.transaction(provider.sight) as session:
                await receive_invoice(
                    session,
                    actor=provider,
                    now=now,
                    statement_id=row.id,
                    file_name="lasku.csv",
                    content=invoice_csv(stated, number=row.number, day=now.date().isoformat()),
                )
        async with self.database.transaction(self.officer.sight) as session:
            ready = await session.scalars(
                select(Statement.id).where(Statement.state == "matched").order_by(Statement.id)
            )
            for statement_id in ready.all():
                await approve_statement(session, actor=self.officer, now=now, statement_id=statement_id)

    async def start(self, *, now: datetime = AFTER, lines: dict[UUID, UUID] | None = None) -> UUID:
        wanted = {self.line_id: self.next_id} if lines is None else lines
        async with self.database.transaction(self.officer.sight) as session:
            return await start_year_close(session, actor=self.officer, now=now, year=YEAR, lines=wanted)

    async def step(self, *, now: datetime = AFTER, year: int = YEAR, limit: int = 500) -> YearRun:
        async with self.database.transaction(self.officer.sight) as session:
            return await continue_year_close(session, actor=self.officer, now=now, year=year, limit=limit)

    async def close_year(self, *, now: datetime = AFTER) -> YearRun:
        await self.start(now=now)
        while (run := await self.step(now=now)).closed_at is None:
            pass
        return run

    async def line(self, line_id: UUID) -> tuple[int, int]:
        """(granted, allocated)."""
        async with self.database.transaction(self.world.sight) as session:
            found = await session.get_one(BudgetLine, line_id)
            return found.granted_cents, found.allocated_cents

    async def expense_of(self, year: int) -> int:
        """What the ledger's expense account says of a year."""
        async with self.database.transaction(self.world.sight) as session:
            found = await session.scalar(
                text(
                    "SELECT coalesce(sum(CASE WHEN from_account = 'expense' THEN amount_cents ELSE -amount_cents END), 0)"
                    " FROM transfer WHERE 'expense' IN (from_account, to_account) AND organiser_id = :organiser"
                    " AND extract(year FROM at AT TIME ZONE 'Europe/Helsinki') = :year"
                ),
                {"year": year, "organiser": self.world.organiser_id},
            )
        return int(found or 0)


async def ended(database: Database, *, code: str = "oulu", allocated_cents: int = 100_000_00) -> Ended:
    world = await build_world(database, code=code)
    ids = (uuid7(), uuid7())
    async with database.transaction(world.sight) as session:
        for line_id, year in zip(ids, (YEAR, YEAR + 1), strict=True):
            session.add(
                BudgetLine(
                    id=line_id,
                    organiser_id=world.organiser_id,
                    code=f"{code}-{year}",
                    name="Palveluseteli",
                    year=year,
                    allocated_cents=allocated_cents,
                    created_at=START,
                )
            )
    return Ended(database, world, *ids)
