"""How far the approved have come with a new rule book."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.providers.keeping.model import RuleBookAcceptance, RuleBookRound
from registry.providers.keeping.rules import IN_REGISTER
from registry.providers.model import Admission, Provider
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Taking:
    """An approved provider, and when it accepted the version; None: not yet."""

    admission_id: UUID
    provider_name: str
    state: str
    accepted_at: datetime | None
    accepted: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A version that is put before the approved of a service."""

    id: UUID
    service_id: UUID
    service_name: Names
    version: str
    opened_at: datetime
    due_on: date
    afterwards: str
    ended_at: datetime | None
    providers: tuple[Taking, ...] = ()

    @property
    def accepted(self) -> int:
        return sum(one.accepted for one in self.providers)


def _round(row: RuleBookRound, service: Service, providers: tuple[Taking, ...] = ()) -> Round:
    return Round(
        row.id,
        row.service_id,
        Names(service.name_fi, service.name_sv, service.name_en),
        row.version,
        row.opened_at,
        row.due_on,
        row.afterwards,
        row.ended_at,
        providers,
    )


async def open_round(session: AsyncSession, service_id: UUID) -> Round | None:
    """The round that goes on for a service, if one does."""
    return (await rounds_of(session, [service_id])).get(service_id)


async def rounds_of(session: AsyncSession, service_ids: Collection[UUID]) -> dict[UUID, Round]:
    """Service → the round that goes on for it."""
    rows = await session.execute(
        select(RuleBookRound, Service)
        .join(Service, Service.id == RuleBookRound.service_id)
        .where(RuleBookRound.service_id.in_(service_ids), RuleBookRound.ended_at.is_(None))
    )
    return {row.service_id: _round(row, service) for row, service in rows}


async def rounds(session: AsyncSession) -> list[Round]:
    """All rounds of the organiser in sight, those that go on first, with everyone who is asked: two queries."""
    rows = (
        await session.execute(
            select(RuleBookRound, Service)
            .join(Service, Service.id == RuleBookRound.service_id)
            .order_by(RuleBookRound.ended_at.is_not(None), RuleBookRound.opened_at.desc())
            .limit(50)
        )
    ).all()
    return [
        _round(row, service, await _taking(session, row)) for row, service in rows if not row.ended_at
    ] + [_round(row, service) for row, service in rows if row.ended_at]


async def round_of(session: AsyncSession, round_id: UUID) -> Round:
    found = (
        await session.execute(
            select(RuleBookRound, Service)
            .join(Service, Service.id == RuleBookRound.service_id)
            .where(RuleBookRound.id == round_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("rule_book.unknown")
    row, service = found
    return _round(row, service, await _taking(session, row))


async def _taking(session: AsyncSession, row: RuleBookRound) -> tuple[Taking, ...]:
    """Who stands, and who had stood and accepted; those who have not, first."""
    rows = await session.execute(
        select(
            Admission.id,
            Provider.name,
            Admission.state,
            Admission.rule_book_version,
            RuleBookAcceptance.accepted_at,
        )
        .join(Provider, Provider.id == Admission.provider_id)
        .outerjoin(
            RuleBookAcceptance,
            (RuleBookAcceptance.admission_id == Admission.id) & (RuleBookAcceptance.version == row.version),
        )
        .where(Admission.service_id == row.service_id, Admission.state.in_(IN_REGISTER))
        .order_by(Admission.rule_book_version == row.version, Provider.sort_key, Admission.id)
    )
    return tuple(
        Taking(admission_id, name, state, accepted_at, version == row.version)
        for admission_id, name, state, version, accepted_at in rows
    )
