"""What a register officer asks about an application, and does with an admission. Deciding has a folder of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import regime_to_decide_by
from registry.providers.commands.doors import (
    locked_admission,
    locked_application,
    require_officer,
    set_admission_state,
    set_application_state,
)
from registry.providers.model import Application, ApplicationMessage
from registry.providers.rules import LONGEST_TEXT, AdmissionState, ApplicationState
from registry.shared.actor import Actor
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
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
    if to is not AdmissionState.ACTIVE:
        await regime_to_decide_by(session, admission.service_id)
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
