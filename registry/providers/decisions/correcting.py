"""What an appeal that was upheld changes: the decision that takes the first one's place, and what follows from it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import RegimeInForce
from registry.providers.commands.applying import first_day
from registry.providers.commands.doors import (
    correct_admission_state,
    correct_application_state,
    locked_admission,
    locked_application,
)
from registry.providers.decisions.checklist import Marked, book_of, noted_of, write_marks
from registry.providers.decisions.deciding import admit, findings_of, granted, offer_of_today
from registry.providers.decisions.issuing import Issued, ToIssue, issue_decision
from registry.providers.decisions.model import DecisionRecord
from registry.providers.decisions.people import person_behind
from registry.providers.decisions.rules import CORRECTED, DecisionKind, Mark, Noted, Subject, may_approve
from registry.providers.keeping.deciding_changes import grant_after_all
from registry.providers.model import Admission
from registry.providers.rules import AdmissionState, ApplicationState
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.period import local_date
from registry.shared.texts import passage


async def correct(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    regime: RegimeInForce,
    first: DecisionRecord,
    decided: ToIssue,
    marks: Mapping[str, Marked],
) -> Issued:
    """Issue the decision that stands in the place of `first`, and do what it says. The caller holds the subject's
    lock."""
    kind = CORRECTED.get(DecisionKind(first.kind))
    if kind is None:
        raise Refused("appeal.nothing_to_correct")
    decided = replace(decided, kind=kind, replaces=first.id)
    if decided.subject is Subject.APPLICATION:
        return await _approve_after_all(session, actor, now, regime, decided, marks)
    if kind is DecisionKind.CHANGED:
        return await grant_after_all(session, actor, now, regime, decided)
    return await _reinstate(session, actor, now, regime, decided)


async def _approve_after_all(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    regime: RegimeInForce,
    decided: ToIssue,
    marks: Mapping[str, Marked],
) -> Issued:
    application = await locked_application(session, decided.subject_id)
    before = correct_application_state(application, ApplicationState.APPROVED)
    book = await book_of(session, application)
    noted = await noted_of(session, application.id)
    for code, noted_before in noted.items():
        if noted_before.mark is Mark.NOT_MET:
            marked = marks.get(code, Marked(None))
            noted[code] = Noted(marked.mark, passage(f"note_{code}", marked.note, required=False))
    require(may_approve([point.code for point in book.criteria], noted))
    offer = await offer_of_today(session, application, now=now, on_appeal=True)
    application.decided_by, application.decided_at = await person_behind(session, actor), now
    application.decision_reason = decided.reasons
    decided = replace(
        decided,
        findings=findings_of(book, noted),
        valid_from=first_day(application, now),
        began=local_date(application.submitted_at or application.created_at),
    )
    found = {code: Marked(noted[code].mark, noted[code].note) for code in marks if code in noted}
    await write_marks(session, application, application.decided_by, now, found)
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    admission_id = await admit(session, application, offer, now, issued.id)
    granted(session, actor, now, application, offer, admission_id, issued)
    _record(session, actor, now, "application.corrected", decided, before, application.state, issued.id)
    return issued


async def _reinstate(
    session: AsyncSession, actor: Actor, now: datetime, regime: RegimeInForce, decided: ToIssue
) -> Issued:
    admission = await locked_admission(session, actor=actor, admission_id=decided.subject_id)
    before = correct_admission_state(admission, AdmissionState.ACTIVE)
    standing = select(Admission.id).where(
        Admission.provider_id == admission.provider_id,
        Admission.service_id == admission.service_id,
        Admission.id != admission.id,
        Admission.state.in_((AdmissionState.ACTIVE, AdmissionState.SUSPENDED)),
    )
    if await session.scalar(standing) is not None:  # it has applied anew meanwhile
        raise Refused("application.admitted_already", state="active")
    admission.state_reason = decided.reasons
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    _record(session, actor, now, "admission.reinstated", decided, before, admission.state, issued.id)
    return issued


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    action: str,
    decided: ToIssue,
    before: str,
    after: str,
    decision_id: UUID,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind=str(decided.subject),
        subject_id=decided.subject_id,
        organiser_id=decided.organiser_id,
        from_state=before,
        to_state=after,
        facts={"provider": decided.provider_id, "service": decided.service_id, "decision": decision_id},
    )
