"""What a correction does to the matter itself: the same in other words, or an approval taken back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import RegimeInForce
from registry.catalogue.rule_books.queries import Book
from registry.providers.commands.doors import (
    correct_application_state,
    locked_admission,
    locked_application,
    set_admission_state,
)
from registry.providers.decisions.checklist import Marked, book_of, noted_of, write_marks
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.deciding import findings_of
from registry.providers.decisions.hearings import hearings_of
from registry.providers.decisions.issuing import Issued, ToIssue, issue_decision
from registry.providers.decisions.model import DecisionRecord, Hearing
from registry.providers.decisions.people import person_behind
from registry.providers.decisions.rules import (
    ON_CHANGES,
    DecisionKind,
    Noted,
    Subject,
    may_approve,
    may_reject,
)
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.rules import IN_REGISTER, Clients
from registry.providers.model import Admission, Application
from registry.providers.rules import AdmissionState, ApplicationState
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused, require
from registry.shared.period import local_date
from registry.shared.texts import passage

_STATE_OF: Final = {
    DecisionKind.SUSPENDED: AdmissionState.SUSPENDED,
    DecisionKind.REMOVED: AdmissionState.REMOVED,
}
_ON_CRITERIA: Final = frozenset({DecisionKind.APPROVED, DecisionKind.REJECTED})


async def as_it_was(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    regime: RegimeInForce,
    first: DecisionRecord,
    decided: ToIssue,
    marks: Mapping[str, Marked],
) -> Issued:
    """What was decided stays; its reasons and findings are put right. The caller holds the subject's lock."""
    if decided.kind in _ON_CRITERIA:
        return await _on_criteria(session, actor, now, regime, first, decided, marks)
    if marks:
        raise Invalid("checklist.wrong", errors={"marks": "checklist.unknown_criterion"})
    if decided.subject is Subject.ADMISSION:
        admission = await locked_admission(session, actor=actor, admission_id=decided.subject_id)
        if _STATE_OF.get(decided.kind) == admission.state:
            admission.state_reason = decided.reasons
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    if decided.kind in ON_CHANGES:
        same = AdmissionChange.decision_id == first.id
        await session.execute(update(AdmissionChange).where(same).values(decision_id=issued.id))
    return issued


async def _on_criteria(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    regime: RegimeInForce,
    first: DecisionRecord,
    decided: ToIssue,
    marks: Mapping[str, Marked],
) -> Issued:
    application = await locked_application(session, decided.subject_id)
    book, noted = await _noted_now(session, application, marks)
    if decided.correction is CorrectionGround.CLERICAL:
        _require_same(first, noted)
    criteria = [point.code for point in book.criteria]
    if decided.kind is DecisionKind.APPROVED:
        require(may_approve(criteria, noted))
    else:
        require(
            may_reject(
                criteria,
                noted,
                legal_basis=decided.legal_basis,
                held_against=await _held_against(session, application.id),
            )
        )
    person = await person_behind(session, actor)
    decided = replace(
        decided,
        findings=findings_of(book, noted),
        began=local_date(application.submitted_at or application.created_at),
        valid_from=await session.scalar(
            select(Admission.valid_from).where(Admission.decision_id == first.id)
        ),
    )
    await write_marks(session, application, person, now, _written(noted, marks))
    application.decided_by, application.decided_at = person, now
    application.decision_reason = decided.reasons
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    await session.execute(
        update(Admission).where(Admission.decision_id == first.id).values(decision_id=issued.id)
    )
    return issued


def _require_same(first: DecisionRecord, noted: Mapping[str, Noted]) -> None:
    """A slip of the pen is put right without finding anything else."""
    for point in first.points:
        now = noted.get(point["code"])
        if now is not None and str(now.mark) != point["mark"]:
            raise Refused("correction.clerical_changes_finding", first=point["code"])


async def take_back(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    regime: RegimeInForce,
    first: DecisionRecord,
    decided: ToIssue,
    marks: Mapping[str, Marked],
    hearing: Hearing,
) -> Issued:
    """An approval that should not have been given: the application is rejected after all, and the provider leaves the
    register unless it has left already. Its clients choose again, for there was no right to serve them."""
    application = await locked_application(session, decided.subject_id)
    book, noted = await _noted_now(session, application, marks)
    require(
        may_reject(
            [point.code for point in book.criteria],
            noted,
            legal_basis=decided.legal_basis,
            held_against=set(hearing.points),
        )
    )
    person = await person_behind(session, actor)
    before = correct_application_state(application, ApplicationState.REJECTED)
    application.decided_by, application.decided_at = person, now
    application.decision_reason = decided.reasons
    await write_marks(session, application, person, now, _written(noted, marks))
    decided = replace(decided, findings=findings_of(book, noted))
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    facts = {"provider": decided.provider_id, "service": decided.service_id, "decision": issued.id}
    _record(session, actor, now, "application.taken_back", Subject.APPLICATION, application, before, facts)
    await _leaves(session, actor, now, first, decided, facts)
    return issued


async def _leaves(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    first: DecisionRecord,
    decided: ToIssue,
    facts: dict[str, UUID],
) -> None:
    admission_id = await session.scalar(select(Admission.id).where(Admission.decision_id == first.id))
    if admission_id is None:
        return
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    if admission.state not in IN_REGISTER:
        return
    before = set_admission_state(admission, AdmissionState.REMOVED)
    admission.state_reason = decided.reasons
    admission.clients_may = str(Clients.CHOOSE_AGAIN)
    said = facts | {"clients_may": admission.clients_may}
    _record(session, actor, now, "admission.removed", Subject.ADMISSION, admission, before, said)


async def _noted_now(
    session: AsyncSession, application: Application, marks: Mapping[str, Marked]
) -> tuple[Book, dict[str, Noted]]:
    """What is found of each criterion, with what the correction says of it."""
    book = await book_of(session, application)
    if set(marks) - {point.code for point in book.criteria}:
        raise Invalid("checklist.wrong", errors={"marks": "checklist.unknown_criterion"})
    noted = await noted_of(session, application.id)
    for code, marked in marks.items():
        noted[code] = Noted(marked.mark, passage(f"note_{code}", marked.note, required=False))
    return book, noted


def _written(noted: Mapping[str, Noted], marks: Mapping[str, Marked]) -> dict[str, Marked]:
    return {code: Marked(noted[code].mark, noted[code].note, marks[code].paper_id) for code in marks}


async def _held_against(session: AsyncSession, application_id: UUID) -> set[str]:
    return {code for one in await hearings_of(session, application_id) for code in one.points}


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    action: str,
    subject: Subject,
    row: Application | Admission,
    before: str,
    facts: Mapping[str, object],
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind=str(subject),
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state=before,
        to_state=row.state,
        facts=dict(facts),
    )
