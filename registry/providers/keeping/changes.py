"""Changes of what a provider was approved with. What needs no examining goes at once; the rest waits for an officer, in
the same queue as applications, and is decided with a reason. It is never a new application."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import decide_by
from registry.people.duties import require_office
from registry.providers.commands.applying import limits_of
from registry.providers.commands.doors import locked_admission, require_provider_user
from registry.providers.decisions.people import person_behind
from registry.providers.keeping.changing import (
    PRICE,
    apply_change,
    locked_change,
    offer_of,
    offer_with,
    record_change,
    with_whole_vat,
)
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.prices import NewPrice, earliest_day, require_price
from registry.providers.keeping.rules import (
    IN_REGISTER,
    ChangeState,
    differing,
    move_change,
    needs_decision,
)
from registry.providers.model import Admission
from registry.providers.rules import LONGEST_TEXT, offer_errors
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: the changes that hold at once, and those that wait."""

    at_once: UUID | None
    waiting: UUID | None


async def ask_for_change(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    asked: Mapping[str, Any],
    price_from: date | None = None,
    words: str = "",
) -> Asked:
    """The provider asks to have its approval changed: `asked` names what of the offer is to be otherwise. Refused
    while an earlier request waits, and for what the service's terms do not allow."""
    require_provider_user(actor)
    await require_office(session, actor)
    said = passage("words", words, longest=LONGEST_TEXT, required=False)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    if admission.state not in IN_REGISTER:
        raise Refused("admission.ended_already", state=admission.state)
    before = offer_of(admission).document()
    changed = differing(before, with_whole_vat(admission, asked))
    if not changed:
        raise Refused("change.nothing")
    _, limits = await limits_of(session, admission.service_id)
    allowed = replace(limits, rule_book_version=admission.rule_book_version)
    if errors := offer_errors(
        offer_with(admission, changed), allowed, earliest_start=None, today=local_date(now)
    ):
        raise Invalid("change.not_allowed", errors=errors)
    price_from = await _price_day(session, admission, changed, price_from, now=now)
    needed = needs_decision(before, changed, ceiling_cents=limits.unit_price_ceiling_cents)
    if PRICE & needed:
        needed |= PRICE & changed.keys()
    await _require_none_waiting(session, admission, needed=bool(needed))
    parts = (
        ({name: value for name, value in changed.items() if name not in needed}, ChangeState.APPROVED),
        ({name: value for name, value in changed.items() if name in needed}, ChangeState.SUBMITTED),
    )
    made: list[UUID | None] = []
    for part, state in parts:
        if not part:
            made.append(None)
            continue
        row = AdmissionChange(
            id=uuid7(),
            organiser_id=admission.organiser_id,
            provider_id=admission.provider_id,
            service_id=admission.service_id,
            admission_id=admission.id,
            state=str(state),
            before={name: before[name] for name in part},
            asked=part,
            price_from=price_from if PRICE & part.keys() else None,
            words=said,
            due_on=await decide_by(session, admission.service_id, now),
            submitted_by=await person_behind(session, actor),
            submitted_at=now,
            decided_at=now if state is ChangeState.APPROVED else None,
        )
        session.add(row)
        if state is ChangeState.APPROVED:
            await apply_change(session, actor, now, admission, row, part)
        await session.flush()
        record_change(session, actor, now, row, "change.made" if row.decided_at else "change.asked", None)
        made.append(row.id)
    return Asked(*made)


async def _price_day(
    session: AsyncSession,
    admission: Admission,
    changed: Mapping[str, Any],
    wanted: date | None,
    *,
    now: datetime,
) -> date | None:
    if not PRICE & changed.keys():
        return None
    cents = changed.get("unit_price_cents", admission.unit_price_cents)
    day = wanted or await earliest_day(session, admission, cents, now=now)
    price = NewPrice(cents, offer_with(admission, changed).vat, day)
    await require_price(session, admission, price, now=now)
    return day


async def _require_none_waiting(session: AsyncSession, admission: Admission, *, needed: bool) -> None:
    waits = await session.scalar(
        select(AdmissionChange.id).where(
            AdmissionChange.admission_id == admission.id,
            AdmissionChange.coach_id.is_(None),
            AdmissionChange.state == str(ChangeState.SUBMITTED),
        )
    )
    if needed and waits is not None:
        raise Refused("change.open_already")


async def withdraw_change(session: AsyncSession, *, actor: Actor, now: datetime, change_id: UUID) -> None:
    """The provider takes a request back; its approval stays as it is."""
    require_provider_user(actor)
    await require_office(session, actor)
    row, _ = await locked_change(session, actor, change_id)
    require(move_change(ChangeState(row.state), ChangeState.WITHDRAWN))
    row.state, row.decided_at = str(ChangeState.WITHDRAWN), now
    record_change(session, actor, now, row, "change.withdrawn", ChangeState.SUBMITTED)


async def close_changes_of_left(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Requests of providers that have left the register meanwhile end: nothing is left to change. For the worker."""
    rows = await session.scalars(
        select(AdmissionChange)
        .join(Admission, Admission.id == AdmissionChange.admission_id)
        .where(AdmissionChange.state == str(ChangeState.SUBMITTED), Admission.state.not_in(IN_REGISTER))
        .order_by(AdmissionChange.id)
        .limit(limit)
        .with_for_update(of=AdmissionChange, skip_locked=True)
    )
    count = 0
    for row in rows.all():
        row.state, row.decided_at = str(ChangeState.WITHDRAWN), now
        record_change(session, actor, now, row, "change.withdrawn", ChangeState.SUBMITTED)
        count += 1
    return count
