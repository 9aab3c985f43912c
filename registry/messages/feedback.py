"""Feedback about the service: taken from anyone, read by whoever runs the installation."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import Feedback
from registry.people.commands import consume_rate_limit
from registry.shared.identifiers import uuid7

MOST_IN_AN_HOUR: Final = 120
"""From everyone together: we keep nothing that would tell one sender from another."""


async def receive_feedback(
    session: AsyncSession, *, now: datetime, message: str, email: str | None, language: str
) -> None:
    """Keep a message. Raises TooManyAttempts when somebody floods us."""
    await consume_rate_limit(
        session, bucket="feedback", limit=MOST_IN_AN_HOUR, window=timedelta(hours=1), now=now
    )
    session.add(Feedback(id=uuid7(), message=message, email=email, language=language, received_at=now))


async def latest_feedback(session: AsyncSession, *, limit: int = 100) -> list[Feedback]:
    """The newest messages first."""
    return list(await session.scalars(select(Feedback).order_by(Feedback.received_at.desc()).limit(limit)))
