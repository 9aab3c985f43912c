"""Reading disputed lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.providers.model import Provider
from registry.settlement.disputes.model import LineDispute
from registry.settlement.model import Statement, StatementLine
from registry.settlement.rules import line_reference
from registry.vouchers.model import Redemption


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


async def line_of(session: AsyncSession, *, statement_id: UUID, line_id: UUID) -> DisputedLine | None:
    """A line of a statement in sight."""
    query = _lines().where(StatementLine.id == line_id, StatementLine.statement_id == statement_id)
    row = (await session.execute(query)).one_or_none()
    return _view(*row) if row else None


async def dispute_of(session: AsyncSession, *, dispute_id: UUID) -> DisputedLine | None:
    """One dispute in sight."""
    found = await _disputes(session, LineDispute.id == dispute_id)
    return found[0] if found else None


async def disputes_of(session: AsyncSession, *, statement_id: UUID) -> list[DisputedLine]:
    """A statement's disputes, those that wait first."""
    return await _disputes(session, LineDispute.statement_id == statement_id)


async def _disputes(session: AsyncSession, condition: object) -> list[DisputedLine]:
    query = (
        _lines()
        .add_columns(LineDispute)
        .join(LineDispute, LineDispute.statement_line_id == StatementLine.id)
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
) -> DisputedLine:
    said = (
        {}
        if dispute is None
        else {
            name: getattr(dispute, name)
            for name in ("reason", "raised_at", "outcome", "answer", "decided_at")
        }
        | {"dispute_id": dispute.id}
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
        **said,
    )
