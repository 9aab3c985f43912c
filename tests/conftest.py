"""What every test may use: a real PostgreSQL, and a fresh migrated database for each test that touches data.

The server is the embedded one (or TEST_DATABASE_OWNER_URL, a role that may create databases and roles). One
template is migrated per run; a test's database is a copy of it, so tests commit for real and share nothing.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from filelock import FileLock

from registry import schema
from registry.shared import embedded
from registry.shared.database import APP_ROLE, Database
from registry.shared.settings import Keys
from tests.databases import Handed, administer, copied, dropped, with_database

pytest_plugins = ["tests.browser", "tests.shared_data"]

TEST_KEYS = Keys(b"a key for tests only, of 32 bytes or more")


def as_application(owner_url: str) -> str:
    """The same database, signed in as the application's role."""
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APP_ROLE}@{host}"))


@pytest.fixture(scope="session")
def owner_server() -> Iterator[str]:
    """URL of the test server's `postgres` database, as a role that may create databases."""
    given = os.environ.get("TEST_DATABASE_OWNER_URL")
    if given:
        yield given
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(8)
    with embedded.start_temporary(f"tests-{run}") as server:
        # A test's database lives for a second: nothing of it need survive a power cut, and a copy of the template is
        # made ten times faster. What durability does is measured and tested on servers that have it.
        asyncio.run(
            administer(
                server.owner_url("postgres"),
                "ALTER SYSTEM SET fsync = off",
                "ALTER SYSTEM SET full_page_writes = off",
                "SELECT pg_reload_conf()",
            )
        )
        yield server.owner_url("postgres")


def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of a run, and for a run without workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def template(owner_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of the migrated database that tests copy; made once per run, whichever worker comes first."""
    folder = _shared_folder(tmp_path_factory)
    marker = folder / "template"
    with FileLock(folder / "template.lock"):
        if not marker.exists():
            name = f"registry_template_{secrets.token_hex(4)}"
            asyncio.run(administer(owner_server, f"CREATE DATABASE {name}"))
            asyncio.run(schema.migrate(with_database(owner_server, name)))
            marker.write_text(name)
        return marker.read_text()


@pytest.fixture(scope="session")
async def handed(owner_server: str, template: str) -> AsyncIterator[Handed]:
    """What this process's tests hand on."""
    held = Handed(owner_server, template)
    yield held
    await held.gone()


@pytest.fixture
async def test_url(
    owner_server: str, template: str, handed: Handed, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """A migrated database without rows, as its owner. A test that asks for the owner's door may break more than rows, and
    gets one that nobody uses after it."""
    if "owner_url" in request.fixturenames:
        name = await copied(owner_server, template)
        yield with_database(owner_server, name)
        await dropped(owner_server, name)
    else:
        yield with_database(owner_server, await handed.taken())
        await handed.given_back()


@pytest.fixture
def owner_url(test_url: str) -> str:
    """The test's database as its owner: for what only an owner may do, such as breaking it."""
    return test_url


@pytest.fixture
def app_url(test_url: str) -> str:
    """The same database as the application's role, which row-level security and privileges bind."""
    return as_application(test_url)


@pytest.fixture
async def database(app_url: str) -> AsyncIterator[Database]:
    """A fresh database through the application's own door."""
    opened = Database(app_url, pool_size=20)
    yield opened
    await opened.close()


@pytest.fixture
def keys() -> Keys:
    return TEST_KEYS
