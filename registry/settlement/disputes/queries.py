"""Reading disputed lines: how each stands, and what disputing it does or did."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.catalogue.model import Organiser, Service
from registry.providers.model import Provider
from registry.settlement.disputes.model import LineDispute
from registry.settlement.disputes.rules import Becomes, becomes
from registry.settlement.model import Invoice, InvoiceLine, Statement, StatementLine
from registry.settlement.rules import StatementState, line_reference
from registry.vouchers.guarding.queries import HeldBack
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState


@dataclass(frozen=True, slots=True)
class DisputedLine:
    """A line with what the provider says of it (`dispute_id` and `reason` are None where it says nothing yet)."""

    statement_id: UUID
    statement_number: str
    provider_name: str
    line_id: UUID
    reference: str
    service_name: Mapping[str, str]
    service_date: date
    reversal: bool
    amount_cents: int
    voucher_id: UUID
    dispute_id: UUID | None = None
    reason: str | None = None
    raised_at: datetime | None = None
    outcome: str | None = None
    answer: str | None = None
    decided_at: datetime | None = None
    becomes: Becomes | None = None
    """Of a line that is not disputed: what disputing it would do."""
    money_waits: bool = False
    """Of a disputed one: it was taken off its statement."""
    back_on: tuple[UUID, str] | None = None
    """The statement by which it came back: id and number."""
    was_reversed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A line as disputing it finds it."""

    becomes: Becomes
    waits: bool
    """A dispute of it waits already."""
    taken_off: bool
    invoice_id: UUID | None
    """Of the invoice that has it."""


async def standing_of(session: AsyncSession, statement: Statement, line: StatementLine) -> Standing:
    """How a line stands, in three queries."""
    raised = list(
        await session.execute(
            select(LineDispute.outcome, LineDispute.return_id).where(LineDispute.statement_line_id == line.id)
        )
    )
    invoice = (
        await session.execute(
            select(Invoice.id, Invoice.self_billed)
            .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
            .where(InvoiceLine.statement_line_id == line.id, Invoice.rejected_at.is_(None))
        )
    ).one_or_none()
    state = await session.scalar(select(Redemption.state).where(Redemption.id == line.redemption_id))
    return Standing(
        becomes=becomes(
            StatementState(statement.state),
            credit=line.reversal_id is not None,
            was_reversed=state == RedemptionState.REVERSED,
            invoiced=invoice is not None,
            self_billed=invoice is not None and invoice.self_billed,
        ),
        waits=any(row.outcome is None for row in raised),
        taken_off=any(row.return_id is not None for row in raised),
        invoice_id=invoice.id if invoice else None,
    )


async def line_of(session: AsyncSession, *, statement_id: UUID, line_id: UUID) -> DisputedLine | None:
    """A line of a statement in sight."""
    query = _lines().where(StatementLine.id == line_id, StatementLine.statement_id == statement_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    standing = await standing_of(session, row.Statement, row.StatementLine)
    return replace(_view(*row), becomes=standing.becomes)


async def dispute_of(session: AsyncSession, *, dispute_id: UUID) -> DisputedLine | None:
    """One dispute in sight."""
    found = await _disputes(session, LineDispute.id == dispute_id)
    return found[0] if found else None


async def is_statement(session: AsyncSession, *, statement_id: UUID) -> bool:
    """Whether there is such a statement in sight."""
    return await session.scalar(select(Statement.id).where(Statement.id == statement_id)) is not None


async def disputes_of(session: AsyncSession, *, statement_id: UUID) -> list[DisputedLine]:
    """A statement's disputes, those that wait first."""
    return await _disputes(session, LineDispute.statement_id == statement_id)


async def waiting_lines(session: AsyncSession) -> list[HeldBack]:
    """What of the lines in sight waits for an answer, off its statement, by organiser; the oldest first. What was
    reversed meanwhile waits no more: it meets its reversal."""
    back = aliased(StatementLine)
    came_back = select(back.id).where(back.id == LineDispute.return_id).exists()
    found = await session.execute(
        select(
            Organiser.name_fi,
            Organiser.name_sv,
            Organiser.name_en,
            func.min(LineDispute.raised_at).label("since"),
            func.count().label("lines"),
            func.sum(StatementLine.amount_cents).label("cents"),
        )
        .join(Organiser, Organiser.id == LineDispute.organiser_id)
        .join(StatementLine, StatementLine.id == LineDispute.statement_line_id)
        .join(Redemption, Redemption.id == LineDispute.redemption_id)
        .where(
            LineDispute.return_id.is_not(None),
            LineDispute.outcome.is_(None),
            Redemption.state == str(RedemptionState.CAPTURED),
            ~came_back,
        )
        .group_by(Organiser.id)
        .order_by(text("since"))
    )
    return [
        HeldBack(
            {"fi": row.name_fi, "sv": row.name_sv, "en": row.name_en}, "line", None, None, row.since, False, row.lines,
            int(row.cents),
        )
        for row in found
    ]  # fmt: skip


async def _disputes(session: AsyncSession, condition: object) -> list[DisputedLine]:
    back, later = aliased(StatementLine), aliased(Statement)
    query = (
        _lines()
        .add_columns(LineDispute, later.id, later.number)
        .join(LineDispute, LineDispute.statement_line_id == StatementLine.id)
        .outerjoin(back, back.id == LineDispute.return_id)
        .outerjoin(later, later.id == back.statement_id)
        .where(condition)  # type: ignore[arg-type]  # a comparison of columns
        .order_by(LineDispute.outcome.is_not(None), LineDispute.raised_at)
    )
    return [_view(*row) for row in await session.execute(query)]


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(StatementLine, Redemption, Service, Statement, Provider)
        .join(Redemption, Redemption.id == StatementLine.redemption_id)
        .join(Service, Service.id == StatementLine.service_id)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .join(Provider, Provider.id == StatementLine.provider_id)
    )


def _view(
    line: StatementLine,
    redemption: Redemption,
    service: Service,
    statement: Statement,
    provider: Provider,
    dispute: LineDispute | None = None,
    back_id: UUID | None = None,
    back_number: str | None = None,
) -> DisputedLine:
    said = (
        {}
        if dispute is None
        else {
            name: getattr(dispute, name)
            for name in ("reason", "raised_at", "outcome", "answer", "decided_at")
        }
        | {"dispute_id": dispute.id, "money_waits": dispute.return_id is not None}
    )
    return DisputedLine(
        statement_id=statement.id,
        statement_number=statement.number,
        provider_name=provider.name,
        line_id=line.id,
        reference=line_reference(line.redemption_id),
        service_name={"fi": service.name_fi, "sv": service.name_sv, "en": service.name_en},
        service_date=redemption.service_date,
        reversal=line.reversal_id is not None,
        amount_cents=line.amount_cents,
        voucher_id=redemption.voucher_id,
        was_reversed=redemption.state == RedemptionState.REVERSED,
        back_on=(back_id, back_number) if back_id and back_number else None,
        **said,
    )
