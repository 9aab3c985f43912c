"""A database for each test, as it was migrated: a copy of the template, or the copy of the test before, emptied.

A copy costs the server a checkpoint and a thousand files, ten times as much on a busy machine as on a quiet one; taking
out what a test wrote costs a few milliseconds. Whoever may change more than rows (`owner_url`) gets a copy of its own.
"""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

MOST_USES: Final = 60
"""Rows that were taken out leave their pages behind: after so many tests a database is copied anew."""
MOST_BYTES: Final = 60_000_000

_WRITTEN: Final = """
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
_ALONE: Final = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1"
_STATE: Final = "SELECT pg_database_size($1::name), current_setting('is_superuser') = 'on'"


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def connected(url: str) -> asyncpg.Connection:
    """A plain connection: what the tests do to databases needs no session."""
    return await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))


async def administer(server: str, *statements: str) -> None:
    """Statements that stand outside of any one database's transaction."""
    connection = await connected(with_database(server, "postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def copied(server: str, template: str) -> str:
    """A new copy of the template; its name."""
    name = f"registry_test_{secrets.token_hex(6)}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return name


async def dropped(server: str, name: str) -> None:
    await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class Handed:
    """The database that one test process hands from test to test."""

    server: str
    template: str
    name: str | None = None
    uses: int = 0
    brought: dict[str, bytes] = field(default_factory=dict)
    """Rows that the migrations bring, by table."""

    async def taken(self) -> str:
        """A database with nothing but what the migrations make and bring."""
        if self.name is None:
            self.name, self.uses = await copied(self.server, self.template), 0
            connection = await connected(with_database(self.server, self.name))
            try:
                tables = [row[0] for row in await connection.fetch(_WRITTEN)]
                self.brought = {table: await _rows(connection, table) for table in tables}
            finally:
                await connection.close()
        self.uses += 1
        return self.name

    async def given_back(self) -> None:
        """Take out what the test wrote; a database that has become large, or old, goes."""
        assert self.name is not None
        connection = await connected(with_database(self.server, "postgres"))
        try:
            # as the end of a test may leave a process behind that still holds on to a row
            await connection.execute(_ALONE, self.name)
            size, may_empty = await connection.fetchrow(_STATE, self.name)
        finally:
            await connection.close()
        if self.uses >= MOST_USES or size > MOST_BYTES or not may_empty:
            await self.gone()
            return
        connection = await connected(with_database(self.server, self.name))
        try:
            async with connection.transaction():
                await self._empty(connection)
        finally:
            await connection.close()

    async def gone(self) -> None:
        """Drop it: the next test gets a new copy."""
        if self.name is not None:
            name, self.name = self.name, None
            await dropped(self.server, name)

    async def _empty(self, connection: asyncpg.Connection) -> None:
        # neither keys between tables nor the rule that nothing is taken out of the books binds a replica
        await connection.execute("SET LOCAL session_replication_role = replica")
        written = [row[0] for row in await connection.fetch(_WRITTEN)]
        await connection.execute("; ".join(f"DELETE FROM {table}" for table in written))
        for table, rows in self.brought.items():
            await connection.copy_to_table(table, source=_once(rows), format="binary")


async def _rows(connection: asyncpg.Connection, table: str) -> bytes:
    written = bytearray()

    async def take(data: bytes) -> None:
        written.extend(data)

    await connection.copy_from_table(table, output=take, format="binary")
    return bytes(written)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
