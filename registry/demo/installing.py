"""Putting the demonstration into the embedded server: loaded aside and renamed, so that a start that is cut off
leaves nothing half told."""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry.demo.loading import load
from registry.installation import DEMONSTRATION, Installation
from registry.providers.files.store import open_store
from registry.shared.embedded import EmbeddedServer

UNFINISHED: Final = f"{DEMONSTRATION}_new"


def ensure_loaded(installation: Installation, *, fresh: bool, say: Callable[[str], object]) -> None:
    """Load the demonstration unless it is there; `fresh` throws the old one away. Either way the schema is brought up
    to date."""
    server = installation.server
    if server is None:
        raise ValueError("the demonstration lives in the embedded server")
    with _alone(server.data_folder, say):
        if fresh or not asyncio.run(_has_organisers(server.owner_url(DEMONSTRATION))):
            say("Loading the demonstration's data, which takes about half a minute:")
            began = time.monotonic()
            _load(installation, server, say)
            say(f"  done in {time.monotonic() - began:.0f} seconds")
    asyncio.run(installation.prepare())


@contextmanager
def _alone(folder: Path, say: Callable[[str], object]) -> Iterator[None]:
    """One process at a time loads; another one waits for it."""
    handle = os.open(folder / "demonstration.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is loading the data; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


async def _has_organisers(owner_url: str) -> bool:
    """Asked as the owner: before the first load the application's role is not there."""
    engine = create_async_engine(owner_url)
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('public.organiser') IS NULL")):
                return False
            return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM organiser)")))
    finally:
        await engine.dispose()


def _load(installation: Installation, server: EmbeddedServer, say: Callable[[str], object]) -> None:
    server.drop_database(UNFINISHED)
    server.ensure_database(UNFINISHED)
    aside = replace(
        installation,
        database_url=server.app_url(UNFINISHED),
        owner_url=server.owner_url(UNFINISHED),
    )
    # nothing is lost when this is cut off, so no commit has to wait for the disk
    _administer(server, f"ALTER DATABASE {UNFINISHED} SET synchronous_commit = off")
    try:
        asyncio.run(_filled(aside, say))
    except BaseException:
        server.drop_database(UNFINISHED)
        raise
    _administer(server, f"ALTER DATABASE {UNFINISHED} RESET synchronous_commit")
    server.drop_database(DEMONSTRATION)
    _administer(server, f"ALTER DATABASE {UNFINISHED} RENAME TO {DEMONSTRATION}")


async def _filled(installation: Installation, say: Callable[[str], object]) -> None:
    await installation.migrate()
    database = installation.database(pool_size=2)
    try:
        await load(
            database,
            keys=installation.keys,
            base_url=installation.settings.base_url,
            say=say,
            files=open_store(installation.settings),
        )
    finally:
        await database.close()


def _administer(server: EmbeddedServer, statement: str) -> None:
    async def run() -> None:
        engine = create_async_engine(server.owner_url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()

    asyncio.run(run())
