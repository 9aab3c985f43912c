"""Issuing a decision: its text is made, frozen and kept, and the provider is told.

Whatever is decided on a provider goes out through here, so that every decision says who decided what, why, on what
law, and how and by when to appeal (Administrative Procedure Act 434/2003 §§ 43-47).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about
from registry.catalogue.legal_regimes.queries import RegimeInForce
from registry.catalogue.legal_regimes.remedy import Office, RemedyInstructions, on_review, remedy_instructions
from registry.catalogue.legal_regimes.rules import RemedyKind, Words
from registry.catalogue.model import Organiser, Service
from registry.providers.decisions.attachments.queries import attachments_of
from registry.providers.decisions.corrections.rules import Consent, CorrectionGround
from registry.providers.decisions.document import (
    Contents,
    Finding,
    HeardFact,
    Item,
    decision_text,
    text_document,
)
from registry.providers.decisions.model import Appeal, DecisionDocument, DecisionRecord, Hearing
from registry.providers.decisions.people import name_of, person_behind
from registry.providers.decisions.rules import ADVERSE, DecisionKind, Declared, Subject
from registry.providers.model import Provider
from registry.shared.actor import Actor
from registry.shared.canonical import canonical_json
from registry.shared.errors import Refused
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.working_days import NoticeBy


@dataclass(frozen=True, slots=True)
class ToIssue:
    """What is decided. `declared`: what the officer said of impartiality, for the organiser's own unit names bodies."""

    kind: DecisionKind
    subject: Subject
    subject_id: UUID
    organiser_id: UUID
    provider_id: UUID
    service_id: UUID
    began: date
    """When the application was sent, or the matter taken up."""
    language: str
    template: str
    """Of the message that tells the provider."""
    notice_by: NoticeBy = NoticeBy.ELECTRONIC
    reasons: str = ""
    legal_basis: str = ""
    findings: tuple[Finding, ...] = ()
    rule_book_version: str | None = None
    hearing_id: UUID | None = None
    valid_from: date | None = None
    declared: Declared = field(default_factory=lambda: Declared(None))
    appeal_id: UUID | None = None
    """The appeal that it answers: then one goes on from it to the court."""
    replaces: UUID | None = None
    """The decision in whose place it stands."""
    correction: CorrectionGround | None = None
    """Why it does, where no request for review has asked for it."""
    consent: Consent | None = None
    changes: tuple[Item, ...] = ()
    """Of a change: what was asked and decided, in the language of the decision."""


@dataclass(frozen=True, slots=True)
class Issued:
    id: UUID
    reference: str


async def issue_decision(
    session: AsyncSession, *, actor: Actor, now: datetime, regime: RegimeInForce, decided: ToIssue
) -> Issued:
    """Write the decision down for good and tell the provider. The caller has locked and changed the subject, and asked
    `regime_to_decide_by` for the regime. Raises Refused for an adverse decision without a hearing that has ended."""
    decision_id, sent = uuid7(), local_date(now)
    reference = f"{sent.year}-{decision_id.hex[-8:].upper()}"
    heard = await _heard(session, decided)
    remedy = _remedy(regime, decided, sent)
    person = await person_behind(session, actor)
    contents = await _contents(session, decided, regime, remedy, heard, reference, sent, person)
    content = canonical_json(text_document(decision_text(contents)))
    row = DecisionRecord(
        id=decision_id,
        organiser_id=decided.organiser_id,
        provider_id=decided.provider_id,
        service_id=decided.service_id,
        subject_kind=str(decided.subject),
        subject_id=decided.subject_id,
        kind=str(decided.kind),
        reference=reference,
        replaces=decided.replaces,
        hearing_id=decided.hearing_id,
        points=[
            {"code": finding.point.code, "mark": str(finding.noted.mark)} for finding in decided.findings
        ],
        rule_book_version=decided.rule_book_version,
        regime_digest=regime.digest,
        language=decided.language,
        notice_by=str(decided.notice_by),
        sent_on=sent,
        noticed_on=remedy.noticed,
        last_day=remedy.last_day,
        closes=_place(regime, decided).closes,
        digest=sha256(content).hexdigest(),
        decided_by=person,
        decided_at=now,
        correction=str(decided.correction) if decided.correction else None,
        consent=str(decided.consent) if decided.consent else None,
    )
    session.add(row)
    await session.flush()
    session.add(
        DecisionDocument(
            decision_id=row.id,
            organiser_id=row.organiser_id,
            provider_id=row.provider_id,
            content=content.decode(),
        )
    )
    _tell(session, actor, now, decided, row)
    if decided.replaces is not None:
        # whoever had asked for a correction has it, or an answer in the new decision
        await close_about(
            session, actor=actor, now=now, subject_id=decided.replaces, why="decision.corrected"
        )
    await session.flush()
    return Issued(row.id, reference)


def _tell(session: AsyncSession, actor: Actor, now: datetime, decided: ToIssue, row: DecisionRecord) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action="decision.issued",
        subject_kind="decision",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        to_state=row.kind,
        facts={
            "provider": row.provider_id,
            "service": row.service_id,
            "about": row.subject_kind,
            "matter": row.subject_id,
            "replaces": row.replaces,
            "correction": row.correction,
            "consent": row.consent,
            "digest": row.digest,
            "last_day": row.last_day.isoformat(),
        },
    )
    enqueue(
        session,
        now=now,
        template=decided.template,
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        facts={
            str(decided.subject): str(row.subject_id),
            "service": str(row.service_id),
            "decision": str(row.id),
            "last_day": row.last_day.isoformat(),
        },
    )


async def _heard(session: AsyncSession, decided: ToIssue) -> HeardFact | None:
    if decided.hearing_id is None:
        if decided.kind in ADVERSE:
            raise Refused("hearing.missing")
        return None
    hearing = await session.get(Hearing, decided.hearing_id)
    if hearing is None or hearing.closed_at is None:
        raise Refused("hearing.not_over")
    return HeardFact(
        opened_on=local_date(hearing.opened_at),
        due_on=hearing.due_on,
        text=hearing.text,
        answer=hearing.answer,
        answered_on=local_date(hearing.closed_at) if hearing.answer else None,
        attachments=tuple(one.file_name for one in await attachments_of(session, hearing_id=hearing.id)),
    )


def _place(found: RegimeInForce, decided: ToIssue) -> Office:
    """Against a first decision one goes to the office, or where the regime says so to the court at once; against one on
    a request for review, to the court."""
    first_is_court = found.regime.remedy.kind is RemedyKind.APPEAL
    place = found.court if first_is_court or decided.appeal_id is not None else found.office
    if place is None:
        raise Refused("regime.not_confirmed")
    return place


def _remedy(found: RegimeInForce, decided: ToIssue, sent: date) -> RemedyInstructions:
    return remedy_instructions(
        found.regime if decided.appeal_id is None else on_review(found.regime),
        language=decided.language,
        sent=sent,
        by=decided.notice_by,
        office=_place(found, decided),
    )


async def _contents(
    session: AsyncSession,
    decided: ToIssue,
    regime: RegimeInForce,
    remedy: RemedyInstructions,
    heard: HeardFact | None,
    reference: str,
    sent: date,
    person: UUID | None,
) -> Contents:
    provider = await session.get_one(Provider, decided.provider_id)
    service = await session.get_one(Service, decided.service_id)
    organiser = await session.get_one(Organiser, decided.organiser_id)
    appeal = await session.get(Appeal, decided.appeal_id) if decided.appeal_id else None
    return Contents(
        language=decided.language,
        reference=reference,
        kind=decided.kind,
        organiser=Words(organiser.name_fi, organiser.name_sv, organiser.name_en),
        decided_by=await name_of(session, person),
        body_running=decided.declared.body_running,
        body_deciding=decided.declared.body_deciding,
        provider_name=provider.name,
        provider_number=provider.identity_value,
        service=Words(service.name_fi, service.name_sv, service.name_en),
        matter_began=decided.began,
        decided_on=sent,
        reasons=decided.reasons,
        findings=decided.findings,
        rule_book_version=decided.rule_book_version,
        hearing=heard,
        legal_basis=decided.legal_basis,
        regime=regime.regime,
        valid_from=decided.valid_from,
        replaces=await _reference_of(session, decided.replaces),
        appeal_arrived=local_date(appeal.arrived_at) if appeal else None,
        appealed=await _reference_of(session, appeal.decision_id) if appeal else None,
        remedy=remedy,
        correction=decided.correction,
        consent=decided.consent,
        changes=decided.changes,
    )


async def _reference_of(session: AsyncSession, decision_id: UUID | None) -> str | None:
    if decision_id is None:
        return None
    found: str | None = await session.scalar(
        select(DecisionRecord.reference).where(DecisionRecord.id == decision_id)
    )
    return found
