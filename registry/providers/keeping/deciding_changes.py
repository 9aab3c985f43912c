"""Deciding on a change that a provider has asked for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import RegimeInForce, regime_to_decide_by
from registry.catalogue.legal_regimes.rules import Words
from registry.catalogue.model import Municipality
from registry.providers.coaches.effects import facts_of, grant_coach, lock_coach
from registry.providers.commands.applying import limits_of
from registry.providers.commands.doors import locked_admission, require_officer
from registry.providers.decisions.issuing import Issued, ToIssue, issue_decision
from registry.providers.decisions.model import DecisionRecord
from registry.providers.decisions.people import language_of, person_behind, require_impartial
from registry.providers.decisions.rules import DecisionKind, Subject
from registry.providers.keeping.change_text import ChangeDecided, change_items
from registry.providers.keeping.changing import (
    apply_change,
    locked_change,
    offer_with,
    record_change,
)
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.rules import (
    IN_REGISTER,
    ChangeState,
    correct_change,
    move_change,
)
from registry.providers.keeping.wanted import Wanted, wanted_of
from registry.providers.model import Admission, Coach
from registry.providers.rules import LONGEST_TEXT, offer_errors
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.period import local_date
from registry.shared.texts import passage


async def decide_change(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    change_id: UUID,
    granted: bool,
    reason: str,
    legal_basis: str = "",
) -> UUID:
    """Grant the change or do not, with a reason and with how to appeal; returns the decision's id. What the provider has
    asked for itself it has already been heard about."""
    require_officer(actor)
    said = passage("reason", reason, longest=LONGEST_TEXT, required=not granted)
    law = passage("legal_basis", legal_basis, longest=LONGEST_TEXT, required=not granted)
    row, admission = await locked_change(session, actor, change_id)
    to = ChangeState.APPROVED if granted else ChangeState.REJECTED
    require(move_change(ChangeState(row.state), to))
    if admission.state not in IN_REGISTER:
        raise Refused("admission.ended_already", state=admission.state)
    regime = await regime_to_decide_by(session, row.service_id)
    declared = await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        subject_id=admission.id,
    )
    person = await person_behind(session, actor)
    row.state, row.decided_at = str(to), now
    row.decided_by, row.reason = person, said or None
    await lock_coach(session, row.coach_id)
    wanted = await wanted_of(session, admission, row)
    asked_from, about = row.price_from, await _about(session, row, wanted)
    if granted:
        await _grant(session, actor, now, admission, row, wanted)
    language = await language_of(session, row.submitted_by)
    decided = ToIssue(
        kind=DecisionKind.CHANGED if granted else DecisionKind.CHANGE_REJECTED,
        subject=Subject.ADMISSION,
        subject_id=admission.id,
        organiser_id=row.organiser_id,
        provider_id=row.provider_id,
        service_id=row.service_id,
        began=local_date(row.submitted_at),
        language=language,
        template="change.decided",
        reasons=said,
        legal_basis=law,
        declared=declared,
        changes=change_items(
            replace(about, granted=granted, price_from=row.price_from, price_asked_from=asked_from), language
        ),
    )
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    row.decision_id = issued.id
    record_change(session, actor, now, row, f"change.{to}", ChangeState.SUBMITTED)
    await session.flush()
    return issued.id


async def _grant(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission: Admission,
    row: AdmissionChange,
    wanted: Wanted,
) -> None:
    require(wanted.may)
    if row.coach_id is not None:
        spoken = {"coach_languages": wanted.spoken} if "coach_languages" in wanted.asked else {}
        await grant_coach(
            session,
            now=now,
            admission=admission,
            coach_id=row.coach_id,
            asked={**wanted.asked, **spoken},
            served=wanted.served,
        )
        return
    await _require_allowed(session, admission, wanted.asked, local_date(now))
    await apply_change(session, actor, now, admission, row, wanted.asked)


async def _about(session: AsyncSession, row: AdmissionChange, wanted: Wanted) -> ChangeDecided:
    """What is decided on, as the approval is at this moment: it may have changed since it was asked."""
    coach = await session.get(Coach, row.coach_id) if row.coach_id else None
    facts = await facts_of(session, coach) if coach else None
    codes = {code for said in (wanted.before, wanted.asked) for code in said.get("municipality_codes") or ()}
    places = await session.scalars(select(Municipality).where(Municipality.code.in_(codes)))
    return ChangeDecided(
        granted=False,
        before=wanted.before,
        asked=wanted.asked,
        since=wanted.since,
        announced=wanted.announced,
        coach_outside=wanted.outside,
        municipalities={one.code: Words(one.name_fi, one.name_sv, one.name_fi) for one in places},
        coach=f"{facts.first_name} {facts.surname}".strip() if facts else None,
        own_words=row.words,
    )


async def grant_after_all(
    session: AsyncSession, actor: Actor, now: datetime, regime: RegimeInForce, decided: ToIssue
) -> Issued:
    """Grant a change that was not granted, because a review or a correction found that it should have been. The caller
    has found that it may, and holds the admission's lock."""
    admission = await locked_admission(session, actor=actor, admission_id=decided.subject_id)
    row = await _decided_by(session, decided.replaces)
    require(correct_change(ChangeState(row.state), ChangeState.APPROVED))
    if admission.state not in IN_REGISTER:
        raise Refused("admission.ended_already", state=admission.state)
    await lock_coach(session, row.coach_id)
    wanted = await wanted_of(session, admission, row)
    asked_from, about = row.price_from, await _about(session, row, wanted)
    await _grant(session, actor, now, admission, row, wanted)
    row.state, row.decided_at, row.reason = str(ChangeState.APPROVED), now, decided.reasons
    row.decided_by = await person_behind(session, actor)
    about = replace(about, granted=True, price_from=row.price_from, price_asked_from=asked_from)
    decided = replace(decided, changes=change_items(about, decided.language))
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    row.decision_id = issued.id
    record_change(session, actor, now, row, "change.approved", ChangeState.REJECTED)
    return issued


async def _decided_by(session: AsyncSession, decision_id: UUID | None) -> AdmissionChange:
    """The change that a decision was about, locked: it names the newest decision on it, or, of one that was put in other
    words before corrections moved the link, an earlier one."""
    while decision_id is not None:
        row = await session.scalar(
            select(AdmissionChange)
            .where(AdmissionChange.decision_id == decision_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is not None:
            return row
        decision_id = await session.scalar(
            select(DecisionRecord.replaces).where(DecisionRecord.id == decision_id)
        )
    raise Refused("appeal.nothing_to_correct")


async def _require_allowed(
    session: AsyncSession,
    admission: Admission,
    asked: Mapping[str, Any],
    today: date,
) -> None:
    """The terms of today may be others than when it was asked."""
    _, limits = await limits_of(session, admission.service_id)
    allowed = replace(limits, rule_book_version=admission.rule_book_version)
    if errors := offer_errors(offer_with(admission, asked), allowed, earliest_start=None, today=today):
        field, code = next(iter(errors.items()))
        raise Refused("application.offer_outdated", field=field, problem=code)
