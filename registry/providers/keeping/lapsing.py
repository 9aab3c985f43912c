"""The end of an approval that comes by itself: its term, or a paper that it rests on. The provider is reminded in time,
each reminder once, also when the worker was down on the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.evidence.model import EvidenceCheck, EvidencePaper, EvidenceShare
from registry.providers.keeping.counting import last_day, papers_until
from registry.providers.keeping.model import AdmissionReminder, ServiceKeeping
from registry.providers.keeping.rules import IN_REGISTER, REMIND_BEFORE, first_end, reminder_due
from registry.providers.keeping.standing import lapse
from registry.providers.model import Admission
from registry.shared.actor import Actor
from registry.shared.outbox import enqueue
from registry.shared.period import local_date

TERM: Final = "term"
LOOKED_AT: Final = 5000
"""Approvals that end within a month are looked at all together: most of them have had their reminder."""


@dataclass(frozen=True, slots=True)
class End:
    """The first day on which an approval no longer holds, and whether it is its term or a paper that runs out."""

    day: date
    why: str
    """`term`, or the kind of the paper."""


async def ends_of(session: AsyncSession, admissions: Sequence[Admission]) -> dict[UUID, End]:
    """When each of these approvals ends by itself; those that do not are left out. Of a kind of paper the one that holds
    the longest counts, among those that the organiser was shown and has not turned down; a paper without an end of its
    own, as a certificate is, was good when it was shown and ends nothing, unless the service asks for a newer one."""
    papers = await papers_until(session, admissions)
    ends: dict[UUID, End] = {}
    for admission in admissions:
        kinds = papers.get(admission.id, {})
        gone = {kind: last + timedelta(days=1) for kind, last in kinds.items() if last is not None}
        day = first_end(admission.valid_until, gone.values())
        if day is None:
            continue
        why = TERM if day == admission.valid_until else min(k for k, end in gone.items() if end == day)
        ends[admission.id] = End(day, why)
    return ends


async def ending_of(session: AsyncSession, *, provider_id: UUID, today: date) -> dict[UUID, End]:
    """Of a provider's approvals those that end within the days in which it is reminded of it."""
    rows = await session.scalars(
        select(Admission).where(Admission.provider_id == provider_id, Admission.state.in_(IN_REGISTER))
    )
    by = today + timedelta(days=max(REMIND_BEFORE))
    return {one: end for one, end in (await ends_of(session, rows.all())).items() if end.day <= by}


async def lapse_ended(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Approvals whose term or whose papers have run out lapse; how many were. For the worker, organiser by organiser."""
    today = local_date(now)
    rows = await _ending(session, actor, by=today, limit=limit)
    ends = await ends_of(session, rows)
    count = 0
    for admission in rows:
        end = ends.get(admission.id)
        if end is None or end.day > today:
            continue
        await lapse(session, actor=actor, now=now, admission=admission, why=end.why, ended=end.day)
        count += 1
    return count


async def remind_ending(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Remind providers whose approval ends in 30, 14 and 3 days; how many were reminded. For the worker."""
    today = local_date(now)
    rows = await _ending(
        session, actor, by=today + timedelta(days=max(REMIND_BEFORE)), limit=LOOKED_AT, unreminded=today
    )
    ends = await ends_of(session, rows)
    sent = await _sent(session, [admission.id for admission in rows])
    made: list[dict[str, Any]] = []
    for admission in rows:
        end = ends.get(admission.id)
        if end is None or len(made) == limit:
            continue
        about = end.day.isoformat()
        step = reminder_due(ends=end.day, today=today, sent=sent.get((admission.id, about), ()))
        if step is None:
            continue
        made.append(
            {
                "admission_id": admission.id,
                "kind": TERM,
                "about": about,
                "step": step,
                "organiser_id": admission.organiser_id,
                "sent_at": now,
            }
        )
        enqueue(
            session,
            now=now,
            template="admission.ending",
            provider_id=admission.provider_id,
            organiser_id=admission.organiser_id,
            facts={
                "admission": str(admission.id),
                "service": str(admission.service_id),
                "last_day": (end.day - timedelta(days=1)).isoformat(),
                "why": end.why,
            },
        )
    if made:
        await session.execute(insert(AdmissionReminder), made)
    return len(made)


async def _ending(
    session: AsyncSession, actor: Actor, *, by: date, limit: int, unreminded: date | None = None
) -> list[Admission]:
    """Standing approvals, locked, whose term or one of whose papers ends by a day. `unreminded`: without those that were
    reminded today or have had their last reminder, so that a batch is never full of what is done."""
    paper = (
        select(EvidencePaper.id)
        .join(EvidenceShare, EvidenceShare.paper_id == EvidencePaper.id)
        .where(
            EvidencePaper.provider_id == Admission.provider_id,
            EvidenceShare.organiser_id == Admission.organiser_id,
            EvidencePaper.withdrawn_at.is_(None),
            last_day(EvidencePaper) < by,
            ~_followed(by),
        )
        .correlate(Admission, ServiceKeeping)
    )
    conditions: list[ColumnElement[bool]] = [
        Admission.organiser_id.in_(actor.sight.organisers),
        Admission.state.in_(IN_REGISTER),
        or_(Admission.valid_until <= by, paper.exists()),
    ]
    if unreminded is not None:
        conditions.append(~_done(unreminded))
    rows = await session.scalars(
        select(Admission)
        .outerjoin(ServiceKeeping, ServiceKeeping.service_id == Admission.service_id)
        .where(*conditions)
        .order_by(Admission.id)
        .limit(limit)
        .with_for_update(of=Admission, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _followed(by: date) -> ColumnElement[bool]:
    """Whether a younger paper of the kind, shown to the same organiser, holds on."""
    other, shown = EvidencePaper.__table__.alias("other"), EvidenceShare.__table__.alias("shown")
    return (
        select(other.c.id)
        .join(shown, shown.c.paper_id == other.c.id)
        .where(
            other.c.provider_id == EvidencePaper.provider_id,
            other.c.kind == EvidencePaper.kind,
            other.c.withdrawn_at.is_(None),
            shown.c.organiser_id == EvidenceShare.organiser_id,
            or_(last_day(other.c).is_(None), last_day(other.c) >= by),
            ~select(EvidenceCheck.id)
            .where(
                EvidenceCheck.paper_id == other.c.id,
                EvidenceCheck.organiser_id == shown.c.organiser_id,
                EvidenceCheck.verdict == "not_accepted",
            )
            .exists(),
        )
        .correlate(EvidencePaper, EvidenceShare, ServiceKeeping, Admission)
        .exists()
    )


def _done(today: date) -> ColumnElement[bool]:
    reminded = select(AdmissionReminder.step).where(
        AdmissionReminder.admission_id == Admission.id,
        AdmissionReminder.kind == TERM,
        or_(
            func.timezone("Europe/Helsinki", AdmissionReminder.sent_at) >= today,
            and_(
                AdmissionReminder.step == min(REMIND_BEFORE),
                AdmissionReminder.about >= today.isoformat(),
            ),
        ),
    )
    return reminded.correlate(Admission).exists()


async def _sent(session: AsyncSession, admission_ids: Sequence[UUID]) -> dict[tuple[UUID, str], list[int]]:
    found: dict[tuple[UUID, str], list[int]] = {}
    for row in await session.scalars(
        select(AdmissionReminder).where(
            AdmissionReminder.admission_id.in_(admission_ids), AdmissionReminder.kind == TERM
        )
    ):
        found.setdefault((row.admission_id, row.about), []).append(row.step)
    return found
