"""`registry import providers` as a person at the terminal meets it."""

import asyncio
from pathlib import Path

import pytest
import typer
from sqlalchemy import func, select
from typer.testing import CliRunner

from registry.commandline import running
from registry.commandline.providers import providers
from registry.installation import Installation
from registry.providers.model import Admission
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.builders import build_world
from tests.conftest import TEST_KEYS
from tests.registry.providers import make_dirty_register as dirty

HERE = Path(__file__).parent
OPTIONS = [str(dirty.FILE), "--mapping", str(HERE / "dirty_register.toml"), "--organiser", "oulu"]
SERVICE = ["--service", "nuorten-tyonhakuvalmennus"]


def call(
    app_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    installation = Installation(
        settings=Settings(), keys=TEST_KEYS, database_url=app_url, owner_url=None, server=None
    )
    monkeypatch.setattr(running, "open_installation", lambda: installation)
    monkeypatch.chdir(folder)
    app = typer.Typer()
    app.command()(providers)
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.stdout, done.stderr


async def in_thread(*arguments: object) -> tuple[int, str, str]:
    """The command runs its own event loop, so it gets a thread of its own."""
    return await asyncio.to_thread(call, *arguments)  # type: ignore[arg-type]


async def test_it_loads_tells_and_exits_1_when_rows_were_rejected(
    database: Database, app_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build_world(database, providers=0)
    dry = await in_thread(app_url, tmp_path, monkeypatch, [*OPTIONS, *SERVICE, "--dry-run"])
    assert dry[0] == 1
    assert "16 would be new" in dry[1]
    assert "Dry run: nothing was written to the database." in dry[1]
    first = await in_thread(app_url, tmp_path, monkeypatch, [*OPTIONS, *SERVICE])
    again = await in_thread(app_url, tmp_path, monkeypatch, [*OPTIONS, *SERVICE])
    assert "16 new, 0 changed, 0 unchanged, 18 rejected" in first[1]
    assert "0 new, 0 changed, 16 unchanged, 18 rejected" in again[1]
    assert "rows" in first[2]
    assert (tmp_path / "dirty_register.rejects.csv").read_text().count("\n") > 18
    assert (tmp_path / "dirty_register.warnings.csv").exists()
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Admission)) == 15


async def test_what_is_wrong_is_one_sentence(
    database: Database, app_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build_world(database, providers=0)
    (tmp_path / "bad.toml").write_text("source = 1")
    (tmp_path / "broken.toml").write_text("[")
    cases = [
        ([*OPTIONS], "Say which service"),
        ([*OPTIONS, "--service", "uinti"], "oulu has no service uinti"),
        (["none.csv", *OPTIONS[1:], *SERVICE], "There is no file none.csv."),
        (
            [OPTIONS[0], "--mapping", "kuu", "--organiser", "oulu"],
            "Those that come with the project: new_jersey.",
        ),
        (
            [OPTIONS[0], "--mapping", "bad.toml", "--organiser", "oulu"],
            "The mapping bad.toml is wrong: source:",
        ),
        (
            [OPTIONS[0], "--mapping", "broken.toml", "--organiser", "oulu"],
            "The mapping broken.toml is not TOML",
        ),
    ]
    for arguments, said in cases:
        code, out, err = await in_thread(app_url, tmp_path, monkeypatch, arguments)
        assert (code, out) == (1, ""), arguments
        assert said in err
        assert "Traceback" not in err
