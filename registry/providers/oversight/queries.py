"""Findings: the officer's, those that a provider is heard about, and those that the public reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service
from registry.catalogue.queries import Names
from registry.providers.model import Provider
from registry.providers.oversight.model import OversightFinding, PublishedFinding
from registry.providers.oversight.rules import FindingState


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding while it is prepared, heard, and after."""

    id: UUID
    organiser_id: UUID
    provider_id: UUID
    provider_name: str
    service: Names | None
    found_on: date
    statement: Mapping[str, str]
    state: str
    hearing_until: date | None
    heard: str | None
    heard_at: datetime | None
    opened_at: datetime
    decided_at: datetime | None


async def findings(
    session: AsyncSession,
    *,
    finding_id: UUID | None = None,
    heard_provider: UUID | None = None,
) -> list[Finding]:
    """Those in sight, newest first. `heard_provider`: only those that this provider was or is heard about; of a draft
    it knows nothing."""
    query = (
        select(OversightFinding, Provider.name, Service)
        .join(Provider, Provider.id == OversightFinding.provider_id)
        .outerjoin(Service, Service.id == OversightFinding.service_id)
        .order_by(OversightFinding.opened_at.desc(), OversightFinding.id)
    )
    if finding_id is not None:
        query = query.where(OversightFinding.id == finding_id)
    if heard_provider is not None:
        query = query.where(
            OversightFinding.provider_id == heard_provider,
            OversightFinding.state != FindingState.DRAFT,
            OversightFinding.hearing_until.is_not(None),
        )
    return [
        Finding(
            id=row.id,
            organiser_id=row.organiser_id,
            provider_id=row.provider_id,
            provider_name=name,
            service=_names(service),
            found_on=row.found_on,
            statement=row.statement,
            state=row.state,
            hearing_until=row.hearing_until,
            heard=row.heard,
            heard_at=row.heard_at,
            opened_at=row.opened_at,
            decided_at=row.decided_at,
        )
        for row, name, service in await session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class PublicFinding:
    """A finding as the public reads it: by whom, of what day, since when, in words, with the provider's answer."""

    id: UUID
    organiser: Names
    service: Names | None
    found_on: date
    published_on: date
    statement: Mapping[str, str]
    answer: str | None

    def words(self, language: str) -> str:
        """In the reader's language, or else in one that it was written in."""
        return self.statement.get(language) or next(iter(self.statement.values()))


async def published_findings(session: AsyncSession, provider_id: UUID) -> list[PublicFinding]:
    """What was published about a provider, newest first. No organiser need be in sight."""
    return (await findings_about(session, [provider_id])).get(provider_id, [])


async def findings_about(
    session: AsyncSession, provider_ids: Collection[UUID], *, service_id: UUID | None = None
) -> dict[UUID, list[PublicFinding]]:
    """Provider → what was published about it, newest first, in one query; of one service, also what was found of the
    provider as a whole."""
    query = (
        select(PublishedFinding, Organiser, Service)
        .join(Organiser, Organiser.id == PublishedFinding.organiser_id)
        .outerjoin(Service, Service.id == PublishedFinding.service_id)
        .where(PublishedFinding.provider_id.in_(provider_ids))
        .order_by(PublishedFinding.published_on.desc(), PublishedFinding.id)
    )
    if service_id is not None:
        query = query.where(
            or_(PublishedFinding.service_id.is_(None), PublishedFinding.service_id == service_id)
        )
    found: dict[UUID, list[PublicFinding]] = {}
    for row, organiser, service in await session.execute(query):
        found.setdefault(row.provider_id, []).append(
            PublicFinding(
                id=row.id,
                organiser=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
                service=_names(service),
                found_on=row.found_on,
                published_on=row.published_on,
                statement=row.statement,
                answer=row.answer,
            )
        )
    return found


def _names(row: Any) -> Names | None:
    return Names(row.name_fi, row.name_sv, row.name_en) if row is not None else None
