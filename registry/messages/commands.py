"""What a reader does with messages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import Message


async def mark_read(
    session: AsyncSession, *, account_id: UUID, now: datetime, message_ids: Collection[UUID]
) -> None:
    """Note that the person has seen these messages; the first time counts, and somebody else's are left alone."""
    await session.execute(
        update(Message)
        .where(Message.id.in_(message_ids), Message.account_id == account_id, Message.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
