"""What comes of a change that was asked for, of an approval that has gone on changing since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.coaches.effects import facts_of
from registry.providers.coaches.model import CoachOutside
from registry.providers.coaches.rules import ADDED, TEXTS
from registry.providers.keeping.changing import PRICE, offer_of
from registry.providers.keeping.model import AdmissionChange, AdmissionPrice
from registry.providers.keeping.queries import ChangeRow, municipality_names
from registry.providers.keeping.rules import changed_since, comparable, wanted_now
from registry.providers.model import Admission, Coach, CoachDetail
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
    spoken: tuple[str, ...] = ()
    """All that the coach speaks then."""
    served: tuple[str, ...] = ()
    """Those of them in which the coach serves under this approval: nobody has looked at the others here."""
    outside: bool = False
    """The coach does not serve under this approval."""


async def wanted_of(session: AsyncSession, admission: Admission, row: AdmissionChange) -> Wanted:
    """What deciding on the change comes to by now (`rules.wanted_now`)."""
    if row.coach_id is not None:
        return await _of_coach(session, row, row.coach_id)
    offer = offer_of(admission).document()
    since = {name: row.before[name] for name in changed_since(offer, row.before, row.asked)}
    announced = await _announced_since(session, row) if PRICE & row.asked.keys() else None
    fields = [name for name in row.asked if name in since or (announced and name == "unit_price_cents")]
    return Wanted(
        {name: offer.get(name) for name in row.asked},
        wanted_now(offer, row.before, row.asked),
        _changed(fields) if fields else ACCEPTED,
        since,
        announced,
    )


async def _of_coach(session: AsyncSession, row: AdmissionChange, coach_id: UUID) -> Wanted:
    coach = await session.get_one(Coach, coach_id, populate_existing=True)
    if coach.ended_at is not None:
        return Wanted(row.before, row.asked, Refusal("change.coach_ended"), outside=True)
    now = (await facts_of(session, coach)).document()
    kept = await session.get(CoachOutside, (row.admission_id, coach_id), populate_existing=True)
    outside = kept is not None and kept.languages is None
    if row.asked["coach"] == ADDED:
        return await _of_new_coach(session, row, coach_id, now, outside=outside)
    since = {name: row.before[name] for name in changed_since(now, row.before, row.asked)}
    may: Decision = ACCEPTED
    texts = [name for name in TEXTS if name in row.asked]
    if since:
        may = _changed(since)
    elif outside and (not texts or any(now[name] != row.asked[name] for name in texts)):
        may = Refusal("change.coach_outside_since")
    was = row.before | {"coach_languages": row.before.get("coach_spoken", row.before.get("coach_languages"))}
    asked = wanted_now(now, was, row.asked)
    spoken = asked.get("coach_languages", now["coach_languages"])
    here = (kept.languages if kept else None) or now["coach_languages"]
    looked_at = {*here, *row.asked.get("coach_languages", ())}
    served = tuple(code for code in spoken if code in looked_at)
    before = {name: now.get(name) for name in row.asked}
    if "coach_languages" in row.asked:
        before["coach_languages"], asked["coach_languages"] = list(here), list(served)
    return Wanted(before, asked, may, since, spoken=tuple(spoken), served=served, outside=outside)


async def _of_new_coach(
    session: AsyncSession, row: AdmissionChange, coach_id: UUID, now: Mapping[str, Any], *, outside: bool
) -> Wanted:
    """A coach whom the officer looks at whole. Where another organiser has yet to decide, what is asked is not the
    coach's own yet; where the coach has been written anew since, granting would write over that."""
    detail = await session.get(CoachDetail, coach_id, populate_existing=True)
    fields = [
        name for name in now if name in row.asked and comparable(now[name]) != comparable(row.asked[name])
    ]
    may: Decision = ACCEPTED
    if fields and detail is not None and detail.changed_at > row.submitted_at:
        may = _changed(fields)
    spoken = tuple(row.asked["coach_languages"])
    return Wanted(row.before, row.asked, may, spoken=spoken, served=spoken, outside=outside)


def _changed(fields: Iterable[str]) -> Refusal:
    return Refusal("change.changed_since", {"changed_fields": ", ".join(fields)})


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
