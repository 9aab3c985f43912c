"""What a reader does with messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import Message
from registry.shared.errors import NotFound


async def mark_read(session: AsyncSession, *, account_id: UUID, now: datetime, message_id: UUID) -> None:
    """Note that the person has opened a message; the first time counts. Somebody else's message is unknown."""
    message = await session.scalar(
        select(Message).where(Message.id == message_id, Message.account_id == account_id)
    )
    if message is None:
        raise NotFound("message.unknown")
    message.read_at = message.read_at or now


async def mark_all_read(session: AsyncSession, *, account_id: UUID, now: datetime) -> None:
    """Note that the person has seen all that is there."""
    await session.execute(
        update(Message)
        .where(Message.account_id == account_id, Message.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
