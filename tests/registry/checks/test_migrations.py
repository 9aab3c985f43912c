"""Migrations that change what may be seen, on a database that was there before them, and back."""

import secrets
from typing import Any

from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry.schema import alembic_config, migrate
from registry.shared.protection import OWNER
from tests.databases import administer, with_database

PROTECTION = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.policyname, p.roles::text, p.cmd, p.qual, p.with_check
FROM pg_class c LEFT JOIN pg_policies p ON p.schemaname = 'public' AND p.tablename = c.relname
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""


async def test_a_narrower_sight_can_be_taken_back(owner_server: str) -> None:
    name = f"registry_back_{secrets.token_hex(6)}"
    await administer(owner_server, f"CREATE DATABASE {name}")
    url = with_database(owner_server, name)
    engine = create_async_engine(url)

    async def protection() -> set[tuple[Any, ...]]:
        async with engine.connect() as connection:
            return {tuple(row) for row in await connection.execute(text(PROTECTION))}

    try:
        await migrate(url, "0001")
        before = await protection()
        await migrate(url, "0002")
        narrower = {fact[0] for fact in await protection() - before}
        assert {"audit_event", "budget_line", "case_file", "message", "outbox", "redemption"} <= narrower
        async with engine.begin() as connection:
            await connection.execute(text(f"SET ROLE {OWNER}"))
            await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0001"))
        assert await protection() == before
    finally:
        await engine.dispose()
        await administer(owner_server, f"DROP DATABASE {name} WITH (FORCE)")
