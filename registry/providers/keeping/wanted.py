"""What comes of a change that was asked for, of an approval that has gone on changing since."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.keeping.changing import PRICE, offer_of
from registry.providers.keeping.model import AdmissionChange, AdmissionPrice
from registry.providers.keeping.queries import ChangeRow, municipality_names
from registry.providers.keeping.rules import changed_since, wanted_now
from registry.providers.model import Admission
from registry.shared.errors import ACCEPTED, Decision, Refusal


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked, by the names of the offer, as it is decided on now."""

    before: Mapping[str, Any]
    """What is in force of it."""
    asked: Mapping[str, Any]
    """What is in force once it is granted."""
    may: Decision = ACCEPTED
    """Why it cannot be granted, where something that came about since stands against it."""
    since: Mapping[str, Any] = field(default_factory=dict)
    """Single values that have been changed since, as they were when it was asked."""
    announced: tuple[int, date] | None = None
    """A price in cents, and its day, that was announced since and does not hold yet."""


async def wanted_of(session: AsyncSession, admission: Admission, row: AdmissionChange) -> Wanted:
    """What deciding on the change comes to by now (`rules.wanted_now`)."""
    if row.coach_id is not None:
        return Wanted(row.before, row.asked)
    offer = offer_of(admission).document()
    since = {name: row.before[name] for name in changed_since(offer, row.before, row.asked)}
    announced = await _announced_since(session, row) if PRICE & row.asked.keys() else None
    fields = [name for name in row.asked if name in since or (announced and name == "unit_price_cents")]
    return Wanted(
        {name: offer.get(name) for name in row.asked},
        wanted_now(offer, row.before, row.asked),
        Refusal("change.changed_since", {"changed_fields": fields}) if fields else ACCEPTED,
        since,
        announced,
    )


async def _announced_since(session: AsyncSession, row: AdmissionChange) -> tuple[int, date] | None:
    """Granting another price would take it away."""
    price = await session.scalar(
        select(AdmissionPrice).where(
            AdmissionPrice.admission_id == row.admission_id,
            AdmissionPrice.current_since.is_(None),
            AdmissionPrice.set_at > row.submitted_at,
        )
    )
    return (price.unit_price_cents, price.valid_from) if price else None


async def change_by_now(session: AsyncSession, change: ChangeRow) -> tuple[ChangeRow, Decision]:
    """A change that waits, as the officer decides on it: what is in force and what would be, and whether it can be
    granted. One that was decided is as it was asked."""
    if change.state != "submitted":
        return change, ACCEPTED
    admission = await session.get_one(Admission, change.admission_id)
    row = await session.get_one(AdmissionChange, change.id)
    wanted = await wanted_of(session, admission, row)
    codes = {code for said in (wanted.before, wanted.asked) for code in said.get("municipality_codes") or ()}
    shown = replace(
        change,
        before=dict(wanted.before),
        asked=dict(wanted.asked),
        municipalities=await municipality_names(session, codes),
    )
    return shown, wanted.may
