"""What a provider has to put right, by when, and what came of it: milder than a suspension, and often enough."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import NewCase, close_about, open_cases
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.people.duties import require_office
from registry.providers.commands.doors import require_officer, require_provider_user
from registry.providers.decisions.people import person_behind
from registry.providers.keeping.inspections import require_own
from registry.providers.keeping.model import CorrectiveRequirement, Inspection
from registry.providers.keeping.rules import CorrectiveState, move_corrective
from registry.providers.oversight.model import OversightFinding
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage

CASE: Final = "corrective_due"
LONGEST: Final = 4000
SETTLED: Final = frozenset({CorrectiveState.MET, CorrectiveState.NOT_MET, CorrectiveState.DROPPED})


async def require_correction(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    text: str,
    due_on: date,
    inspection_id: UUID | None = None,
    finding_id: UUID | None = None,
) -> UUID:
    """Ask a provider of the organiser's own register to put something right by a day; what it rests on may be named."""
    require_officer(actor)
    said = passage("text", text, longest=LONGEST)
    await require_own(session, actor, provider_id)
    for source_id, column, of in (
        (inspection_id, Inspection.id, Inspection.provider_id),
        (finding_id, OversightFinding.id, OversightFinding.provider_id),
    ):
        if source_id is None:
            continue
        if await session.scalar(select(of).where(column == source_id)) != provider_id:
            raise NotFound("provider.unknown")
    if due_on <= local_date(now):
        raise Invalid("corrective.past", errors={"due_on": "corrective.past"})
    row = CorrectiveRequirement(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        provider_id=provider_id,
        inspection_id=inspection_id,
        finding_id=finding_id,
        state=str(CorrectiveState.OPEN),
        text=said,
        due_on=due_on,
        made_by=await person_behind(session, actor),
        made_at=now,
    )
    session.add(row)
    _record(session, actor, now, row, "corrective.required", None)
    _tell(session, now, row, "corrective.required")
    await session.flush()
    return row.id


async def report_correction(
    session: AsyncSession, *, actor: Actor, now: datetime, corrective_id: UUID, words: str
) -> None:
    """The provider says what it has done; the worker puts it before the officer, for a provider sees no cases."""
    require_provider_user(actor)
    await require_office(session, actor)
    said = passage("report", words, longest=LONGEST)
    row = await _locked(session, corrective_id)
    before = CorrectiveState(row.state)
    require(move_corrective(before, CorrectiveState.REPORTED))
    row.state, row.report, row.reported_at = str(CorrectiveState.REPORTED), said, now
    _record(session, actor, now, row, "corrective.reported", before)


async def settle_correction(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    corrective_id: UUID,
    outcome: CorrectiveState,
    words: str,
    due_on: date | None = None,
) -> None:
    """Say what came of it: put right, not put right (a suspension needs a hearing of its own), dropped, or, with a new
    day, still open."""
    require_officer(actor)
    said = passage("words", words, longest=LONGEST)
    person = await person_behind(
        session, actor
    )  # asked first: a question in between would write half a settlement
    row = await _locked(session, corrective_id)
    before = CorrectiveState(row.state)
    require(move_corrective(before, outcome))
    if outcome is CorrectiveState.OPEN:
        if due_on is None or due_on <= local_date(now):
            raise Invalid("corrective.past", errors={"due_on": "corrective.past"})
        row.due_on = due_on
    row.state, row.settled_words = str(outcome), said
    if outcome in SETTLED:
        row.settled_at, row.settled_by = now, person
    await close_about(session, actor=actor, now=now, subject_id=row.id, why=f"corrective.{outcome}")
    _record(session, actor, now, row, f"corrective.{outcome}", before)
    _tell(session, now, row, "corrective.settled")


async def follow_corrections(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Requirements that are reported to be met, and those whose day has passed without a word, become a case, once. For
    the worker; how many were."""
    rows = (
        await session.scalars(
            select(CorrectiveRequirement)
            .where(
                or_(
                    CorrectiveRequirement.state == str(CorrectiveState.REPORTED),
                    and_(
                        CorrectiveRequirement.state == str(CorrectiveState.OPEN),
                        CorrectiveRequirement.due_on < local_date(now),
                    ),
                ),
                ~select(Case.id)
                .where(
                    Case.kind == CASE, Case.subject_id == CorrectiveRequirement.id, Case.closed_at.is_(None)
                )
                .exists(),
            )
            .order_by(CorrectiveRequirement.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    await open_cases(session, actor=actor, now=now, cases=[_case(row, now) for row in rows])
    for row in rows:
        if row.state == CorrectiveState.OPEN:
            _tell(session, now, row, "corrective.overdue")
    return len(rows)


def _case(row: CorrectiveRequirement, now: datetime) -> NewCase:
    return NewCase(
        organiser_id=row.organiser_id,
        kind=CASE,
        subject_kind="corrective",
        subject_id=row.id,
        due_on=due_on(CASE, local_date(now)),
        role=CASE_KINDS[CASE].role,
        facts={"provider": str(row.provider_id), "state": row.state},
    )


async def _locked(session: AsyncSession, corrective_id: UUID) -> CorrectiveRequirement:
    row = await session.get(
        CorrectiveRequirement, corrective_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise NotFound("corrective.unknown")
    return row


def _tell(session: AsyncSession, now: datetime, row: CorrectiveRequirement, template: str) -> None:
    enqueue(
        session,
        now=now,
        template=template,
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        facts={"corrective": str(row.id), "last_day": row.due_on.isoformat()},
    )


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    row: CorrectiveRequirement,
    action: str,
    before: CorrectiveState | None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="corrective",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state=str(before) if before else None,
        to_state=row.state,
        facts={
            "provider": row.provider_id,
            "inspection": row.inspection_id,
            "finding": row.finding_id,
            "due_on": row.due_on,
        },
    )
