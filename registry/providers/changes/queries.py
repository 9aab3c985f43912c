"""The change feed, from a position on or from its newest end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.changes.model import RegisterChange


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the open register."""

    position: int
    at: datetime
    kind: str
    admission_id: UUID
    provider_id: UUID
    changed: tuple[str, ...]
    entry: dict[str, Any] | None


def _change(row: RegisterChange) -> Change:
    return Change(
        row.position, row.at, row.kind, row.admission_id, row.provider_id, tuple(row.changed), row.entry
    )


async def changes_after(session: AsyncSession, *, position: int, limit: int) -> list[Change]:
    """Changes after a position, oldest first. What has a lower position can be read earlier, always."""
    rows = await session.scalars(
        select(RegisterChange)
        .where(RegisterChange.position > position)
        .order_by(RegisterChange.position)
        .limit(limit)
    )
    return [_change(row) for row in rows]


async def newest_changes(session: AsyncSession, *, before: int | None = None, limit: int) -> Sequence[Change]:
    """Changes, newest first; those before a position where one is named."""
    query = select(RegisterChange).order_by(RegisterChange.position.desc()).limit(limit)
    if before is not None:
        query = query.where(RegisterChange.position < before)
    return [_change(row) for row in await session.scalars(query)]


async def newest_position(session: AsyncSession) -> int:
    """Where the feed stands; 0 while it has said nothing."""
    return await session.scalar(select(func.max(RegisterChange.position))) or 0
