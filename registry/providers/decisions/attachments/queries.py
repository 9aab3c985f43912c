"""Reading what came with an answer or a request. Row-level security hides what is another's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.decisions.attachments.model import Attachment
from registry.providers.decisions.model import DecisionRecord
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    id: UUID
    hearing_id: UUID | None
    appeal_id: UUID | None
    digest: str
    file_kind: str
    file_name: str
    size: int
    added_at: datetime


def _row(one: Attachment) -> AttachmentRow:
    return AttachmentRow(
        id=one.id,
        hearing_id=one.hearing_id,
        appeal_id=one.appeal_id,
        digest=one.digest,
        file_kind=one.file_kind,
        file_name=one.file_name,
        size=one.size,
        added_at=one.added_at,
    )


async def _found(session: AsyncSession, condition: ColumnElement[bool]) -> list[AttachmentRow]:
    rows = await session.scalars(
        select(Attachment).where(condition).order_by(Attachment.added_at, Attachment.id)
    )
    return [_row(one) for one in rows]


async def attachments_of(
    session: AsyncSession, *, hearing_id: UUID | None = None, appeal_id: UUID | None = None
) -> list[AttachmentRow]:
    """Of one hearing or one request, the oldest first."""
    if hearing_id is not None:
        return await _found(session, Attachment.hearing_id == hearing_id)
    return await _found(session, Attachment.appeal_id == appeal_id)


async def attachments_by_matter(
    session: AsyncSession, matters: Sequence[UUID]
) -> dict[UUID, list[AttachmentRow]]:
    """Hearing or request → its files, for a page that shows several."""
    by: dict[UUID, list[AttachmentRow]] = defaultdict(list)
    if matters:
        for row in await _found(
            session, Attachment.hearing_id.in_(matters) | Attachment.appeal_id.in_(matters)
        ):
            by[row.hearing_id or row.appeal_id or row.id].append(row)
    return by


async def attachment_row(session: AsyncSession, attachment_id: UUID) -> AttachmentRow:
    """One in sight."""
    one = await session.scalar(select(Attachment).where(Attachment.id == attachment_id))
    if one is None:
        raise NotFound("attachment.unknown")
    return _row(one)


async def decided_upon(session: AsyncSession, *, subject_id: UUID, hearing_id: UUID) -> bool:
    """Whether a decision rests on the hearing; then nothing is added to it any more."""
    found = await session.scalar(
        select(DecisionRecord.id)
        .where(DecisionRecord.subject_id == subject_id, DecisionRecord.hearing_id == hearing_id)
        .limit(1)
    )
    return found is not None
