"""`registry audit`, `check` and `worker` as a person at a terminal runs them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner, Result

from registry.commandline.audit import audit
from registry.commandline.check import check
from registry.commandline.worker import worker
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.outbox import enqueue
from registry.shared.settings import get_settings
from tests.builders import NOW, World, build_world
from tests.conftest import TEST_KEYS
from tests.registry.checks.breaking import as_owner
from tests.registry.checks.full import full_world


def make_app() -> typer.Typer:
    app = typer.Typer()
    app.add_typer(audit, name="audit")
    app.command()(check)
    app.command()(worker)
    return app


@dataclass
class Terminal:
    """A terminal whose environment names the test's database."""

    url: str
    environment: dict[str, str]

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(make_app(), list(arguments))

    def on_database(self, act: Callable[[Database], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            database = Database(self.url, pool_size=4)
            try:
                return await act(database)
            finally:
                await database.close()

        return asyncio.run(run())


@pytest.fixture
def terminal(app_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    environment = {
        "DATABASE_URL": app_url,
        "REGISTRY_SECRET_KEY": "a key for tests only, of 32 bytes or more",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("REGISTRY_DEMO", "REGISTRY_SMTP_HOST", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    yield Terminal(app_url, environment)
    get_settings.cache_clear()


def test_every_verb_says_what_it_does() -> None:
    for arguments in (["--help"], ["audit", "--help"], ["audit", "export", "--help"], ["check", "--help"]):
        answer = CliRunner().invoke(make_app(), arguments)
        assert answer.exit_code == 0
        assert len(answer.output) > 200


def test_an_export_is_verified_and_a_changed_one_is_not(terminal: Terminal, tmp_path: Path) -> None:
    terminal.on_database(lambda database: full_world(database, TEST_KEYS))
    file = tmp_path / "oulu.jsonl"
    written = terminal("audit", "export", str(file), "--organiser", "oulu")
    assert written.exit_code == 0, written.output
    verified = terminal("audit", "verify", str(file))
    assert verified.exit_code == 0
    assert verified.output == written.output + "every event fits its hash\n"
    file.write_bytes(file.read_bytes().replace(b'"reason":"moved_away"', b'"reason":"other"'))
    changed = terminal("audit", "verify", str(file))
    assert changed.exit_code == 1
    assert "has an event that does not fit its hash" in changed.output
    assert "1 lines are not" in changed.output


def test_the_last_day_is_part_of_the_export(terminal: Terminal, tmp_path: Path) -> None:
    terminal.on_database(lambda database: full_world(database, TEST_KEYS))

    def exported(*period: str) -> int:
        answer = terminal("audit", "export", str(tmp_path / "f"), "--organiser", "oulu", *period)
        assert answer.exit_code == 0, answer.output
        return int(answer.output.split()[0])

    everything = exported()
    assert 0 < exported("--to", "2026-11-22") < everything
    assert exported("--from", "2026-11-23") + exported("--to", "2026-11-22") == everything


def test_what_cannot_be_exported_is_said_in_a_sentence(terminal: Terminal, tmp_path: Path) -> None:
    terminal.on_database(lambda database: build_world(database))
    unknown = terminal("audit", "export", str(tmp_path / "f"), "--organiser", "helsinki")
    assert (unknown.exit_code, unknown.output) == (1, "There is no organiser helsinki. Known: oulu.\n")
    nowhere = terminal("audit", "export", "/nowhere/f", "--organiser", "oulu")
    assert (nowhere.exit_code, nowhere.output) == (1, "There is no folder /nowhere to write to.\n")
    assert terminal("audit", "verify", str(tmp_path / "none")).output.endswith("No such file or directory.\n")
    assert list(tmp_path.iterdir()) == []


def test_check_prints_a_line_each_and_exits_by_what_it_found(terminal: Terminal, owner_url: str) -> None:
    terminal.on_database(lambda database: full_world(database, TEST_KEYS))
    well = terminal("check")
    assert well.exit_code == 0, well.output
    lines = well.output.splitlines()
    assert lines[-1] == f"all {len(lines) - 1} checks hold"
    assert all(line.startswith("ok    ") for line in lines[:-1])
    asyncio.run(
        as_owner(
            owner_url,
            "UPDATE admission SET taken = taken + 1",
            "ALTER TABLE client NO FORCE ROW LEVEL SECURITY",
        )
    )
    ill = terminal("check")
    assert ill.exit_code == 1
    assert [line[:18] for line in ill.output.splitlines() if line.startswith("FAIL")] == [
        "FAIL  picks: a pro",
        "FAIL  database: ro",
    ]


def test_a_database_that_is_away_is_said_in_a_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://registry_app@127.0.0.1:1/registry")
    get_settings.cache_clear()
    away = terminal("check")
    assert away.exit_code == 1
    assert away.output.startswith("The database registry at 127.0.0.1:1 cannot be used")
    assert len(away.output.splitlines()) == 1


async def _leave_message(database: Database) -> World:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        enqueue(
            session, now=NOW, account_id=world[Role.AUDITOR].id, organiser_id=world.organiser_id, template="x"
        )
        await session.execute(text("UPDATE outbox SET due_at = '2020-01-01'"))
        # the worker goes by the real clock: whenever this runs, nobody has to be reminded of stale places
        await session.execute(text("UPDATE admission SET capacity_confirmed_at = now()"))
    return world


def test_worker_once_does_what_is_due_and_says_so(terminal: Terminal) -> None:
    terminal.on_database(_leave_message)
    first = terminal("worker", "--once")
    # the three providers of this world are new in the feed of the register
    said = "commit_periods: 1\ndeliver_messages: 1\npublish_changes: 3\n"
    assert (first.exit_code, first.output) == (0, said)
    assert terminal("worker", "--once").output == ""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_stops_when_it_is_told_to(terminal: Terminal, how: signal.Signals) -> None:
    terminal.on_database(_leave_message)
    program = "import typer; from registry.commandline.worker import worker; typer.run(worker)"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "--wait", "60"],
        env={**os.environ, **terminal.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert '"deliver_messages": 1' in process.stderr.readline()  # it has done its first turn and waits
        process.send_signal(how)
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()
