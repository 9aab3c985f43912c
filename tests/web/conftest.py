"""Fixtures of the tests that go through HTTP."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from registry.shared.database import APP_ROLE, Database
from registry.shared.settings import Keys, Settings
from tests.builders import NOW
from tests.conftest import TEST_KEYS
from web.app import create_app
from web.services import Services


class Clock:
    """The time that the application sees; a test may move it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Files of a test stay in its own folder, and no register is asked unless the test says which."""
    return Settings(
        demo=True, database_url=None, evidence_folder=tmp_path / "evidence", company_register_url=""
    )


@pytest.fixture(scope="session")
def built() -> Litestar:
    """The application, built once: it holds nothing of a test but its services, which each test replaces."""
    nowhere = Database(f"postgresql+asyncpg://{APP_ROLE}@127.0.0.1/nowhere")
    return create_app(database=nowhere, keys=TEST_KEYS, settings=Settings(demo=True))


@pytest.fixture
def application(
    built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Callable[[], datetime]
) -> Litestar:
    built.state.services = Services(database=database, keys=keys, settings=settings, now=clock)
    return built


@pytest.fixture
async def site(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser or machine without cookies yet."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
        yield client
