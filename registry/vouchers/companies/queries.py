"""A company's aid, for its representatives and for whoever grants."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.model import Client
from registry.shared.errors import NotFound
from registry.vouchers.companies.aid import aid_of
from registry.vouchers.companies.model import AidDeclaration, AidGranted, DeMinimisRule
from registry.vouchers.model import Voucher


@dataclass(frozen=True, slots=True)
class GrantedAid:
    """Aid by one voucher: what a certificate says."""

    id: UUID
    voucher_id: UUID
    number: str
    service: Names
    cents: int
    before_cents: int
    ceiling_cents: int
    granted_on: date
    regulation: str


@dataclass(frozen=True, slots=True)
class CompanyAid:
    """How a company stands to the ceiling today."""

    regulation: str | None
    ceiling_cents: int
    years: int
    counted_cents: int
    declared: list[dict[str, Any]] | None
    declared_at: datetime | None
    granted: list[GrantedAid]

    @property
    def left_cents(self) -> int:
        return max(0, self.ceiling_cents - self.counted_cents)


async def company_aid(session: AsyncSession, *, client_id: UUID, on: date) -> CompanyAid:
    """What was declared last, what was granted here, and what is left below the ceiling today."""
    taking = await aid_of(session, clients=[client_id], on=on)
    rule = taking.rule
    latest = await session.scalar(
        select(AidDeclaration)
        .where(AidDeclaration.client_id == client_id)
        .order_by(AidDeclaration.declared_at.desc(), AidDeclaration.id.desc())
        .limit(1)
    )
    rows = await session.execute(
        _granted().where(AidGranted.client_id == client_id).order_by(AidGranted.id.desc())
    )
    return CompanyAid(
        regulation=rule.regulation if rule else None,
        ceiling_cents=rule.ceiling_cents if rule else 0,
        years=rule.years if rule else 0,
        counted_cents=taking.standing[client_id].before(on=on, years=rule.years) if rule else 0,
        declared=latest.aid if latest else None,
        declared_at=latest.declared_at if latest else None,
        granted=[_row(*row) for row in rows],
    )


async def granted_aid(session: AsyncSession, *, aid_id: UUID) -> GrantedAid:
    """One grant, for its certificate."""
    row = (await session.execute(_granted().where(AidGranted.id == aid_id))).one_or_none()
    if row is None:
        raise NotFound("aid.unknown")
    return _row(*row)


async def is_company(session: AsyncSession, *, client_id: UUID) -> bool:
    return await session.scalar(select(Client.kind).where(Client.id == client_id)) == "company"


async def aid_of_voucher(session: AsyncSession, *, voucher_id: UUID) -> UUID | None:
    """The first grant of aid by a voucher; None where it is none."""
    return await session.scalar(
        select(AidGranted.id).where(AidGranted.voucher_id == voucher_id).order_by(AidGranted.id).limit(1)
    )


def _granted() -> Any:
    return (
        select(AidGranted, Voucher.number, Service, DeMinimisRule.regulation)
        .join(Voucher, Voucher.id == AidGranted.voucher_id)
        .join(Service, Service.id == Voucher.service_id)
        .join(DeMinimisRule, DeMinimisRule.id == AidGranted.rule_id)
    )


def _row(aid: AidGranted, number: str, service: Service, regulation: str) -> GrantedAid:
    return GrantedAid(
        aid.id,
        aid.voucher_id,
        number,
        Names(service.name_fi, service.name_sv, service.name_en),
        aid.cents,
        aid.before_cents,
        aid.ceiling_cents,
        aid.granted_on,
        regulation,
    )
