"""What a register officer asks about an application. Deciding and keeping have folders of their own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import (
    locked_application,
    require_officer,
    set_application_state,
)
from registry.providers.model import Application, ApplicationMessage
from registry.providers.rules import LONGEST_TEXT, ApplicationState
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
