"""Reading rule books."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.rule_books.model import RuleBook
from registry.catalogue.rule_books.rules import Point, PointKind, read_point


@dataclass(frozen=True, slots=True)
class Book:
    """A published version."""

    id: UUID
    service_id: UUID
    version: str
    points: tuple[Point, ...]
    published_at: datetime

    @property
    def criteria(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.kind is PointKind.CRITERION)

    @property
    def terms(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.kind is PointKind.TERM)


def _book(row: RuleBook) -> Book:
    points = tuple(read_point(point) for point in row.points)
    return Book(row.id, row.service_id, row.version, points, row.published_at)


async def rule_book_of(session: AsyncSession, service_id: UUID, *, version: str | None = None) -> Book | None:
    """The service's rule book of this version, or (None) the one in force, which is the newest. None where there is
    no such book: a service may be older than its first one."""
    query = select(RuleBook).where(RuleBook.service_id == service_id)
    if version is not None:
        query = query.where(RuleBook.version == version)
    row = await session.scalar(query.order_by(RuleBook.published_at.desc(), RuleBook.id.desc()).limit(1))
    return None if row is None else _book(row)


async def rule_book_history(session: AsyncSession, service_id: UUID) -> list[Book]:
    """Every version, newest first."""
    rows = await session.scalars(
        select(RuleBook)
        .where(RuleBook.service_id == service_id)
        .order_by(RuleBook.published_at.desc(), RuleBook.id.desc())
    )
    return [_book(row) for row in rows]
