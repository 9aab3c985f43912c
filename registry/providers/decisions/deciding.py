"""Deciding an application: approved by the criteria alone, rejected only after a hearing and with reasons."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import RegimeInForce, regime_to_decide_by
from registry.catalogue.rule_books.queries import Book
from registry.providers.coaches.effects import leave_outside
from registry.providers.commands.applying import first_day, limits_of
from registry.providers.commands.doors import locked_application, require_officer, set_application_state
from registry.providers.decisions.checklist import book_of, noted_of
from registry.providers.decisions.document import Finding
from registry.providers.decisions.hearings import close_if_passed, hearings_of
from registry.providers.decisions.issuing import Issued, ToIssue, issue_decision
from registry.providers.decisions.model import Hearing
from registry.providers.decisions.people import language_of, person_behind, require_impartial
from registry.providers.decisions.rules import (
    DecisionKind,
    Declared,
    Mark,
    Noted,
    Subject,
    may_approve,
    may_reject,
)
from registry.providers.model import Admission, Application
from registry.providers.rules import (
    LONGEST_TEXT,
    AdmissionState,
    ApplicationState,
    Offer,
    move_application,
    offer_errors,
)
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.shared.vat import turned
from registry.shared.working_days import NoticeBy


async def approve(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    application_id: UUID,
    reason: str = "",
    notice_by: NoticeBy = NoticeBy.ELECTRONIC,
) -> UUID:
    """Approve the application: the provider is in the register, with what it offered, from today. Returns the
    admission's id.

    Every criterion of the rule book that it was made on has been found met or not applicable, and nothing else is
    asked. The offer must still fit the terms of today, which may have changed since it was made.
    """
    said = passage("reason", reason, longest=LONGEST_TEXT, required=False)
    application, regime, declared = await _matter(
        session, actor, now, application_id, ApplicationState.APPROVED
    )
    book = await book_of(session, application)
    noted = await noted_of(session, application.id)
    require(may_approve([point.code for point in book.criteria], noted))
    person = await person_behind(session, actor)
    before = _decided(application, ApplicationState.APPROVED, person, now, said or None)
    offer = await offer_of_today(session, application, now=now)
    hearing = await _last_hearing(session, application)
    decided = await _to_issue(
        session, DecisionKind.APPROVED, application, book, noted, declared, hearing, now,
        reasons=said, legal_basis="", notice_by=notice_by,
    )  # fmt: skip
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    admission_id = await admit(session, application, offer, now, issued.id)
    granted(session, actor, now, application, offer, admission_id, issued)
    _record(session, actor, now, application, "application.approved", before, issued, admission=admission_id)
    return admission_id


async def reject(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    application_id: UUID,
    reason: str = "",
    legal_basis: str = "",
    notice_by: NoticeBy = NoticeBy.ELECTRONIC,
) -> UUID:
    """Reject the application; returns the decision's id. It goes against the applicant, so it goes out only after a
    hearing on every criterion that is not met, with a reason for each of them and a legal basis."""
    said = passage("reason", reason, longest=LONGEST_TEXT, required=False)
    law = passage("legal_basis", legal_basis, longest=LONGEST_TEXT, required=False)
    application, regime, declared = await _matter(
        session, actor, now, application_id, ApplicationState.REJECTED
    )
    book = await book_of(session, application)
    noted = await noted_of(session, application.id)
    hearing = await _last_hearing(session, application)
    if hearing is None:
        raise Refused("hearing.missing")
    criteria = [point.code for point in book.criteria]
    held_against = {code for one in await hearings_of(session, application.id) for code in one.points}
    require(may_reject(criteria, noted, legal_basis=law, held_against=held_against))
    notes = [noted[code].note for code in criteria if code in noted and noted[code].mark is Mark.NOT_MET]
    person = await person_behind(session, actor)
    before = _decided(application, ApplicationState.REJECTED, person, now, said or "\n".join(notes))
    decided = await _to_issue(
        session, DecisionKind.REJECTED, application, book, noted, declared, hearing, now,
        reasons=said, legal_basis=law, notice_by=notice_by,
    )  # fmt: skip
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    _record(session, actor, now, application, "application.rejected", before, issued, reason="given")
    return issued.id


async def _matter(
    session: AsyncSession, actor: Actor, now: datetime, application_id: UUID, to: ApplicationState
) -> tuple[Application, RegimeInForce, Declared]:
    """The application, locked, with a hearing whose time is over ended; and all that has to be there beforehand."""
    require_officer(actor)
    application = await locked_application(session, application_id)
    if application.state == ApplicationState.HEARING:
        await close_if_passed(session, actor=actor, now=now, subject_id=application.id)
    require(move_application(ApplicationState(application.state), to))
    regime = await regime_to_decide_by(session, application.service_id)
    declared = await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=application.provider_id,
        organiser_id=application.organiser_id,
        subject_id=application.id,
    )
    return application, regime, declared


async def _last_hearing(session: AsyncSession, application: Application) -> Hearing | None:
    ended = [hearing for hearing in await hearings_of(session, application.id) if hearing.closed_at]
    return ended[0] if ended else None


def _decided(
    application: Application, to: ApplicationState, person: UUID | None, now: datetime, reason: str | None
) -> str:
    before = set_application_state(application, to)
    application.decided_by, application.decided_at = person, now
    application.decision_reason = reason
    return before


async def offer_of_today(
    session: AsyncSession, application: Application, *, now: datetime, on_appeal: bool = False
) -> Offer:
    """What was applied for, if the terms of today allow it still. `on_appeal`: whatever rule book has come since, the
    application is measured by its own."""
    offer, today = Offer.read(application.offer), local_date(now)
    # the law may have changed the rate meanwhile, which is not the applicant's to mend
    vat = turned(offer.vat, today, of=local_date(application.submitted_at or now))
    offer = replace(offer, **vat.columns())
    _, limits = await limits_of(session, application.service_id)
    errors = offer_errors(offer, limits, earliest_start=None, today=today)
    if on_appeal:
        errors.pop("rule_book_version", None)
    if errors:
        field, code = next(iter(errors.items()))
        raise Refused("application.offer_outdated", field=field, problem=code)
    return offer


async def _to_issue(
    session: AsyncSession,
    kind: DecisionKind,
    application: Application,
    book: Book,
    noted: Mapping[str, Noted],
    declared: Declared,
    hearing: Hearing | None,
    now: datetime,
    *,
    reasons: str,
    legal_basis: str,
    notice_by: NoticeBy,
) -> ToIssue:
    return ToIssue(
        kind=kind,
        subject=Subject.APPLICATION,
        subject_id=application.id,
        organiser_id=application.organiser_id,
        provider_id=application.provider_id,
        service_id=application.service_id,
        began=local_date(application.submitted_at or application.created_at),
        language=await language_of(session, application.submitted_by),
        template=f"application.{kind}",
        notice_by=notice_by,
        reasons=reasons,
        legal_basis=legal_basis,
        findings=findings_of(book, noted),
        rule_book_version=book.version,
        hearing_id=hearing.id if hearing else None,
        valid_from=first_day(application, now) if kind is DecisionKind.APPROVED else None,
        declared=declared,
    )


def findings_of(book: Book, noted: Mapping[str, Noted]) -> tuple[Finding, ...]:
    """Every criterion that was looked at, in the order of the rule book."""
    return tuple(Finding(point, noted[point.code]) for point in book.criteria if point.code in noted)


async def admit(
    session: AsyncSession, application: Application, offer: Offer, now: datetime, decision_id: UUID
) -> UUID:
    """Put the provider into the register with what it offered, from today or from the day that its price starts."""
    made: UUID | None = await session.scalar(
        insert(Admission)
        .values(
            id=uuid7(),
            provider_id=application.provider_id,
            service_id=application.service_id,
            organiser_id=application.organiser_id,
            state=str(AdmissionState.ACTIVE),
            valid_from=first_day(application, now),
            rule_book_version=offer.rule_book_version,
            unit_price_cents=offer.unit_price_cents,
            **offer.vat.columns(),
            municipality_codes=list(offer.municipality_codes),
            remote=offer.remote,
            languages=list(offer.languages),
            accessibility=list(offer.accessibility),
            method=offer.method,
            first_talk_free=offer.first_talk_free,
            same_coach=offer.same_coach,
            experience=list(offer.experience),
            places=offer.places,
            taken=0,
            next_start=offer.next_start,
            decision_id=decision_id,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Admission.id)
    )
    if made is None:  # an import has admitted it meanwhile
        raise Refused("application.admitted_already", state="active")
    await leave_outside(session, application=application, admission_id=made, now=now)
    return made


def granted(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    application: Application,
    offer: Offer,
    admission_id: UUID,
    issued: Issued,
) -> None:
    """Record that the provider came into the register."""
    record(
        session,
        actor=actor,
        now=now,
        action="admission.granted",
        subject_kind="admission",
        subject_id=admission_id,
        organiser_id=application.organiser_id,
        to_state=str(AdmissionState.ACTIVE),
        facts={
            "application": application.id,
            "decision": issued.id,
            "provider": application.provider_id,
            "service": application.service_id,
            "unit_price_cents": offer.unit_price_cents,
            "rule_book_version": offer.rule_book_version,
        },
    )


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    application: Application,
    action: str,
    before: str,
    issued: Issued,
    **facts: Any,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="application",
        subject_id=application.id,
        organiser_id=application.organiser_id,
        from_state=before,
        to_state=application.state,
        facts={
            "provider": application.provider_id,
            "service": application.service_id,
            "decision": issued.id,
            **facts,
        },
    )
