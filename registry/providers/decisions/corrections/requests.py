"""A provider asks that an error in a decision is put right (Administrative Procedure Act 434/2003 §§ 50-53): a task for
the officers, which ends with a correction or with a reasoned answer that there is none.

The decision holds meanwhile, and the time to ask for its review runs on (§ 53 (2)); against the answer nobody can appeal
(§ 53 (3)). The task is the organiser's own: what a provider reads of it is shown to it here, of its own decisions alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import answer_about, open_case
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.duties import require_office
from registry.providers.commands.doors import require_officer, require_provider_user
from registry.providers.decisions.appeals import decision_in_sight, lock_subject, require_in_force
from registry.providers.decisions.corrections.rules import last_day_to_correct
from registry.providers.decisions.model import DecisionRecord
from registry.providers.decisions.people import require_impartial
from registry.providers.model import Provider
from registry.shared.actor import Actor, Sight
from registry.shared.database import as_organiser
from registry.shared.errors import Refused
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage

KIND: Final = "decision_error"
SUBJECT: Final = "decision"
LONGEST: Final = 4000


async def ask_for_correction(
    session: AsyncSession, *, actor: Actor, now: datetime, decision_id: UUID, words: str
) -> UUID:
    """The provider says what is wrong with a decision on it that is in force; the task's id. Within five years, and one
    request at a time: whoever has more to say waits for the answer."""
    require_provider_user(actor)
    await require_office(session, actor)
    said = passage("error_words", words, longest=LONGEST)
    row = await decision_in_sight(session, decision_id, actor)
    await lock_subject(session, actor, row)
    await require_in_force(session, row)
    last = last_day_to_correct(local_date(row.decided_at))
    if local_date(now) > last:
        raise Refused("correction.too_old", last_day=last.isoformat())
    async with as_organiser(session, actor.sight):
        waiting = select(Case.id).where(
            Case.kind == KIND, Case.subject_id == row.id, Case.closed_at.is_(None)
        )
        if await session.scalar(waiting) is not None:
            raise Refused("correction.asked_already")
        case_id = await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=row.organiser_id,
            kind=KIND,
            subject_kind=SUBJECT,
            subject_id=row.id,
            due_on=due_on(KIND, local_date(now)),
            role=CASE_KINDS[KIND].role,
            facts={"reference": row.reference, "words": said},
        )
    _record(session, actor, now, row, "decision.correction_asked")
    return case_id


async def refuse_correction(
    session: AsyncSession, *, actor: Actor, now: datetime, decision_id: UUID, reasons: str
) -> None:
    """Answer that the decision is not corrected, and why, as somebody whom nothing disqualifies. The decision stays."""
    require_officer(actor)
    said = passage("refusal", reasons, longest=LONGEST)
    row = await decision_in_sight(session, decision_id, actor)
    await lock_subject(session, actor, row)
    await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        subject_id=row.subject_id,
    )
    if not await answer_about(session, actor=actor, now=now, kind=KIND, subject_id=row.id, answer=said):
        raise Refused("correction.not_asked")
    _record(session, actor, now, row, "decision.correction_refused")
    enqueue(
        session,
        now=now,
        template="decision.correction_refused",
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        facts={"decision": str(row.id)},
    )


def _record(session: AsyncSession, actor: Actor, now: datetime, row: DecisionRecord, action: str) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind=SUBJECT,
        subject_id=row.id,
        organiser_id=row.organiser_id,
        facts={"provider": row.provider_id, "service": row.service_id, "matter": row.subject_id},
    )


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """What was asked, and what became of it. Closed without an answer: the decision was corrected."""

    asked_at: datetime
    words: str
    due_on: date
    closed_at: datetime | None
    answer: str | None


async def correction_requests(
    session: AsyncSession, *, sight: Sight, decision_id: UUID
) -> list[CorrectionRequest]:
    """Of a decision in sight, the latest first; nothing of another's."""
    if await session.scalar(select(DecisionRecord.id).where(DecisionRecord.id == decision_id)) is None:
        return []
    async with as_organiser(session, sight):
        rows = await session.scalars(
            select(Case)
            .where(Case.kind == KIND, Case.subject_id == decision_id)
            .order_by(Case.opened_at.desc(), Case.id.desc())
        )
        return [
            CorrectionRequest(
                row.opened_at, str(row.facts.get("words", "")), row.due_on, row.closed_at, row.resolution
            )
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request on the officers' desk."""

    decision_id: UUID
    reference: str
    provider_name: str
    service_names: Names
    asked_at: datetime
    due_on: date


async def corrections_waiting(session: AsyncSession, *, limit: int = 200) -> Sequence[WaitingRequest]:
    """What the officers in sight have not answered, the one that has waited longest first."""
    rows = await session.execute(
        select(Case.opened_at, Case.due_on, DecisionRecord, Provider.name, Service)
        .join(DecisionRecord, DecisionRecord.id == Case.subject_id)
        .join(Provider, Provider.id == DecisionRecord.provider_id)
        .join(Service, Service.id == DecisionRecord.service_id)
        .where(Case.kind == KIND, Case.closed_at.is_(None))
        .order_by(Case.opened_at, Case.id)
        .limit(limit)
    )
    return [
        WaitingRequest(
            decision_id=row.id,
            reference=row.reference,
            provider_name=name,
            service_names=Names(service.name_fi, service.name_sv, service.name_en),
            asked_at=asked_at,
            due_on=due,
        )
        for asked_at, due, row, name, service in rows
    ]
