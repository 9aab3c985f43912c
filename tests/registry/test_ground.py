"""The ground that everything stands on: a fresh database, the application's role, row-level security."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from registry.people.model import Client
from registry.shared.actor import Sight
from registry.shared.database import Database
from tests.builders import build_world


async def test_the_application_is_neither_owner_nor_superuser(database: Database) -> None:
    async with database.transaction() as session:
        row = (
            await session.execute(
                text("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )
        ).one()
    assert tuple(row) == ("registry_app", False, False)


async def test_a_query_that_forgot_its_filter_leaks_nothing(database: Database) -> None:
    mine = await build_world(database, code="oulu")
    theirs = await build_world(database, code="turku")
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Client)) == 0
    async with database.transaction(mine.sight) as session:
        assert (await session.scalars(select(Client.id))).all() == [mine.client_id]
    async with database.transaction(Sight(organisers=(mine.organiser_id, theirs.organiser_id))) as session:
        assert await session.scalar(select(func.count()).select_from(Client)) == 2


async def test_audit_and_ledger_take_no_update_and_no_delete(database: Database, owner_url: str) -> None:
    for table in ("audit_event", "transfer", "read_log", "reversal"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with database.transaction() as session:
                    await session.execute(text(statement))
