"""What a register officer does with an application, and later with an admission."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.applying import limits_of
from registry.providers.commands.doors import (
    locked_admission,
    locked_application,
    require_officer,
    set_admission_state,
    set_application_state,
)
from registry.providers.model import Admission, Application, ApplicationMessage
from registry.providers.rules import LONGEST_TEXT, AdmissionState, ApplicationState, Offer, offer_errors
from registry.shared.actor import Actor
from registry.shared.errors import Refused
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage


async def ask_for_information(
    session: AsyncSession, *, actor: Actor, now: datetime, application_id: UUID, text: str
) -> None:
    """Ask the applicant; the application waits for the answer."""
    require_officer(actor)
    said = passage("text", text, longest=LONGEST_TEXT)
    application = await locked_application(session, application_id)
    before = set_application_state(application, ApplicationState.MORE_INFORMATION)
    session.add(
        ApplicationMessage(
            id=uuid7(),
            application_id=application.id,
            organiser_id=application.organiser_id,
            provider_id=application.provider_id,
            kind="question",
            text=said,
            written_by=actor.id,
            written_at=now,
        )
    )
    _tell(session, actor, now, application, "application.information_asked", before)


async def approve(
    session: AsyncSession, *, actor: Actor, now: datetime, application_id: UUID, reason: str = ""
) -> UUID:
    """Approve the application: the provider is in the register, with what it offered, from today. Returns the
    admission's id.

    The offer must still fit the terms of today, which may have changed since it was made.
    """
    require_officer(actor)
    said = passage("reason", reason, longest=LONGEST_TEXT, required=False)
    application = await locked_application(session, application_id)
    before = set_application_state(application, ApplicationState.APPROVED)
    application.decided_by, application.decided_at = actor.id, now
    application.decision_reason = said or None
    offer = Offer.read(application.offer)
    _, limits = await limits_of(session, application.service_id)
    errors = offer_errors(offer, limits, earliest_start=None)
    if errors:
        field, code = next(iter(errors.items()))
        raise Refused("application.offer_outdated", field=field, problem=code)
    admission_id = await _admit(session, application, offer, now)
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
            "provider": application.provider_id,
            "service": application.service_id,
            "unit_price_cents": offer.unit_price_cents,
            "rule_book_version": offer.rule_book_version,
        },
    )
    _tell(session, actor, now, application, "application.approved", before, admission=admission_id)
    return admission_id


async def _admit(session: AsyncSession, application: Application, offer: Offer, now: datetime) -> UUID:
    made: UUID | None = await session.scalar(
        insert(Admission)
        .values(
            id=uuid7(),
            provider_id=application.provider_id,
            service_id=application.service_id,
            organiser_id=application.organiser_id,
            state=str(AdmissionState.ACTIVE),
            valid_from=local_date(now),
            rule_book_version=offer.rule_book_version,
            unit_price_cents=offer.unit_price_cents,
            vat_rate_bp=offer.vat_rate_bp,
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
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Admission.id)
    )
    if made is None:  # an import has admitted it meanwhile
        raise Refused("application.admitted_already", state="active")
    return made


async def reject(
    session: AsyncSession, *, actor: Actor, now: datetime, application_id: UUID, reason: str
) -> None:
    """Reject the application. A rejection goes against the applicant, so it never goes out without its reason."""
    require_officer(actor)
    said = passage("reason", reason, longest=LONGEST_TEXT)
    application = await locked_application(session, application_id)
    before = set_application_state(application, ApplicationState.REJECTED)
    application.decided_by, application.decided_at = actor.id, now
    application.decision_reason = said
    _tell(session, actor, now, application, "application.rejected", before, reason="given")


def _tell(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    application: Application,
    action: str,
    before: str,
    **facts: Any,
) -> None:
    """Record what was done, and tell those who act for the provider."""
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
        facts={"provider": application.provider_id, "service": application.service_id, **facts},
    )
    enqueue(
        session,
        now=now,
        template=action,
        provider_id=application.provider_id,
        organiser_id=application.organiser_id,
        facts={"application": str(application.id), "service": str(application.service_id)},
    )


async def suspend_admission(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, reason: str
) -> None:
    """Suspend: nobody can choose the provider for this service until it is lifted."""
    await _change_admission(session, actor, now, admission_id, AdmissionState.SUSPENDED, reason)


async def reactivate_admission(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, reason: str
) -> None:
    """Lift a suspension."""
    await _change_admission(session, actor, now, admission_id, AdmissionState.ACTIVE, reason)


async def remove_admission(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, reason: str
) -> None:
    """Remove from the register. Who has left comes back by a new application only; its clients are offered a new
    choice by whoever keeps their vouchers."""
    await _change_admission(session, actor, now, admission_id, AdmissionState.REMOVED, reason)


_WORD = {
    AdmissionState.SUSPENDED: "admission.suspended",
    AdmissionState.ACTIVE: "admission.reactivated",
    AdmissionState.REMOVED: "admission.removed",
}


async def _change_admission(
    session: AsyncSession, actor: Actor, now: datetime, admission_id: UUID, to: AdmissionState, reason: str
) -> None:
    require_officer(actor)
    said = passage("reason", reason, longest=LONGEST_TEXT)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    before = set_admission_state(admission, to)
    admission.state_reason = said
    record(
        session,
        actor=actor,
        now=now,
        action=_WORD[to],
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=before,
        to_state=admission.state,
        facts={"provider": admission.provider_id, "service": admission.service_id, "reason": "given"},
    )
    enqueue(
        session,
        now=now,
        template=_WORD[to],
        provider_id=admission.provider_id,
        organiser_id=admission.organiser_id,
        facts={"admission": str(admission.id), "service": str(admission.service_id)},
    )
