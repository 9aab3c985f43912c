"""Appeals to the body that decided (oikaisuvaatimus): received, in time or late, and decided by somebody else.

An appeal that is upheld ends in a decision that takes the place of the first; the first stays in the file as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import regime_to_decide_by
from registry.people.duties import require_office
from registry.providers.commands.doors import locked_admission, locked_application, require_officer
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.correcting import correct
from registry.providers.decisions.issuing import Issued, ToIssue, issue_decision
from registry.providers.decisions.model import Appeal, DecisionRecord
from registry.providers.decisions.people import person_behind, require_impartial
from registry.providers.decisions.remedies import goes_to_court
from registry.providers.decisions.rules import (
    CAME_BY,
    AppealState,
    DecisionKind,
    Declared,
    Subject,
    came_late,
    may_decide_appeal,
    move_appeal,
)
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date, start_of_day
from registry.shared.texts import passage
from registry.shared.working_days import NoticeBy

LONGEST: Final = 8000
OWN_PAGE: Final = "page"


async def receive_appeal(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    decision_id: UUID,
    text: str,
    came_by: str = OWN_PAGE,
    arrived_at: datetime | None = None,
) -> UUID:
    """What was sent against a decision. The provider sends its own on a page, and it is there at once; the officer
    enters what came otherwise, with the moment at which it was there. One that comes late is received too: that it is
    not examined is a decision of its own, with its own remedy."""
    by_provider = actor.role == Role.PROVIDER_USER
    if by_provider:
        await require_office(session, actor)
    else:
        require_officer(actor)
    said = passage("appeal_text", text, longest=LONGEST)
    row = await decision_in_sight(session, decision_id, actor)
    if await goes_to_court(session, row):
        raise Refused("appeal.goes_to_court")
    arrived = _arrival(row, now, arrived_at, came_by, by_provider=by_provider)
    await lock_subject(session, actor, row)
    await require_in_force(session, row)
    if await session.scalar(
        select(Appeal.id).where(Appeal.decision_id == row.id, Appeal.state == str(AppealState.RECEIVED))
    ):
        raise Refused("appeal.open_already")
    appeal = Appeal(
        id=uuid7(),
        organiser_id=row.organiser_id,
        provider_id=row.provider_id,
        decision_id=row.id,
        came_by=came_by,
        arrived_at=arrived,
        late=came_late(arrived, last_day=row.last_day, closes=row.closes),
        text=said,
        entered_by=await person_behind(session, actor),
        entered_at=now,
        state=str(AppealState.RECEIVED),
    )
    session.add(appeal)
    _record(session, actor, now, appeal, "appeal.received", None)
    enqueue(
        session,
        now=now,
        template="appeal.received",
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        facts={"appeal": str(appeal.id), "decision": str(row.id)},
    )
    await session.flush()
    return appeal.id


def _arrival(
    row: DecisionRecord, now: datetime, arrived_at: datetime | None, came_by: str, *, by_provider: bool
) -> datetime:
    if by_provider:
        return now
    if came_by not in CAME_BY or came_by == OWN_PAGE:
        raise Invalid("appeal.wrong", errors={"came_by": "field.not_a_choice"})
    if arrived_at is None or not start_of_day(row.sent_on) <= arrived_at <= now + timedelta(minutes=5):
        raise Invalid("appeal.wrong", errors={"arrived_at": "appeal.arrival_out_of_range"})
    return arrived_at


async def decision_in_sight(session: AsyncSession, decision_id: UUID, actor: Actor) -> DecisionRecord:
    """The decision, if it is the actor's to touch."""
    row = await session.scalar(select(DecisionRecord).where(DecisionRecord.id == decision_id))
    if row is None:
        raise NotFound("decision.unknown")
    if actor.role == Role.PROVIDER_USER and row.provider_id != actor.provider_id:
        raise NotFound("decision.unknown")
    return row


async def lock_subject(session: AsyncSession, actor: Actor, row: DecisionRecord) -> None:
    """Lock what the decision is about: whoever decides on it anew locks in the same order."""
    if row.subject_kind == Subject.APPLICATION:
        await locked_application(session, row.subject_id)
    else:
        await locked_admission(session, actor=actor, admission_id=row.subject_id)


async def require_in_force(session: AsyncSession, row: DecisionRecord) -> None:
    """Raise where another decision is in its place."""
    if await session.scalar(select(DecisionRecord.id).where(DecisionRecord.replaces == row.id)):
        raise Refused("decision.replaced")


async def withdraw_appeal(session: AsyncSession, *, actor: Actor, now: datetime, appeal_id: UUID) -> None:
    """Take an appeal back; the decision stays as it is."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    appeal = await _locked(session, actor, appeal_id)
    require(move_appeal(AppealState(appeal.state), AppealState.WITHDRAWN, late=appeal.late))
    appeal.state, appeal.decided_at = str(AppealState.WITHDRAWN), now
    _record(session, actor, now, appeal, "appeal.withdrawn", str(AppealState.RECEIVED))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an appeal is decided. `marks`: of an application that was rejected, what is now found of each criterion that
    was not met."""

    outcome: AppealState
    reasons: str
    legal_basis: str = ""
    marks: Mapping[str, Marked] | None = None
    notice_by: NoticeBy = NoticeBy.ELECTRONIC


async def decide_appeal(
    session: AsyncSession, *, actor: Actor, now: datetime, appeal_id: UUID, verdict: Verdict
) -> UUID:
    """Decide an appeal, as somebody who did not make the decision; returns the id of the new decision."""
    require_officer(actor)
    reasons = passage("reasons", verdict.reasons, longest=LONGEST)
    law = passage("legal_basis", verdict.legal_basis, required=False)
    appeal = await _locked(session, actor, appeal_id)
    require(move_appeal(AppealState(appeal.state), verdict.outcome, late=appeal.late))
    first = await decision_in_sight(session, appeal.decision_id, actor)
    person = await person_behind(session, actor)
    require(may_decide_appeal(decided_by=first.decided_by, actor=person))
    regime = await regime_to_decide_by(session, first.service_id)
    declared = await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=appeal.provider_id,
        organiser_id=appeal.organiser_id,
        subject_id=appeal.id,
    )
    await require_in_force(session, first)
    decided = _answer(appeal, first, reasons, law, verdict, declared)
    if verdict.outcome is AppealState.UPHELD:
        issued = await correct(session, actor, now, regime, first, decided, verdict.marks or {})
    else:
        issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    _settle(session, actor, now, appeal, verdict.outcome, person, issued)
    await session.flush()
    return issued.id


_ANSWERS: Final[Mapping[AppealState, DecisionKind]] = {
    AppealState.REJECTED: DecisionKind.APPEAL_REJECTED,
    AppealState.NOT_EXAMINED: DecisionKind.APPEAL_NOT_EXAMINED,
}


def _answer(
    appeal: Appeal, first: DecisionRecord, reasons: str, law: str, verdict: Verdict, declared: Declared
) -> ToIssue:
    decided = ToIssue(
        kind=DecisionKind.APPEAL_REJECTED,
        subject=Subject(first.subject_kind),
        subject_id=first.subject_id,
        organiser_id=first.organiser_id,
        provider_id=first.provider_id,
        service_id=first.service_id,
        began=local_date(appeal.arrived_at),
        language=first.language,
        template="appeal.decided",
        notice_by=verdict.notice_by,
        reasons=reasons,
        legal_basis=law,
        rule_book_version=first.rule_book_version,
        hearing_id=first.hearing_id,
        declared=declared,
        appeal_id=appeal.id,
    )
    kind = _ANSWERS.get(verdict.outcome)
    return decided if kind is None else replace(decided, kind=kind)


def _settle(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    appeal: Appeal,
    outcome: AppealState,
    person: UUID | None,
    issued: Issued,
) -> None:
    appeal.state, appeal.answer_id = str(outcome), issued.id
    appeal.decided_by, appeal.decided_at = person, now
    _record(session, actor, now, appeal, f"appeal.{outcome}", str(AppealState.RECEIVED))


async def _locked(session: AsyncSession, actor: Actor, appeal_id: UUID) -> Appeal:
    """The appeal, locked after what its decision is about, as whoever decides locks."""
    decision_id = await session.scalar(select(Appeal.decision_id).where(Appeal.id == appeal_id))
    if decision_id is None:
        raise NotFound("appeal.unknown")
    await lock_subject(session, actor, await decision_in_sight(session, decision_id, actor))
    found = await session.scalar(
        select(Appeal)
        .where(Appeal.id == appeal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("appeal.unknown")
    return found


def _record(
    session: AsyncSession, actor: Actor, now: datetime, appeal: Appeal, action: str, before: str | None
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="appeal",
        subject_id=appeal.id,
        organiser_id=appeal.organiser_id,
        from_state=before,
        to_state=appeal.state,
        facts={
            "provider": appeal.provider_id,
            "appealed": appeal.decision_id,
            "decision": appeal.answer_id,
            "came_by": appeal.came_by,
            "late": appeal.late,
        },
    )
