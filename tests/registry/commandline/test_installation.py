"""Opening an installation: what it refuses to run on, its key, and addresses as others write them."""

import stat
import threading
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.installation import (
    Installation,
    InstallationError,
    _require_binding_role,
    asyncpg_url,
    kept_key,
    open_installation,
)
from registry.shared.cluster import DataFolderBroken
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.builders import build_world
from tests.conftest import TEST_KEYS
from tests.registry.checks.breaking import as_owner


def installation(url: str, *, demo: bool = False) -> Installation:
    return Installation(
        settings=Settings(demo=demo),
        keys=TEST_KEYS,
        database_url=url,
        owner_url=None,
    )


async def test_a_migrated_database_will_do(app_url: str) -> None:
    await installation(app_url).prepare()


async def test_a_database_without_tables_is_refused(app_url: str, owner_url: str) -> None:
    await as_owner(owner_url, "DROP TABLE alembic_version")
    with pytest.raises(InstallationError, match="no tables yet: run `registry migrate`"):
        await installation(app_url).check()


async def test_an_older_schema_is_refused_and_a_newer_one_is_not(
    app_url: str, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await as_owner(owner_url, "UPDATE alembic_version SET version_num = 'of the future'")
    await installation(app_url).check()
    monkeypatch.setattr(schema, "is_behind", lambda revision: revision == "of the future")
    with pytest.raises(InstallationError, match="older than this program"):
        await installation(app_url).check()


def test_every_revision_but_the_last_is_behind() -> None:
    scripts = ScriptDirectory.from_config(schema.alembic_config())
    head = scripts.get_current_head()
    for script in scripts.walk_revisions():
        assert schema.is_behind(script.revision) == (script.revision != head)
    assert not schema.is_behind("of the future")


@pytest.mark.parametrize(
    ("role", "why"), [("postgres", "a superuser"), ("registry_owner", "the owner of its tables")]
)
async def test_a_role_that_no_rule_binds_is_refused(owner_url: str, role: str, why: str) -> None:
    engine = create_async_engine(owner_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SET ROLE {role}"))
            with pytest.raises(InstallationError, match=f"role {role} is {why}"):
                await _require_binding_role(connection)
            await connection.execute(text("SET ROLE registry_app"))
            await _require_binding_role(connection)
    finally:
        await engine.dispose()


async def test_the_demonstration_does_not_open_on_real_data(
    database: Database, app_url: str, owner_url: str
) -> None:
    await build_world(database)
    await installation(app_url, demo=True).check()
    await as_owner(owner_url, "UPDATE organiser SET fictional = false")
    with pytest.raises(InstallationError, match=r"holds a real organiser \(oulu\)"):
        await installation(app_url, demo=True).check()
    await installation(app_url).check()


async def test_migrating_needs_a_role_that_may(app_url: str) -> None:
    with pytest.raises(InstallationError, match="DATABASE_OWNER_URL is not set"):
        await installation(app_url).migrate()


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(kept_key(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) >= 32
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


def test_a_database_whose_key_is_gone_is_not_given_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    with pytest.raises(DataFolderBroken, match="its key is missing: restore secret-key"):
        open_installation(Settings(data_folder=tmp_path, secret_key=None))
    assert not (tmp_path / "secret-key").exists()


def test_addresses_as_others_write_them() -> None:
    assert asyncpg_url("X", "postgres://a:b%40c@h:5/d?sslmode=require") == (
        "postgresql+asyncpg://a:b%40c@h:5/d?ssl=require"
    )
    assert asyncpg_url("X", "postgresql+asyncpg://a@/d?host=/run") == "postgresql+asyncpg://a@/d?host=%2Frun"
