"""What a provider keeps up to date itself: its places, its next start, its own words, its coaches."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality
from registry.people.duties import require_office
from registry.providers.commands.doors import (
    locked_admission,
    locked_provider,
    require_provider_user,
)
from registry.providers.commands.registering import email_address, web_address
from registry.providers.model import Provider
from registry.providers.rules import (
    EXPERIENCE,
    LANGUAGES_OF_TEXTS,
    LONGEST_TEXT,
    MAX_PLACES,
    places_fit,
    search_words,
)
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, require
from registry.shared.period import local_date
from registry.shared.texts import passage, single_line


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
    require_provider_user(actor)
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
    admission.capacity_confirmed_at = now
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
    require_provider_user(actor)
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
    provider_id = require_provider_user(actor)
    await require_office(session, actor)
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
