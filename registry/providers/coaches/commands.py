"""The people who give a provider's services: who they are, and what they say of themselves. While a provider is in the
register, who serves its clients is part of what it was approved with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.duties import require_office
from registry.providers.coaches.asking import (
    ask_for_coach,
    settle_coach,
    standing_of,
    takes_back,
    where_outside,
)
from registry.providers.coaches.effects import coach_of, facts_of, keep_outside, set_facts
from registry.providers.coaches.model import CoachOutside
from registry.providers.coaches.rules import ADDED, CHANGED, LEFT, TEXTS, CoachFacts, at_once, examined
from registry.providers.commands.doors import locked_provider, require_provider_user
from registry.providers.commands.upkeep import own_words
from registry.providers.keeping.model import AdmissionChange
from registry.providers.model import Admission, Coach, CoachDetail
from registry.providers.rules import LANGUAGES
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


@dataclass(frozen=True, slots=True)
class Saved:
    """A coach, and the change requests that wait for an officer because of it, one for each approval."""

    id: UUID
    waiting: tuple[UUID, ...] = ()


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
) -> Saved:
    """Add a coach, or change one: name, languages, qualification, and the coach's own words. The surname and the
    qualification stay inside; an application asks them, so they may wait until then.

    Who is in the register asks for it: a new coach, another name or qualification and a language more are decided by the
    officer of each approval, for it was given for the people who were shown to it. Own words are the coach's and hold at
    once, and so does a language fewer.
    """
    provider_id = require_provider_user(actor)
    await require_office(session, actor)
    wanted, words = _checked(first_name, surname, qualification, languages, statement)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    standing = await standing_of(session, provider_id)
    if coach_id is None:
        return await _add(session, actor, now, provider_id, standing, wanted, words)
    coach = await coach_of(session, provider_id, coach_id)
    before = await facts_of(session, coach)
    _require_told(standing, before, wanted)
    outside = await where_outside(session, coach_id)
    inside = [admission for admission in standing if admission.id not in outside]
    asked = examined(before, wanted)
    coach.statement = words
    kept = at_once(before, wanted) if inside and asked else wanted
    await set_facts(session, coach, kept, now)
    await _narrow(session, coach_id, kept)
    _record_coach(session, actor, now, coach, "coach.changed")
    waiting = []
    for admission in standing:
        if admission.id in outside:
            if before != wanted and await takes_back(session, actor, now, admission, coach_id):
                waiting.append(
                    await ask_for_coach(session, actor, now, admission, coach_id, ADDED, wanted.document())
                )
        elif asked:
            await takes_back(session, actor, now, admission, coach_id)
            waiting.append(
                await ask_for_coach(session, actor, now, admission, coach_id, CHANGED, asked, before)
            )
    return Saved(coach_id, tuple(waiting))


async def ask_for_approval(
    session: AsyncSession, *, actor: Actor, now: datetime, coach_id: UUID, admission_id: UUID
) -> UUID:
    """Ask that a coach who is no part of an approval becomes one, as after another organiser's approval or an earlier
    refusal. Returns the change's id."""
    provider_id = require_provider_user(actor)
    await require_office(session, actor)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    standing = await standing_of(session, provider_id)
    admission = next((one for one in standing if one.id == admission_id), None)
    if admission is None:
        raise NotFound("admission.unknown")
    coach = await coach_of(session, provider_id, coach_id)
    row = await session.get(CoachOutside, (admission_id, coach_id), populate_existing=True)
    if row is None:
        raise Refused("coach.approved_already")
    facts = await facts_of(session, coach)
    _require_told(standing, facts, facts, whole=True)
    if await _waits(session, admission_id, coach_id):
        raise Refused("change.open_already")
    if row.languages is None:
        return await ask_for_coach(session, actor, now, admission, coach_id, ADDED, facts.document())
    was = CoachFacts(facts.first_name, facts.surname, facts.qualification, tuple(row.languages))
    asked = {"coach_languages": list(facts.languages)}
    return await ask_for_coach(
        session, actor, now, admission, coach_id, CHANGED, asked, was, spoken=facts.languages
    )


async def end_coach(session: AsyncSession, *, actor: Actor, now: datetime, coach_id: UUID) -> None:
    """The coach no longer works there: gone from the public pages at once, the words with the name. Nobody decides on it,
    for no client may be offered somebody who is not there; the organisers find it among the changes."""
    provider_id = require_provider_user(actor)
    await require_office(session, actor)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    standing = await standing_of(session, provider_id)
    coach = await coach_of(session, provider_id, coach_id)
    outside = await where_outside(session, coach_id)
    for admission in standing:
        await takes_back(session, actor, now, admission, coach_id)
        if admission.id not in outside:
            await settle_coach(session, actor, now, admission, coach_id, LEFT)
    await session.execute(delete(CoachOutside).where(CoachOutside.coach_id == coach_id))
    await session.execute(delete(CoachDetail).where(CoachDetail.coach_id == coach_id))
    asked, before = AdmissionChange.asked, AdmissionChange.before
    for name in TEXTS:
        asked, before = asked.op("-")(name), before.op("-")(name)  # type: ignore[assignment]
    await session.execute(
        update(AdmissionChange)
        .where(AdmissionChange.coach_id == coach_id)
        .values(asked=asked, before=before)
        .execution_options(synchronize_session=False)
    )
    coach.ended_at = now
    coach.first_name, coach.statement = "", {}
    _record_coach(session, actor, now, coach, "coach.ended")


def _checked(
    first_name: str,
    surname: str,
    qualification: str,
    languages: tuple[str, ...],
    statement: Mapping[str, str],
) -> tuple[CoachFacts, dict[str, str]]:
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
    return CoachFacts(said["first_name"], said["surname"], said["qualification"], languages), words


def _require_told(
    standing: list[Admission], before: CoachFacts, wanted: CoachFacts, *, whole: bool = False
) -> None:
    """An officer has to know who it is and what the person can; what was told once is not taken back."""
    if not standing:
        return
    errors = {
        field: "field.required"
        for field in ("surname", "qualification")
        if not getattr(wanted, field) and (whole or getattr(before, field))
    }
    if errors:
        raise Invalid("coach.invalid", errors=errors)


async def _add(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    standing: list[Admission],
    wanted: CoachFacts,
    words: Mapping[str, str],
) -> Saved:
    _require_told(standing, wanted, wanted, whole=True)
    coach = Coach(id=uuid7(), provider_id=provider_id, created_at=now, statement=dict(words))
    coach.first_name, coach.languages = wanted.first_name, list(wanted.languages)
    session.add(coach)
    await set_facts(session, coach, wanted, now)
    waiting = []
    for admission in standing:
        await keep_outside(session, now=now, admission_id=admission.id, coach_id=coach.id)
        waiting.append(
            await ask_for_coach(session, actor, now, admission, coach.id, ADDED, wanted.document())
        )
    _record_coach(session, actor, now, coach, "coach.added")
    return Saved(coach.id, tuple(waiting))


async def _narrow(session: AsyncSession, coach_id: UUID, kept: CoachFacts) -> None:
    """A language that the coach no longer speaks is no longer offered under any approval."""
    rows = await session.scalars(
        select(CoachOutside).where(CoachOutside.coach_id == coach_id, CoachOutside.languages.is_not(None))
    )
    for row in rows:
        row.languages = [code for code in row.languages or () if code in kept.languages] or None


async def _waits(session: AsyncSession, admission_id: UUID, coach_id: UUID) -> bool:
    return (
        await session.scalar(
            select(AdmissionChange.id).where(
                AdmissionChange.admission_id == admission_id,
                AdmissionChange.coach_id == coach_id,
                AdmissionChange.state == "submitted",
            )
        )
    ) is not None


def _record_coach(session: AsyncSession, actor: Actor, now: datetime, coach: Coach, action: str) -> None:
    facts: dict[str, Any] = {"provider": coach.provider_id}
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="coach",
        subject_id=coach.id,
        organiser_id=None,
        facts=facts,
    )
