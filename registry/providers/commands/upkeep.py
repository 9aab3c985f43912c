"""What a provider keeps up to date itself: its places, its next start, its own words, its coaches."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality
from registry.providers.commands.applying import email_address, web_address
from registry.providers.commands.doors import locked_admission, locked_provider, set_admission_state
from registry.providers.model import Coach, Provider
from registry.providers.rules import (
    EXPERIENCE,
    LANGUAGES,
    LANGUAGES_OF_TEXTS,
    LONGEST_TEXT,
    MAX_PLACES,
    AdmissionState,
    places_fit,
    search_words,
)
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage, single_line


def _require_provider_user(actor: Actor) -> UUID:
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    return actor.provider_id


async def change_capacity(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    places: int,
    next_start: date | None,
) -> None:
    """Places and next start of one service. Places cannot go under those that clients hold."""
    _require_provider_user(actor)
    errors = {}
    if not 0 <= places <= MAX_PLACES:
        errors["places"] = "offer.places_out_of_range"
    if next_start is not None and next_start < local_date(now):
        errors["next_start"] = "offer.next_start_past"
    if errors:
        raise Invalid("offer.invalid", errors=errors)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    require(places_fit(places=places, taken=admission.taken))
    facts = {"places": places, "places_before": admission.places, "next_start": next_start}
    admission.places = places
    admission.next_start = next_start
    record(
        session,
        actor=actor,
        now=now,
        action="admission.capacity_changed",
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=admission.state,
        to_state=admission.state,
        facts=facts,
    )


async def state_facts(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    same_coach: bool | None,
    experience: Collection[str],
) -> None:
    """What the provider says of how it works with clients of one service: shown to them as its own statement."""
    _require_provider_user(actor)
    if set(experience) - set(EXPERIENCE):
        raise Invalid("offer.invalid", errors={"experience": "offer.experience_unknown"})
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    stated = [code for code in EXPERIENCE if code in experience]
    if (admission.same_coach, admission.experience) == (same_coach, stated):
        return
    admission.same_coach, admission.experience = same_coach, stated
    record(
        session,
        actor=actor,
        now=now,
        action="admission.facts_stated",
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=admission.state,
        to_state=admission.state,
        facts={"same_coach": same_coach, "experience": stated},
    )


async def withdraw_admission(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID
) -> None:
    """The provider leaves the register for this service, on its own request."""
    _require_provider_user(actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    before = set_admission_state(admission, AdmissionState.WITHDRAWN)
    admission.state_reason = None
    record(
        session,
        actor=actor,
        now=now,
        action="admission.withdrawn",
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=before,
        to_state=admission.state,
        facts={"provider": admission.provider_id, "service": admission.service_id},
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says of itself and how it is reached. Name, form and business id are not its to change."""

    introduction: Mapping[str, str]
    """By language, of fi, sv, en."""
    email: str = ""
    phone: str = ""
    website: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    municipality_code: str = ""


def own_words(field: str, texts: Mapping[str, str], errors: dict[str, str]) -> dict[str, str]:
    """Texts by language, cleaned, empty ones left out."""
    kept: dict[str, str] = {}
    for language, text in texts.items():
        if language not in LANGUAGES_OF_TEXTS:
            errors[field] = "field.not_a_choice"
            continue
        try:
            said = passage(f"{field}_{language}", text, longest=LONGEST_TEXT, required=False)
        except Invalid as error:
            errors.update(error.errors)
            continue
        if said:
            kept[language] = said
    return kept


async def change_profile(session: AsyncSession, *, actor: Actor, now: datetime, profile: Profile) -> None:
    """Change the organisation's own words and contact, and what it is found by."""
    provider_id = _require_provider_user(actor)
    errors: dict[str, str] = {}
    values: dict[str, Any] = {"introduction": own_words("introduction", profile.introduction, errors)}
    for field, longest in (("phone", 40), ("street", 200), ("postal_code", 10), ("city", 200)):
        try:
            values[field] = (
                single_line(field, getattr(profile, field), longest=longest, required=False) or None
            )
        except Invalid as error:
            errors.update(error.errors)
    for field, check in (("email", email_address), ("website", web_address)):
        try:
            line = single_line(field, getattr(profile, field), longest=254, required=False)
            values[field] = check(field, line, errors)
        except Invalid as error:
            errors.update(error.errors)
    values["municipality_code"] = profile.municipality_code or None
    if profile.municipality_code and await session.get(Municipality, profile.municipality_code) is None:
        errors["municipality_code"] = "field.not_a_choice"
    if errors:
        raise Invalid("provider.invalid", errors=errors)
    provider = await locked_provider(session, actor=actor, provider_id=provider_id)
    changed = sorted(name for name, value in values.items() if getattr(provider, name) != value)
    if not changed:
        return
    for name, value in values.items():
        setattr(provider, name, value)
    provider.search_words = words_of(provider)
    record(
        session,
        actor=actor,
        now=now,
        action="provider.profile_changed",
        subject_kind="provider",
        subject_id=provider_id,
        organiser_id=None,
        facts={"changed": changed},
    )


def words_of(provider: Provider) -> str:
    """What a provider is found by: its name, its city and its own words."""
    return search_words(provider.name, provider.city, *provider.introduction.values())


async def save_coach(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    coach_id: UUID | None,
    first_name: str,
    languages: tuple[str, ...],
    statement: Mapping[str, str],
) -> UUID:
    """Add a coach, or change one: first name, languages, and the coach's own words."""
    provider_id = _require_provider_user(actor)
    errors: dict[str, str] = {}
    name = ""
    try:
        name = single_line("first_name", first_name, longest=60)
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
    coach.first_name, coach.languages, coach.statement = name, list(languages), dict(words)
    _record_coach(session, actor, now, coach, "coach.changed" if coach_id else "coach.added")
    return coach.id


async def end_coach(session: AsyncSession, *, actor: Actor, now: datetime, coach_id: UUID) -> None:
    """The coach no longer works there: gone from the public pages at once, the words with the name."""
    provider_id = _require_provider_user(actor)
    await locked_provider(session, actor=actor, provider_id=provider_id)
    coach = await _own_coach(session, provider_id, coach_id)
    coach.ended_at = now
    coach.first_name, coach.statement = "", {}
    _record_coach(session, actor, now, coach, "coach.ended")


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
