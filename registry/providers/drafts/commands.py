"""Writing an application: started, saved at every step, sent as a whole or given up."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Service
from registry.people.duties import require_office
from registry.providers.commands.applying import insert_application
from registry.providers.commands.doors import act_for
from registry.providers.drafts.kept import answers_document, read_answers
from registry.providers.drafts.model import ApplicationDraft
from registry.providers.drafts.queries import DraftState, open_draft, papers, state_of
from registry.providers.drafts.rules import MOST_SERVICES, Answers, offer_of
from registry.providers.evidence.sharing import share_papers
from registry.providers.model import Provider
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import see
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date


async def start_draft(session: AsyncSession, *, actor: Actor, now: datetime) -> UUID:
    """Begin an application, or go on with the one that has been begun: a provider writes one at a time."""
    await _require_applicant(session, actor)
    provider_id = actor.provider_id
    if await session.get(Provider, provider_id) is None:
        raise NotFound("provider.unknown")
    await session.execute(
        insert(ApplicationDraft)
        .values(
            id=uuid7(),
            provider_id=provider_id,
            answers=answers_document(Answers()),
            version=1,
            started_by=actor.id,
            started_at=now,
            changed_at=now,
        )
        .on_conflict_do_nothing()
    )
    draft = await _locked(session, provider_id)
    return draft.id


async def change_answers(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    change: Callable[[Answers], Answers],
    version: int | None = None,
) -> int:
    """Keep the answers as `change` makes them, whole or not; returns the draft's new version. What they lack is said on
    the task list, not here: nothing that was typed may get lost. `version`: the one that the caller has seen, where it
    sends all answers at once."""
    await _require_applicant(session, actor)
    draft = await _locked(session, actor.provider_id)
    if version is not None and version != draft.version:
        raise Refused("draft.changed_meanwhile")
    had = read_answers(draft.answers)
    answers = change(had)
    if len(answers.services) > MOST_SERVICES:
        raise Invalid("draft.invalid", errors={"services": "draft.too_many_services"})
    if added := set(answers.services) - set(had.services):
        await _require_services(session, added)
    document = answers_document(answers)
    if document == draft.answers:
        return draft.version
    draft.answers, draft.changed_at = document, now
    draft.version += 1
    await session.flush()
    return draft.version


async def _require_services(session: AsyncSession, wanted: set[UUID]) -> None:
    known = await session.scalars(select(Service.id).where(Service.id.in_(wanted), Service.active))
    if wanted - set(known):
        raise Invalid("draft.invalid", errors={"services": "service.unknown"})


async def discard_draft(session: AsyncSession, *, actor: Actor, now: datetime) -> None:
    """Give the draft up; papers, coaches and sites stay the provider's."""
    await _require_applicant(session, actor)
    await session.delete(await _locked(session, actor.provider_id))


async def submit_draft(session: AsyncSession, *, actor: Actor, now: datetime, version: int) -> list[UUID]:
    """Send the application: one for each service, all or none, and the papers with them. Returns their ids in the order
    of the services.

    `version` is that of the answers that were checked: another person of the provider may have changed one since.
    Raises Refused(draft.changed_meanwhile, draft.incomplete).
    """
    await _require_applicant(session, actor)
    draft = await _locked(session, actor.provider_id)
    if draft.version != version:
        raise Refused("draft.changed_meanwhile")
    state = await state_of(session, draft, today=local_date(now))
    if state.missing:
        names = [str(part) for part, _ in state.missing]
        raise Refused("draft.incomplete", parts=sorted(set(names)), count=len(names))
    organisers = list(dict.fromkeys(service.organiser_id for service in state.services.values()))
    await act_for(session, actor=actor, provider_id=draft.provider_id)
    await see(
        session,
        Sight(
            organisers=tuple(dict.fromkeys([*actor.sight.organisers, *organisers])),
            provider=draft.provider_id,
        ),
    )
    made = [
        await _apply(session, actor=actor, now=now, state=state, service_id=service_id)
        for service_id in state.answers.services
    ]
    await share_papers(
        session,
        actor=actor,
        now=now,
        provider_id=draft.provider_id,
        papers=await papers(session, draft.provider_id),
        asked={
            organiser: [
                rule for one in state.services.values() if one.organiser_id == organiser for rule in one.asked
            ]
            for organiser in organisers
        },
    )
    draft.submitted_at = draft.changed_at = now
    record(
        session,
        actor=actor,
        now=now,
        action="draft.submitted",
        subject_kind="draft",
        subject_id=draft.id,
        organiser_id=None,
        facts={"provider": draft.provider_id, "applications": [str(one) for one in made]},
    )
    await session.flush()
    return made


async def _apply(
    session: AsyncSession, *, actor: Actor, now: datetime, state: DraftState, service_id: UUID
) -> UUID:
    offer = offer_of(state.answers, service_id, state.situation.services[service_id])
    if offer is None:
        raise Refused("draft.incomplete", parts=[], count=1)
    return await insert_application(
        session,
        actor=actor,
        now=now,
        provider_id=state.provider_id,
        service_id=service_id,
        offer=offer,
        details=_details(state, service_id),
    )


def _details(state: DraftState, service_id: UUID) -> dict[str, Any]:
    """What was said beside the offer, as it stays with the application."""
    answers, own = state.answers, state.answers.services[service_id]
    kept = answers_document(answers)
    return {
        "draft": str(state.id),
        "accepted_points": list(own.accepted.points) if own.accepted else [],
        "price_start": own.price.start.isoformat() if own.price and own.price.start else None,
        "sites": kept["sites"],
        "coaches": kept["coaches"],
        "insurance": kept["insurance"],
        "employer": answers.employer,
        "papers_asked": _kinds(state, service_id),
    }


def _kinds(state: DraftState, service_id: UUID) -> Sequence[str]:
    return [str(rule.kind) for rule in state.services[service_id].asked]


async def _require_applicant(session: AsyncSession, actor: Actor) -> None:
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)


async def _locked(session: AsyncSession, provider_id: UUID) -> ApplicationDraft:
    draft = await open_draft(session, provider_id=provider_id)
    if draft is None:
        raise NotFound("draft.unknown")
    await session.refresh(draft, with_for_update=True)
    if draft.submitted_at is not None:  # sent while we waited
        raise NotFound("draft.unknown")
    return draft
