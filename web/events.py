"""Events of the audit trail as people read them: a sentence, its facts, and who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.queries import Event, timeline
from registry.shared.actor import GUARDIAN, STAFF, Actor, Role
from registry.vouchers.queries.voucher import account_names, provider_names
from web.case_texts import case_text
from web.event_details import CHANNELS, DETAILS, OTHER, SAID_BY_GUARDIAN
from web.event_texts import TITLES
from web.navigation import role_text
from web.translations import format_date, format_money, format_month, format_number, gettext

ALONE: Final = ("case", "provider", "total")
"""Facts that need no words around them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An event for the timeline component and the auditor's lists."""

    id: UUID
    when: datetime
    title: str
    text: str | None
    who: str


async def voucher_timeline(session: AsyncSession, *, voucher_id: UUID, viewer: Actor) -> list[Shown]:
    """A voucher's whole history, newest first. Staff and the client see all of it; to a provider the record of what
    was done is closed."""
    events = await timeline(session, voucher_id=voucher_id)
    return await shown(session, events[::-1], viewer=viewer)


async def shown(session: AsyncSession, events: Sequence[Event], *, viewer: Actor) -> list[Shown]:
    """Events in the viewer's language, in two queries for the names, however many they are. Names of people are for
    staff; others read in which role it was done."""
    names: dict[UUID, str] = {}
    # a client knows the own guardian
    known = [event for event in events if viewer.role in STAFF or event.actor_role == GUARDIAN]
    if known and viewer.role is not Role.PROVIDER_USER:
        names = await account_names(session, ids={event.actor_id for event in known if event.actor_id})
    wanted = {UUID(text) for event in events for text in _providers_of(event)}
    providers = await provider_names(session, ids=wanted)
    return [
        Shown(event.id, event.at, title(event), detail(event, providers), _who(event, viewer, names))
        for event in events
    ]


def title(event: Event) -> str:
    """The sentence for an action; one that nobody has written a sentence for is named."""
    if event.action == "voucher.chosen" and event.facts.get("changed_from"):
        return gettext("The choice was changed to another provider")
    text = TITLES.get(event.action)
    return gettext(text) if text else gettext(OTHER, action=event.action)


def detail(event: Event, providers: Mapping[UUID, str]) -> str | None:
    """The facts that belong with the sentence, or None where there are none. An older event that lacks one of
    them has a sentence that stands alone."""
    try:
        facts = _facts(event, providers)
        template = DETAILS.get(event.action)
        parts = [gettext(template) % facts] if template else [facts[name] for name in ALONE if name in facts]
    except (KeyError, ValueError, TypeError):
        parts = []
    channel = CHANNELS.get(str(event.facts.get("channel")))
    parts += [gettext(channel)] if channel else []
    parts += [gettext(SAID_BY_GUARDIAN)] if event.facts.get("said_by") == "guardian" else []
    return ". ".join(parts) or None


def _providers_of(event: Event) -> list[str]:
    found = (event.facts.get("provider"), event.facts.get("provider_id"))
    return [text for text in found if isinstance(text, str) and _is_id(text)]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _facts(event: Event, providers: Mapping[UUID, str]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for name, value in event.facts.items():
        if value is None or (name == "returned_cents" and value == 0):
            continue
        if name.endswith("_cents"):
            facts[name.removesuffix("_cents")] = format_money(int(value))
        elif name.startswith("units"):
            facts[name] = format_number(int(value) / 100)
        elif name == "valid_until":
            facts["last_day"] = format_date(datetime.fromisoformat(value) - timedelta(seconds=1))
        elif name in ("due_on", "last_day"):
            facts[name] = format_date(date.fromisoformat(value))
        elif name == "month":
            facts[name] = format_month(date.fromisoformat(value))
        elif name in ("provider", "provider_id"):
            facts["provider"] = providers[UUID(value)]
        elif name == "kind" and event.subject_kind == "case":
            facts["case"] = case_text(str(value)).title
        else:
            facts[name] = str(value)
    return facts


def _who(event: Event, viewer: Actor, names: Mapping[UUID, str]) -> str:
    if event.actor_kind == "system":
        return gettext("The service itself")
    if event.actor_id is not None and event.actor_id == viewer.id:
        return gettext("You")
    role = role_text(event.actor_role)
    if event.actor_kind == "token":
        machine = gettext("through the API")
        role = f"{role}, {machine}" if role else machine
    name = names.get(event.actor_id) if event.actor_id else None
    return f"{name} ({role})" if name else role
