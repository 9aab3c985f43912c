"""A provider keeps its sites."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality
from registry.people.duties import require_office
from registry.providers.commands.doors import locked_provider
from registry.providers.rules import ACCESSIBILITY
from registry.providers.sites.model import Site
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


@dataclass(frozen=True, slots=True)
class SiteFacts:
    name: str
    street: str
    postal_code: str
    city: str
    municipality_code: str
    accessibility: tuple[str, ...] = ()


async def save_site(
    session: AsyncSession, *, actor: Actor, now: datetime, site_id: UUID | None, facts: SiteFacts
) -> UUID:
    """Add a site, or change one."""
    provider_id = await _office_of(session, actor)
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    for field, longest in (("name", 100), ("street", 200), ("postal_code", 10), ("city", 100)):
        try:
            values[field] = single_line(field, getattr(facts, field), longest=longest)
        except Invalid as error:
            errors.update(error.errors)
    if await session.get(Municipality, facts.municipality_code) is None:
        errors["municipality_code"] = "field.not_a_choice"
    if set(facts.accessibility) - set(ACCESSIBILITY):
        errors["accessibility"] = "offer.accessibility_unknown"
    if errors:
        raise Invalid("site.invalid", errors=errors)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    if site_id is None:
        site = Site(id=uuid7(), provider_id=provider_id, created_at=now)
        session.add(site)
    else:
        site = await _own(session, provider_id, site_id)
    for field, value in values.items():
        setattr(site, field, value)
    site.municipality_code, site.accessibility = facts.municipality_code, list(facts.accessibility)
    _record(session, actor, now, site, "site.changed" if site_id else "site.added")
    await session.flush()
    return site.id


async def end_site(session: AsyncSession, *, actor: Actor, now: datetime, site_id: UUID) -> None:
    """The site is no longer in use; applications that named it keep it."""
    provider_id = await _office_of(session, actor)
    site = await _own(session, provider_id, site_id)
    site.ended_at = now
    _record(session, actor, now, site, "site.ended")


async def _office_of(session: AsyncSession, actor: Actor) -> UUID:
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    return actor.provider_id


async def _own(session: AsyncSession, provider_id: UUID, site_id: UUID) -> Site:
    site: Site | None = await session.scalar(
        select(Site)
        .where(Site.id == site_id, Site.provider_id == provider_id, Site.ended_at.is_(None))
        .with_for_update()
    )
    if site is None:
        raise NotFound("site.unknown")
    return site


def _record(session: AsyncSession, actor: Actor, now: datetime, site: Site, action: str) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="site",
        subject_id=site.id,
        organiser_id=None,
        facts={"provider": site.provider_id},
    )
