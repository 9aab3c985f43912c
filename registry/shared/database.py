"""The database as seen by the code: one declarative base, one way to open a transaction.

Every transaction first says whose rows it may see; row-level security reads it (`Sight`). Without it a
transaction sees no organiser's rows at all.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

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
    " set_config('registry.provider', :provider, true), set_config('registry.client', :client, true)"
)
_SET_SIGHT_AND_PLAN = text(f"{_SET_SIGHT.text}, set_config('plan_cache_mode', 'force_generic_plan', true)")


async def see(session: AsyncSession, sight: Sight, *, plan_once: bool = False) -> None:
    """Change what the running transaction may see, e.g. once a token has told the organiser.

    With `plan_once` its statements are planned once per connection and not again for each value: for the redemption,
    whose statements touch rows by their keys alone and take longer to plan than to run.
    """
    await session.execute(
        _SET_SIGHT_AND_PLAN if plan_once else _SET_SIGHT,
        {
            "organisers": ",".join(str(o) for o in sight.organisers),
            "provider": str(sight.provider or ""),
            "client": str(sight.client or ""),
        },
    )


async def raw(session: AsyncSession) -> Any:
    """The driver's own connection (asyncpg), inside the session's transaction: for the few statements on the way
    of every redemption, where building and caching SQL costs more than running it. The transaction must have begun
    with a statement of the session's own, as `Database.transaction` does."""
    return (await (await session.connection()).get_raw_connection()).driver_connection


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
        self.autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, sight: Sight = NOTHING, *, plan_once: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: commits when the block ends, rolls back when it raises. `plan_once`: see `see`."""
        async with self.sessions.begin() as session:
            await see(session, sight, plan_once=plan_once)
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
