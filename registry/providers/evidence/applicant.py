"""All that an officer is shown of an applicant beside its offer: company facts, papers, people, sites, account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.bank_accounts.queries import AccountRow, accounts_of
from registry.providers.company_register.lookups import KnownFacts, known_facts
from registry.providers.company_register.rules import concerns
from registry.providers.evidence.queries import PaperRow, papers_of
from registry.providers.model import Application, Provider
from registry.providers.sites.queries import CoachRow, SiteRow, coaches_of, sites_of
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Applicant:
    """What stands behind an application. `details` is what was said beside the offer; empty of an imported one."""

    application_id: UUID
    provider_id: UUID
    provider_name: str
    form: str
    known: KnownFacts | None
    concerns: tuple[str, ...]
    papers: tuple[PaperRow, ...]
    papers_missing: tuple[str, ...]
    coaches: tuple[CoachRow, ...]
    sites: tuple[SiteRow, ...]
    accounts: tuple[AccountRow, ...]
    details: Mapping[str, Any]


async def applicant_of(session: AsyncSession, *, application_id: UUID, on: date) -> Applicant:
    """The applicant of an application in sight."""
    found = (
        await session.execute(
            select(Application, Provider)
            .join(Provider, Provider.id == Application.provider_id)
            .where(Application.id == application_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("application.unknown")
    application, provider = found
    details = application.details or {}
    known = await known_facts(session, business_id=provider.identity_value)
    papers = await papers_of(session, provider.id, application.organiser_id, on)
    have = {paper.kind for paper in papers}
    return Applicant(
        application_id=application.id,
        provider_id=provider.id,
        provider_name=provider.name,
        form=provider.form,
        known=known,
        concerns=tuple(sorted(concerns(known.facts))) if known and known.facts else (),
        papers=tuple(papers),
        papers_missing=tuple(kind for kind in details.get("papers_asked", ()) if kind not in have),
        coaches=tuple(await coaches_of(session, provider_id=provider.id, among=_ids(details, "coaches"))),
        sites=tuple(await sites_of(session, provider_id=provider.id, among=_ids(details, "sites"))),
        accounts=tuple(await accounts_of(session, provider_id=provider.id)),
        details=details,
    )


def _ids(details: Mapping[str, Any], name: str) -> list[UUID]:
    return [UUID(one) for one in details.get(name, ())]
