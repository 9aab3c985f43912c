"""Serve a small world by hand: `python -m tests.web.serve [PORT]`, with TEST_DATABASE_OWNER_URL set."""

import asyncio
import os
import secrets
import sys

import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.builders import build_world
from tests.conftest import TEST_KEYS, as_application
from tests.databases import with_database
from web.app import create_app


async def main(port: int) -> None:
    server = os.environ["TEST_DATABASE_OWNER_URL"]
    name = f"registry_serve_{secrets.token_hex(4)}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    url = with_database(server, name)
    await schema.migrate(url)
    database = Database(as_application(url))
    await build_world(database)
    app = create_app(database=database, keys=TEST_KEYS, settings=Settings(demo=True))
    try:
        await uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning")).serve()
    finally:
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8800))
