"""Whom a provider belongs to: a group of companies, or the organiser itself. The provider does not say it of itself:
a group takes one place in a first view and an organiser's own unit is labelled, so it gains by keeping quiet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import locked_admission, require_officer
from registry.providers.model import Provider
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused
from registry.shared.texts import single_line


@dataclass(frozen=True, slots=True)
class Ties:
    """The name of the group, empty where there is none; and whether it is the officer's own organiser's unit."""

    company_group: str = ""
    own_production: bool = False


async def state_ties(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, ties: Ties
) -> None:
    """An officer states the ties of a provider that is in the organiser's own register. Another organiser's unit stays
    that: only its own officer can take the label away."""
    require_officer(actor)
    group = single_line("company_group", ties.company_group, longest=120, required=False) or None
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    provider = await session.scalar(
        select(Provider)
        .where(Provider.id == admission.provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if provider is None:
        raise NotFound("provider.unknown")
    owner = admission.organiser_id if ties.own_production else None
    if provider.own_production_of not in (None, admission.organiser_id):
        if owner is not None:
            raise Refused("provider.another_s_unit")
        owner = provider.own_production_of
    values = {"company_group": group, "own_production_of": owner}
    changed = sorted(name for name, value in values.items() if getattr(provider, name) != value)
    if not changed:
        return
    provider.company_group, provider.own_production_of = group, owner
    record(
        session,
        actor=actor,
        now=now,
        action="provider.ties_stated",
        subject_kind="provider",
        subject_id=provider.id,
        organiser_id=admission.organiser_id,
        facts={"changed": changed, "own_production_of": owner},
    )
