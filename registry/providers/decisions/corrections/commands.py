"""Correcting a decision: the first stays in the file as it was, and another, linked to it, takes its place with a notice
and a period of its own (Administrative Procedure Act 434/2003 §§ 50-53)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import RegimeInForce, regime_to_decide_by
from registry.providers.commands.doors import require_officer
from registry.providers.decisions.appeals import decision_in_sight, lock_subject, require_in_force
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.correcting import correct
from registry.providers.decisions.corrections.outcomes import as_it_was, take_back
from registry.providers.decisions.corrections.rules import (
    WORSE,
    Consent,
    CorrectionGround,
    may_correct,
)
from registry.providers.decisions.court.commands import follow, upset_by
from registry.providers.decisions.document import Item, changes_in, read_text
from registry.providers.decisions.hearings import begin_hearing, close_if_passed
from registry.providers.decisions.issuing import Issued, ToIssue
from registry.providers.decisions.model import Appeal, DecisionDocument, DecisionRecord, Hearing
from registry.providers.decisions.people import require_impartial
from registry.providers.decisions.remedies import review_answered
from registry.providers.decisions.rules import CORRECTED, ON_CHANGES, AppealState, DecisionKind, Subject
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.shared.working_days import NoticeBy

LONGEST: Final = 8000


async def hear_before_correction(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    decision_id: UUID,
    text: str,
    due_on: date,
    points: Sequence[str] = (),
) -> UUID:
    """Tell the provider what is about to be corrected to its disadvantage, and ask whether it agrees. The decision holds
    meanwhile. Returns the hearing's id."""
    require_officer(actor)
    first = await _to_correct(session, actor, decision_id)
    if DecisionKind(first.kind) not in WORSE:
        raise Refused("correction.no_hearing_needed")
    await close_if_passed(session, actor=actor, now=now, subject_id=first.subject_id)
    return await begin_hearing(
        session,
        actor=actor,
        now=now,
        subject=Subject(first.subject_kind),
        subject_id=first.subject_id,
        provider_id=first.provider_id,
        service_id=first.service_id,
        organiser_id=first.organiser_id,
        text=text,
        points=points,
        due_on=due_on,
        template="hearing.correction",
        correcting_id=first.id,
    )


@dataclass(frozen=True, slots=True)
class Correction:
    """How a decision is corrected. `outcome`: None leaves what was decided as it is, in other words. `marks`: what is
    now found of criteria; what is not named stays. `own_conduct`: the error is obvious and the party's own doing."""

    ground: CorrectionGround
    reasons: str
    outcome: DecisionKind | None = None
    legal_basis: str = ""
    marks: Mapping[str, Marked] | None = None
    own_conduct: bool = False
    notice_by: NoticeBy = NoticeBy.ELECTRONIC


async def correct_decision(
    session: AsyncSession, *, actor: Actor, now: datetime, decision_id: UUID, correction: Correction
) -> UUID:
    """Issue the decision that takes the place of one that is wrong; returns its id. To the party's disadvantage only
    after a hearing on it that has ended, and with its consent unless the error is its own doing."""
    require_officer(actor)
    reasons = passage("reasons", correction.reasons, longest=LONGEST)
    law = passage("legal_basis", correction.legal_basis, longest=LONGEST_TEXT, required=False)
    first = await _to_correct(session, actor, decision_id)
    kind, wanted = DecisionKind(first.kind), correction.outcome or DecisionKind(first.kind)
    await close_if_passed(session, actor=actor, now=now, subject_id=first.subject_id)
    hearing = await _hearing_on(session, first)
    consent = _consent(correction, hearing) if wanted is WORSE.get(kind) else None
    require(
        may_correct(
            ground=correction.ground,
            now=kind,
            to=wanted,
            consent=consent,
            decided_on=local_date(first.decided_at),
            began_on=local_date(hearing.opened_at if hearing else now),
        )
    )
    if correction.ground is CorrectionGround.COURT:
        await upset_by(session, first.id)
    regime = await regime_to_decide_by(session, first.service_id)
    declared = await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=first.provider_id,
        organiser_id=first.organiser_id,
        subject_id=first.subject_id,
    )
    decided = ToIssue(
        kind=wanted,
        subject=Subject(first.subject_kind),
        subject_id=first.subject_id,
        organiser_id=first.organiser_id,
        provider_id=first.provider_id,
        service_id=first.service_id,
        began=local_date(hearing.opened_at if hearing else now),
        language=first.language,
        template="decision.corrected",
        notice_by=correction.notice_by,
        reasons=reasons,
        legal_basis=law,
        rule_book_version=first.rule_book_version,
        hearing_id=hearing.id if hearing else first.hearing_id,
        declared=declared,
        appeal_id=await review_answered(session, first) if wanted is kind else None,
        replaces=first.id,
        correction=correction.ground,
        consent=consent,
        changes=await _changes(session, first),
    )
    issued = await _issue(session, actor, now, regime, first, decided, correction.marks or {}, hearing)
    if correction.ground is CorrectionGround.COURT:
        await follow(session, actor=actor, now=now, decision_id=first.id, by=issued.id)
    await session.flush()
    return issued.id


async def _issue(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    regime: RegimeInForce,
    first: DecisionRecord,
    decided: ToIssue,
    marks: Mapping[str, Marked],
    hearing: Hearing | None,
) -> Issued:
    kind = DecisionKind(first.kind)
    if decided.kind is kind:
        return await as_it_was(session, actor, now, regime, first, decided, marks)
    if decided.kind is CORRECTED.get(kind):
        return await correct(session, actor, now, regime, first, decided, marks)
    if hearing is None:
        raise Refused("hearing.missing")
    if hearing.closed_at is None:
        raise Refused("hearing.not_over")
    return await take_back(session, actor, now, regime, first, decided, marks, hearing)


async def _to_correct(session: AsyncSession, actor: Actor, decision_id: UUID) -> DecisionRecord:
    """The decision, its subject locked: it is in force, nothing is sent against it that waits, and somebody may have
    corrected it a moment ago."""
    row = await decision_in_sight(session, decision_id, actor)
    await lock_subject(session, actor, row)
    await require_in_force(session, row)
    waiting = select(Appeal.id).where(Appeal.decision_id == row.id, Appeal.state == str(AppealState.RECEIVED))
    if await session.scalar(waiting) is not None:
        raise Refused("correction.appeal_waits")
    return row


async def _hearing_on(session: AsyncSession, first: DecisionRecord) -> Hearing | None:
    """The latest hearing on the correction of this decision."""
    found: Hearing | None = await session.scalar(
        select(Hearing)
        .where(Hearing.correcting_id == first.id)
        .order_by(Hearing.opened_at.desc(), Hearing.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return found


async def _changes(session: AsyncSession, first: DecisionRecord) -> tuple[Item, ...]:
    """A decision on a change that is corrected says again what it was about."""
    if DecisionKind(first.kind) not in ON_CHANGES:
        return ()
    found = await session.get(DecisionDocument, first.id)
    return changes_in(read_text(json.loads(found.content))) if found else ()


def _consent(correction: Correction, hearing: Hearing | None) -> Consent | None:
    if correction.own_conduct:
        return Consent.OWN_CONDUCT
    return Consent.GIVEN if hearing is not None and hearing.consents else None
