"""The people who give a provider's services: who they are, and what they say of themselves."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.duties import require_office
from registry.providers.commands.doors import locked_provider, require_provider_user
from registry.providers.commands.upkeep import own_words
from registry.providers.model import Coach, CoachDetail
from registry.providers.rules import LANGUAGES
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


async def save_coach(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    coach_id: UUID | None,
    first_name: str,
    languages: tuple[str, ...],
    statement: Mapping[str, str],
    surname: str = "",
    qualification: str = "",
) -> UUID:
    """Add a coach, or change one: name, languages, qualification, and the coach's own words. The surname and the
    qualification stay inside; an application asks them, so they may wait until then."""
    provider_id = require_provider_user(actor)
    await require_office(session, actor)
    errors: dict[str, str] = {}
    said = {"first_name": first_name, "surname": surname, "qualification": qualification}
    for field, longest in (("first_name", 60), ("surname", 60), ("qualification", 300)):
        try:
            said[field] = single_line(field, said[field], longest=longest, required=field == "first_name")
        except Invalid as error:
            errors.update(error.errors)
    if not languages:
        errors["languages"] = "offer.language_missing"
    elif set(languages) - LANGUAGES:
        errors["languages"] = "offer.language_unknown"
    words = own_words("statement", statement, errors)
    if errors:
        raise Invalid("coach.invalid", errors=errors)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    if coach_id is None:
        coach = Coach(id=uuid7(), provider_id=provider_id, created_at=now)
        session.add(coach)
    else:
        coach = await _own_coach(session, provider_id, coach_id)
    coach.first_name, coach.languages, coach.statement = said["first_name"], list(languages), dict(words)
    await session.flush()
    await _keep_detail(session, coach, said, now)
    _record_coach(session, actor, now, coach, "coach.changed" if coach_id else "coach.added")
    return coach.id


async def end_coach(session: AsyncSession, *, actor: Actor, now: datetime, coach_id: UUID) -> None:
    """The coach no longer works there: gone from the public pages at once, the words with the name."""
    provider_id = require_provider_user(actor)
    await require_office(session, actor)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    coach = await _own_coach(session, provider_id, coach_id)
    await session.execute(delete(CoachDetail).where(CoachDetail.coach_id == coach_id))
    coach.ended_at = now
    coach.first_name, coach.statement = "", {}
    _record_coach(session, actor, now, coach, "coach.ended")


async def _keep_detail(session: AsyncSession, coach: Coach, said: Mapping[str, str], now: datetime) -> None:
    values = {"surname": said["surname"], "qualification": said["qualification"], "changed_at": now}
    await session.execute(
        insert(CoachDetail)
        .values(coach_id=coach.id, provider_id=coach.provider_id, **values)
        .on_conflict_do_update(index_elements=["coach_id"], set_=values)
    )


async def _own_coach(session: AsyncSession, provider_id: UUID, coach_id: UUID) -> Coach:
    coach = await session.scalar(
        select(Coach)
        .where(Coach.id == coach_id, Coach.provider_id == provider_id, Coach.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if coach is None:
        raise NotFound("coach.unknown")
    return coach


def _record_coach(session: AsyncSession, actor: Actor, now: datetime, coach: Coach, action: str) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="coach",
        subject_id=coach.id,
        organiser_id=None,
        facts={"provider": coach.provider_id},
    )
