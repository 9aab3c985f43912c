"""Which of a provider's languages a register officer has seen proof of."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import locked_admission, require_officer
from registry.shared.actor import Actor
from registry.shared.errors import Invalid


async def verify_languages(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, languages: Collection[str]
) -> None:
    """Mark these of the approval's languages as verified, and the others as only claimed: the public sees which is
    which, for a language that is claimed and not spoken is found out too late by whoever needs it."""
    require_officer(actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    if set(languages) - set(admission.languages):
        raise Invalid("languages.not_offered", errors={"languages": "languages.not_offered"})
    wanted = [code for code in admission.languages if code in languages]
    before = [code for code in admission.languages if code in admission.languages_verified]
    if wanted == before:
        return
    admission.languages_verified = wanted
    record(
        session,
        actor=actor,
        now=now,
        action="admission.languages_verified",
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=admission.state,
        to_state=admission.state,
        facts={"languages": wanted, "before": before},
    )
