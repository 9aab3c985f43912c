"""Files that nothing names: what was stored for a paper that was then refused leaves nothing behind."""

import asyncio
from typing import Final

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.providers.files.store import FileStore
from registry.schema import tables
from registry.shared.actor import Sight
from registry.shared.database import Database, see

_NAMES: Final = ("digest", "file_digest")
"""Columns under which tables that have a `file_name` keep what file it is."""


async def drop_unused(database: Database, store: FileStore, digest: str) -> bool:
    """Take the file away unless a row names it, whoever's; says whether it went. The same file may be coming in for
    somebody else just now: whoever enters it looks under the same lock whether it is there still (`is_kept`)."""
    async with database.transaction() as session:
        await _lock(session, digest)
        # a file lies there once for all who sent it: the rows of every organiser and provider are looked at
        everyone = tuple(await session.scalars(select(Organiser.id)))
        await see(session, Sight(organisers=everyone))
        if await session.scalar(select(or_(*_named(digest)))):
            return False
        await asyncio.to_thread(store.remove, digest)
    return True


async def is_kept(database: Database, store: FileStore, digest: str) -> bool:
    """Whether the file of a row that has been entered lies there, now that nobody takes it away any more."""
    async with database.transaction() as session:
        await _lock(session, digest)
        return await asyncio.to_thread(store.has, digest)


async def _lock(session: AsyncSession, digest: str) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(digest, 0))))


def _named(digest: str) -> list[ColumnElement[bool]]:
    return [
        exists().where(table.c[name] == digest)
        for table in tables().tables.values()
        if "file_name" in table.c
        for name in _NAMES
        if name in table.c
    ]
