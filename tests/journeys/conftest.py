"""The demonstration, loaded once per run and copied for each test, served to a real browser."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from registry.demo.company_register import serving_register
from registry.demo.loading import load
from registry.people.commands import begin_session
from registry.people.demonstration import DemoPerson, demo_people
from registry.providers.files.store import FileStore
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.browser import serving
from tests.conftest import TEST_KEYS, _shared_folder, as_application
from tests.databases import administer, copied, dropped, with_database
from web.app import create_app
from web.services import Services

DEMO_NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday at noon in Finland."""


@pytest.fixture(scope="session")
def demo_template(owner_server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database with the demonstration in it."""
    folder: Path = _shared_folder(tmp_path_factory)
    marker = folder / "demonstration"
    with FileLock(folder / "demonstration.lock"):
        if not marker.exists():
            name = f"registry_demo_{secrets.token_hex(4)}"
            asyncio.run(_fill(owner_server, template, name, folder / "evidence"))
            marker.write_text(name)
        return marker.read_text()


async def _fill(owner_server: str, template: str, name: str, folder: Path) -> None:
    await administer(owner_server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    database = Database(as_application(with_database(owner_server, name)), pool_size=2)
    try:
        await load(
            database,
            keys=TEST_KEYS,
            base_url="http://127.0.0.1",
            say=lambda _: None,
            now=DEMO_NOW,
            files=FileStore(folder),
        )
    finally:
        await database.close()


@dataclass
class Demo:
    """The demonstration, served."""

    base_url: str
    database: Database
    owner_url: str

    async def people(self, role: Role) -> list[DemoPerson]:
        async with self.database.transaction() as session:
            return [person for person in await demo_people(session) if person.role == role]

    async def cookies(self, person: DemoPerson, language: str = "fi") -> dict[str, str]:
        """What a browser holds that this person has signed in with."""
        async with self.database.transaction() as session:
            token = await begin_session(session, role_grant_id=person.role_grant_id, now=DEMO_NOW, hours=8)
        return {"registry_session": token, "language": language}


@asynccontextmanager
async def _served(server: str, template: str, shared: Path) -> AsyncIterator[Demo]:
    name = await copied(server, template)
    owner_url = with_database(server, name)
    database = Database(as_application(owner_url), pool_size=8)
    with serving_register() as register:
        settings = Settings(demo=True, evidence_folder=shared / "evidence", company_register_url=register)
        held = Services(database=database, keys=TEST_KEYS, settings=settings, now=lambda: DEMO_NOW)
        async with serving(
            create_app(database=database, keys=TEST_KEYS, settings=settings, held=held)
        ) as base_url:
            yield Demo(base_url, database, owner_url)
    await database.close()
    await dropped(server, name)


@pytest.fixture
async def demo(
    owner_server: str, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Demo]:
    """The demonstration, for one test to do with as it likes."""
    async with _served(owner_server, demo_template, _shared_folder(tmp_path_factory)) as demo:
        yield demo


@pytest.fixture(scope="session")
async def demo_to_look_at(
    owner_server: str, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Demo]:
    """The demonstration, for tests that only open its pages: one for each test process."""
    async with _served(owner_server, demo_template, _shared_folder(tmp_path_factory)) as demo:
        yield demo
