"""Files come into a matter while it waits, and every look at one is recorded."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.duties import require_office
from registry.providers.commands.doors import require_officer
from registry.providers.decisions.attachments.model import Attachment
from registry.providers.decisions.attachments.queries import decided_upon
from registry.providers.decisions.hearings import locked_hearing
from registry.providers.decisions.model import Appeal, Hearing
from registry.providers.decisions.people import person_behind
from registry.providers.files.rules import shown_name
from registry.providers.files.store import StoredFile
from registry.shared.actor import Actor, Role
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7

MOST: Final = 10
"""Files of one hearing or one request: ten of ten megabytes say what can be said."""


async def add_to_hearing(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    hearing_id: UUID,
    stored: StoredFile,
    file_name: str | None,
) -> UUID:
    """A file of the provider's, which lies in the store, with its answer or after it, as long as no decision rests on the
    hearing: what is sent before the decision is read before the decision."""
    await _require_party(session, actor)
    hearing = await locked_hearing(session, hearing_id)
    if actor.role == Role.PROVIDER_USER and hearing.provider_id != actor.provider_id:
        raise NotFound("hearing.unknown")
    if await decided_upon(session, subject_id=hearing.subject_id, hearing_id=hearing.id):
        raise Refused("attachment.closed")
    return await _add(session, actor, now, hearing, stored, file_name, hearing_id=hearing.id)


async def add_to_appeal(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    appeal_id: UUID,
    stored: StoredFile,
    file_name: str | None,
) -> UUID:
    """A file with a request for review that waits: the provider's own, or one that an officer enters because it came with
    a letter."""
    await _require_party(session, actor)
    appeal = await session.scalar(
        select(Appeal)
        .where(Appeal.id == appeal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if appeal is None or (actor.role == Role.PROVIDER_USER and appeal.provider_id != actor.provider_id):
        raise NotFound("appeal.unknown")
    if appeal.state != "received":
        raise Refused("attachment.closed")
    return await _add(session, actor, now, appeal, stored, file_name, appeal_id=appeal.id)


async def _require_party(session: AsyncSession, actor: Actor) -> None:
    if actor.role == Role.PROVIDER_USER:
        await require_office(session, actor)
    else:
        require_officer(actor)


async def _add(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    matter: Hearing | Appeal,
    stored: StoredFile,
    file_name: str | None,
    *,
    hearing_id: UUID | None = None,
    appeal_id: UUID | None = None,
) -> UUID:
    place = Attachment.hearing_id == hearing_id if hearing_id else Attachment.appeal_id == appeal_id
    had = await session.scalar(select(func.count()).select_from(Attachment).where(place))
    if (had or 0) >= MOST:
        raise Refused("attachment.too_many", most=MOST)
    row = Attachment(
        id=uuid7(),
        organiser_id=matter.organiser_id,
        provider_id=matter.provider_id,
        hearing_id=hearing_id,
        appeal_id=appeal_id,
        digest=stored.digest,
        file_kind=str(stored.kind),
        file_name=shown_name(file_name, stored.kind),
        size=stored.size,
        added_by=await person_behind(session, actor),
        added_at=now,
    )
    session.add(row)
    _record(session, actor, now, "attachment.added", row)
    await session.flush()
    return row.id


async def read_attachment(
    session: AsyncSession, *, actor: Actor, now: datetime, attachment_id: UUID
) -> Attachment:
    """The file that is about to be handed out, to its provider's office or to an officer of the organiser whose matter it
    is; row-level security has hidden all others. Who had it is recorded."""
    await _require_party(session, actor)
    row = await session.get(Attachment, attachment_id)
    if row is None or (actor.role == Role.PROVIDER_USER and row.provider_id != actor.provider_id):
        raise NotFound("attachment.unknown")
    _record(session, actor, now, "attachment.read", row)
    return row


def _record(session: AsyncSession, actor: Actor, now: datetime, action: str, row: Attachment) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="attachment",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        facts={
            "provider": row.provider_id,
            "hearing": row.hearing_id,
            "appeal": row.appeal_id,
            "digest": row.digest,
        },
    )
