"""What asking for a change and deciding on it share: the offer that would come of it, and making it so."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import locked_admission
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.prices import NewPrice, earliest_day, place_price, require_price, told_vat
from registry.providers.keeping.rules import ChangeState
from registry.providers.model import Admission
from registry.providers.rules import Offer
from registry.shared.actor import Actor
from registry.shared.errors import NotFound
from registry.shared.vat import VAT_NAMES, merged

PRICE: Final = frozenset({"unit_price_cents", *VAT_NAMES})
LISTS: Final = frozenset({"municipality_codes", "languages", "accessibility"})


def offer_of(admission: Admission) -> Offer:
    return Offer(
        unit_price_cents=admission.unit_price_cents,
        **told_vat(admission).columns(),
        municipality_codes=tuple(admission.municipality_codes),
        remote=admission.remote,
        languages=tuple(admission.languages),
        accessibility=tuple(admission.accessibility),
        method=admission.method,
        places=admission.places,
        next_start=admission.next_start,
        first_talk_free=admission.first_talk_free,
        rule_book_version=admission.rule_book_version,
    )


def with_whole_vat(admission: Admission, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked, with rate, category and reason as they then all are, where one of them is asked."""
    if not any(asked.get(name) is not None for name in VAT_NAMES):
        return {name: value for name, value in asked.items() if name not in VAT_NAMES}
    return {**asked, **merged(offer_of(admission).vat, asked).columns()}


def offer_with(admission: Admission, changed: Mapping[str, Any]) -> Offer:
    values: dict[str, Any] = {
        name: tuple(value) if name in LISTS else value for name, value in changed.items()
    }
    return replace(offer_of(admission), **values)


async def apply_change(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission: Admission,
    row: AdmissionChange,
    asked: Mapping[str, Any],
) -> None:
    """Make the admission say what was asked, as it is to be by now; a price from its day on, which is never
    earlier than the notice from today allows: the officer's time is not taken from the clients."""
    for name, value in asked.items():
        if name not in PRICE:
            setattr(admission, name, value)
    if "languages" in asked:
        admission.languages_verified = [
            code for code in admission.languages_verified if code in admission.languages
        ]
    if PRICE & asked.keys():
        cents = asked.get("unit_price_cents", admission.unit_price_cents)
        earliest = await earliest_day(session, admission, cents, now=now)
        price = NewPrice(
            cents,
            offer_with(admission, asked).vat,
            max(row.price_from or earliest, earliest),
        )
        await require_price(session, admission, price, now=now)
        row.price_from = price.valid_from
        await place_price(session, actor=actor, now=now, admission=admission, price=price)


async def locked_change(
    session: AsyncSession, actor: Actor, change_id: UUID
) -> tuple[AdmissionChange, Admission]:
    """The request, locked after its admission, as whoever asks locks."""
    admission_id = await session.scalar(
        select(AdmissionChange.admission_id).where(AdmissionChange.id == change_id)
    )
    if admission_id is None:
        raise NotFound("change.unknown")
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    row = await session.get_one(AdmissionChange, change_id, with_for_update=True, populate_existing=True)
    return row, admission


def record_change(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    row: AdmissionChange,
    action: str,
    before: ChangeState | None,
) -> None:
    facts = {
        "provider": row.provider_id,
        "service": row.service_id,
        "admission": row.admission_id,
        "changed": sorted(row.asked),
        "decision": row.decision_id,
    }
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="change",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state=str(before) if before else None,
        to_state=row.state,
        facts=facts,
    )
