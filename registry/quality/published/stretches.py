"""A release read stretch by stretch, each in a transaction of its own: it never changes, so nothing can be torn, and no
connection waits for whoever reads slowly."""

from collections.abc import AsyncIterator
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import func, select

from registry.quality.model import Release
from registry.quality.published.rows import FigureRow, figure_rows, key_of
from registry.shared.database import Database

CHARACTERS: Final = 2_000_000
ROWS: Final = 2_000

Document = Literal["cells", "figures"]


async def document_stretches(
    database: Database, release_id: UUID, which: Document, *, length: int = CHARACTERS
) -> AsyncIterator[str]:
    """One of a release's two documents, which may be some twenty megabytes. Whether it is public the caller has asked."""
    column = Release.cells if which == "cells" else Release.figures
    start = 1
    while True:
        async with database.transaction() as session:
            part = await session.scalar(
                select(func.substr(column, start, length)).where(Release.id == release_id)
            )
        if part:
            yield part
        if not part or len(part) < length:
            return
        start += length


async def figure_stretches(
    database: Database, release_id: UUID, *, length: int = ROWS
) -> AsyncIterator[list[FigureRow]]:
    """All figures of a release. Whether it is public the caller has asked."""
    after = None
    while True:
        async with database.transaction() as session:
            rows = await figure_rows(session, release_ids=[release_id], after=after, limit=length)
        if rows:
            yield rows
        if len(rows) < length:
            return
        after = key_of(rows[-1])
