"""The database as seen by the code: one declarative base, one way to open a transaction.

Every transaction first says whose rows it may see; row-level security reads it (`Sight`). Without it a
transaction sees no organiser's rows at all.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, DateTime, MetaData, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from registry.shared.actor import NOTHING, Sight

APP_ROLE: Final = "registry_app"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """Every table's base. A table's `info` states how it is protected: see registry/shared/protection.py."""

    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: DateTime(timezone=True),
        str: Text(),
        int: BigInteger(),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
    }


def one_of(column: str, values: Any) -> str:
    """The CHECK of an enumeration kept as text: `status in ('a', 'b')`."""
    return f"{column} IN ({', '.join(repr(str(v)) for v in values)})"


_SET_SIGHT = text(
    "SELECT set_config('registry.organisers', :organisers, true),"
    " set_config('registry.provider', :provider, true), set_config('registry.client', :client, true),"
    " set_config('registry.account', :account, true)"
)


def _settings(sight: Sight) -> dict[str, str]:
    return {
        "organisers": ",".join(str(o) for o in sight.organisers),
        "provider": str(sight.provider or ""),
        "client": str(sight.client or ""),
        "account": str(sight.account or ""),
    }


async def see(session: AsyncSession, sight: Sight) -> None:
    """Change what the running transaction may see, e.g. once a token has told the organiser."""
    await session.execute(_SET_SIGHT, _settings(sight))


@asynccontextmanager
async def as_organiser(session: AsyncSession, sight: Sight) -> AsyncIterator[None]:
    """Lift the narrowing to one provider or client while the block touches rows of the organiser's own, which an act
    of theirs changes but they never see: its cases, its budget, its log of reads. What the block changed is written
    before the `sight` of the transaction is put back, for afterwards it would be out of reach."""
    if sight.provider is None and sight.client is None:
        yield
        return
    await see(session, replace(sight, provider=None, client=None))
    yield
    await session.flush()
    await see(session, sight)


def _begin(sight: Sight) -> str:
    """BEGIN and the sight in one round trip. Written out, for a statement with parameters stands alone; nothing but
    ids goes in. Plans are made once per connection and not for each value anew: these transactions touch rows by
    their keys alone, and their statements take longer to plan than to run. And so that a plan that was made while a
    table was empty still goes by the key when it holds millions of rows, it may not be to read the table whole."""
    for each in (*sight.organisers, sight.provider, sight.client, sight.account):
        if each is not None and not isinstance(each, UUID):
            raise TypeError("a sight is made of ids")
    parts = [f"set_config('registry.{name}', '{value}', true)" for name, value in _settings(sight).items()]
    return f"BEGIN; SELECT {', '.join(parts)}, {_BY_KEY}"


_BY_KEY: Final = ", ".join(
    f"set_config('{name}', '{value}', true)"
    for name, value in (
        ("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
    )
)  # fmt: skip


class Direct(Protocol):
    """The driver's own connection (asyncpg), in a transaction: for the few statements on the way of every redemption,
    where building and caching SQL costs more than running it."""

    async def fetch(self, query: str, *values: Any) -> list[Any]: ...
    async def fetchrow(self, query: str, *values: Any) -> Any: ...
    async def fetchval(self, query: str, *values: Any) -> Any: ...
    async def execute(self, query: str, *values: Any) -> str: ...


async def direct_of(transaction: AsyncSession | Direct) -> Direct:
    """The driver's connection of a transaction, whichever way it was opened. A session's must have begun with a
    statement of its own, as `Database.transaction` does."""
    if not isinstance(transaction, AsyncSession):
        return transaction
    connection = (await (await transaction.connection()).get_raw_connection()).driver_connection
    return cast(Direct, connection)


def application_engine(url: str, *, pool_size: int = 16) -> AsyncEngine:
    """An engine that acts as `registry_app`, whoever it signs in as: neither owner nor superuser, so that
    row-level security and the append-only privileges bind it."""
    server_settings = {"application_name": "registry", "timezone": "UTC", "jit": "off"}
    if urlsplit(url).username != APP_ROLE:
        server_settings["role"] = APP_ROLE
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=20,
        connect_args={"server_settings": server_settings},
    )


class Database:
    """The application's door to PostgreSQL."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.engine = application_engine(url, pool_size=pool_size)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, sight: Sight = NOTHING) -> AsyncIterator[AsyncSession]:
        """One transaction: commits when the block ends, rolls back when it raises."""
        async with self.sessions.begin() as session:
            await see(session, sight)
            yield session

    @asynccontextmanager
    async def direct(self, sight: Sight) -> AsyncIterator[Direct]:
        """One transaction without the ORM, on a connection of the same pool."""
        held = await self.engine.raw_connection()
        connection = cast(Direct, held.driver_connection)
        try:
            await connection.execute(_begin(sight))
            yield connection
            await connection.execute("COMMIT")
        except BaseException:
            try:
                await connection.execute("ROLLBACK")
            except Exception:
                held.invalidate()  # a connection that cannot even roll back is of no use to the next one
            raise
        finally:
            held.close()

    async def one(self, query: str, *values: Any) -> Any:
        """One row of one statement, or None, in one round trip and outside any transaction."""
        rows = await self.all(query, *values)
        return rows[0] if rows else None

    async def all(self, query: str, *values: Any) -> list[Any]:
        """The rows of one statement, in one round trip and outside any transaction."""
        held = await self.engine.raw_connection()
        try:
            return await cast(Direct, held.driver_connection).fetch(query, *values)
        except (OSError, asyncpg.InterfaceError):
            held.invalidate()
            raise
        finally:
            held.close()

    async def close(self) -> None:
        await self.engine.dispose()
