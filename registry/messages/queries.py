"""Reading messages: a person's own, and the mail that was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import Mail, Message


@dataclass(frozen=True, slots=True)
class Received:
    """A message as its reader gets it; its words are made from template and facts."""

    id: UUID
    organiser_id: UUID | None
    template: str
    facts: Mapping[str, Any]
    sent_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentMail:
    id: UUID
    address: str
    language: str
    subject: str
    body: str
    sent_at: datetime
    handed_over: bool


Place = tuple[datetime, UUID]
"""Where a page ended: (moment, id)."""


async def messages(
    session: AsyncSession, *, account_id: UUID, after: Place | None = None, limit: int = 20
) -> tuple[list[Received], Place | None]:
    """A page of an account's messages, newest first, and where the next one starts."""
    query = select(
        Message.id, Message.organiser_id, Message.template, Message.facts, Message.sent_at, Message.read_at
    ).where(Message.account_id == account_id)
    if after is not None:
        query = query.where(tuple_(Message.sent_at, Message.id) < tuple_(*after))
    rows = await session.execute(query.order_by(Message.sent_at.desc(), Message.id.desc()).limit(limit + 1))
    found = [Received(**row._mapping) for row in rows]
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], (last.sent_at, last.id)


async def unread(session: AsyncSession, *, account_id: UUID) -> int:
    """How many messages the account has not opened."""
    return (
        await session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.account_id == account_id, Message.read_at.is_(None))
        )
        or 0
    )


async def mailbox(
    session: AsyncSession, *, after: Place | None = None, limit: int = 50
) -> tuple[list[SentMail], Place | None]:
    """A page of all mail sent, newest first: for the demonstration's mailbox page alone."""
    query = select(*(getattr(Mail, name) for name in SentMail.__dataclass_fields__))
    if after is not None:
        query = query.where(tuple_(Mail.sent_at, Mail.id) < tuple_(*after))
    rows = await session.execute(query.order_by(Mail.sent_at.desc(), Mail.id.desc()).limit(limit + 1))
    found = [SentMail(**row._mapping) for row in rows]
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], (last.sent_at, last.id)
