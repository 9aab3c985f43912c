"""The embedded server is shared, survives being killed, leaves nothing behind, and says plainly what is wrong."""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from registry.shared import cluster, embedded

HOLDER = """
import sys
from pathlib import Path
from registry.shared import cluster, embedded
server = embedded.start(Path(sys.argv[1]))
print(embedded._postmaster(cluster.home_of(server.data_folder)).pid, flush=True)
sys.stdin.readline()
server.stop()
"""


def _remove(folder: Path) -> None:
    if (process := _postmaster(folder)) is not None:
        process.terminate()
        process.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_folder() -> Iterator[Path]:
    """A place for a data folder that the server's user can reach (pytest's own cannot be, as root)."""
    path = embedded.temporary_folder(f"test-{secrets.token_hex(6)}")
    yield path
    _remove(path)


@pytest.fixture(scope="module")
def server() -> Iterator[embedded.EmbeddedServer]:
    """One server for the tests that only ask it something."""
    running = embedded.start_temporary(f"test-{secrets.token_hex(6)}")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def made_folder() -> Iterator[Path]:
    """A data folder whose cluster is made, for `folder` to copy: making one is the slow part."""
    path = embedded.temporary_folder(f"test-{secrets.token_hex(6)}")
    embedded.start(path).stop()
    yield path
    _remove(path)


@pytest.fixture
def folder(made_folder: Path) -> Iterator[Path]:
    """A data folder of its own with a stopped cluster, for the tests that stop, kill or damage it."""
    path = embedded.temporary_folder(f"test-{secrets.token_hex(6)}")
    subprocess.run(["cp", "-a", made_folder, path], check=True)
    yield path
    _remove(path)


def _postmaster(folder: Path) -> psutil.Process | None:
    return embedded._postmaster(cluster.home_of(folder))


def _holder(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Another process that has started or joined the server, and the server's pid."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def _answer(url: str, query: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(query))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


async def test_serves_its_owner_and_the_application(server: embedded.EmbeddedServer) -> None:
    server.ensure_database("demo")
    server.ensure_database("demo")
    await _answer(server.owner_url("demo"), f"CREATE ROLE {embedded.APPLICATION_ROLE} LOGIN")
    assert await _answer(server.owner_url("demo"), "SELECT current_user") == "postgres"
    assert await _answer(server.app_url("demo"), "SELECT current_user") == "registry_app"
    with pytest.raises(ProgrammingError, match="permission denied"):
        await _answer(server.app_url("demo"), "CREATE ROLE intruder SUPERUSER")


async def test_durability_is_the_default_and_text_is_finnish(server: embedded.EmbeddedServer) -> None:
    query = (
        "SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), "
        "current_setting('full_page_writes'), current_setting('TimeZone'), upper('åäö'))"
    )
    assert await _answer(server.owner_url("postgres"), query) == "on on on UTC ÅÄÖ"


def test_only_a_private_socket_leads_in(server: embedded.EmbeddedServer) -> None:
    process = _postmaster(server.data_folder)
    assert process is not None
    listening = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening == []
    assert server.socket_folder.stat().st_mode & 0o077 == 0
    assert (cluster.home_of(server.data_folder) / "cluster").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_cannot_connect(server: embedded.EmbeddedServer) -> None:
    command: list[str | Path] = [
        server.pg_bin / "psql",
        "-h",
        server.socket_folder,
        "-U",
        "postgres",
        "-c",
        "SELECT 1",
    ]
    assert subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0
    refused = subprocess.run(
        command, capture_output=True, text=True, cwd="/", check=False, user="nobody", extra_groups=[]
    )
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr


def test_processes_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    server = embedded.start(folder)
    other, pid = _holder(folder)
    process = _postmaster(folder)
    assert process is not None
    assert process.pid == pid
    server.stop()
    server.stop()
    assert _postmaster(folder) == process
    other.communicate("leave\n", timeout=30)
    assert other.returncode == 0
    assert _postmaster(folder) is None


def test_many_starting_at_once_get_one_server(empty_folder: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(empty_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(4)
    ]
    pids = set()
    for holder in holders:
        assert holder.stdout is not None
        pids.add(holder.stdout.readline())
    assert len(pids) == 1
    for holder in holders:
        holder.communicate("leave\n", timeout=30)
    assert _postmaster(empty_folder) is None


def test_a_killed_process_does_not_keep_the_server_up(folder: Path) -> None:
    other, _ = _holder(folder)
    other.kill()
    other.communicate()
    assert _postmaster(folder) is not None
    embedded.start(folder).stop()
    assert _postmaster(folder) is None


async def test_data_survives_a_killed_server(folder: Path) -> None:
    server = embedded.start(folder)
    await _answer(server.owner_url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    process = _postmaster(folder)
    assert process is not None
    process.kill()
    process.wait(10)
    with embedded.start(folder, settings={"work_mem": "9MB"}) as again:
        assert await _answer(again.owner_url("postgres"), "SHOW work_mem") == "9MB"
        assert await _answer(again.owner_url("postgres"), "SELECT answer FROM kept") == 42
    server.stop()
    assert _postmaster(folder) is None


def test_a_left_over_pid_that_another_process_took_is_no_server(folder: Path) -> None:
    with embedded.start(folder):
        pidfile = cluster.home_of(folder) / "cluster" / "postmaster.pid"
        lines = pidfile.read_text().splitlines()
    pidfile.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    with embedded.start(folder):
        assert _postmaster(folder) is not None


async def test_a_long_path_gets_a_short_socket(empty_folder: Path) -> None:
    deep = empty_folder / ("long-" * 20) / ("path-" * 10)
    with embedded.start(deep) as server:
        assert len(os.fsencode(server.socket_folder)) < 100
        assert await _answer(server.owner_url("postgres"), "SELECT 1") == 1
        assert server.socket_folder.stat().st_mode & 0o077 == 0
    assert not server.socket_folder.exists()


async def test_a_path_with_odd_letters_works(empty_folder: Path) -> None:
    with embedded.start(empty_folder / "Mä's data, 100 %") as server:
        assert await _answer(server.owner_url("postgres"), "SELECT 1") == 1


def test_a_path_that_a_shell_would_read_is_refused(empty_folder: Path) -> None:
    with pytest.raises(embedded.DataFolderBroken) as caught:
        embedded.start(empty_folder / "$(id)")
    assert "rename it" in _one_sentence(caught.value)
    assert not empty_folder.exists()


def test_a_temporary_server_leaves_nothing() -> None:
    name = f"test-{secrets.token_hex(6)}"
    first, second = embedded.start_temporary(name), embedded.start_temporary(name)
    second.stop()
    assert embedded.temporary_folder(name).exists()
    first.stop()
    assert not embedded.temporary_folder(name).exists()


async def test_a_database_can_be_copied_and_dropped(server: embedded.EmbeddedServer) -> None:
    server.ensure_database("pattern")
    await _answer(server.owner_url("pattern"), "CREATE TABLE kept AS SELECT 1 AS one")
    server.ensure_database("copy", template="pattern")
    assert await _answer(server.owner_url("copy"), "SELECT one FROM kept") == 1
    server.drop_database("copy")
    server.drop_database("copy")
    with pytest.raises(DBAPIError, match="does not exist"):
        await _answer(server.owner_url("copy"), "SELECT 1")


@pytest.mark.parametrize("name", ["", "Demo", "a b", 'x"; DROP DATABASE postgres', "--help", "a" * 64])
def test_a_database_has_a_plain_name(server: embedded.EmbeddedServer, name: str) -> None:
    with pytest.raises(ValueError, match="not a plain database name"):
        server.ensure_database(name)


def _one_sentence(error: embedded.EmbeddedServerError) -> str:
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_a_damaged_folder_is_said_in_one_sentence(folder: Path) -> None:
    (cluster.home_of(folder) / "cluster" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    with pytest.raises(embedded.DataFolderBroken) as caught:
        embedded.start(folder)
    assert "does not start" in _one_sentence(caught.value)
    assert str(folder) in str(caught.value)


def test_a_folder_without_its_version_is_damaged(folder: Path) -> None:
    (cluster.home_of(folder) / "cluster" / "PG_VERSION").unlink()
    with pytest.raises(embedded.DataFolderBroken) as caught:
        embedded.start(folder)
    assert "damaged" in _one_sentence(caught.value)


def test_a_folder_of_another_version_is_left_alone(folder: Path) -> None:
    version = cluster.home_of(folder) / "cluster" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(embedded.DataFolderVersion) as caught:
        embedded.start(folder)
    assert "made by PostgreSQL 16 and this is 18" in _one_sentence(caught.value)
    assert version.read_text() == "16\n"


def test_a_start_that_was_cut_off_is_begun_again(folder: Path) -> None:
    home = cluster.home_of(folder)
    (home / "cluster").rename(home / "cluster.new")
    (home / "cluster.new" / "PG_VERSION").unlink()
    embedded.start(folder).stop()
    assert (home / "cluster" / "PG_VERSION").exists()
    assert not (home / "cluster.new").exists()


def test_a_file_in_the_place_of_the_folder(empty_folder: Path) -> None:
    empty_folder.write_text("not a folder")
    try:
        with pytest.raises(embedded.DataFolderBroken) as caught:
            embedded.start(empty_folder)
        assert "cannot be used" in _one_sentence(caught.value)
    finally:
        empty_folder.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the server as itself")
def test_as_root_a_closed_folder_is_refused_and_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    with pytest.raises(embedded.DataFolderBroken) as caught:
        embedded.start(closed / "data")
    assert "cannot enter" in _one_sentence(caught.value)
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the server as itself")
def test_as_root_programs_in_a_closed_folder_are_copied(
    empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = cluster.installed_programs().parent
    empty_folder.mkdir(mode=0o755)
    monkeypatch.setattr(cluster, "COPIES", empty_folder / "copies")
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(package / "pginstall18", hidden / package.name / "pginstall18")
    monkeypatch.setattr(cluster, "installed_programs", lambda: hidden / package.name / "pginstall18")
    account = cluster.server_account()
    assert account is not None
    copied = cluster.reachable_binaries(account)
    assert copied.is_relative_to(empty_folder / "copies")
    assert cluster.reachable_binaries(account) == copied
    asked = subprocess.run(
        [copied / "postgres", "--version"], capture_output=True, cwd="/", check=False, user=account.pw_uid
    )
    assert asked.returncode == 0


def test_the_default_folder_is_not_shared_between_checkouts() -> None:
    default = embedded.default_data_folder()
    checkout = Path(embedded.__file__).resolve().parents[2]
    assert default == checkout / "var" if os.geteuid() else default.parts[:3] == ("/", "var", "lib")


def test_a_server_whose_socket_is_gone_is_said_in_one_sentence(folder: Path) -> None:
    server = embedded.start(folder)
    socket_file = server.socket_folder / ".s.PGSQL.5432"
    assert socket_file.is_socket()
    socket_file.unlink()
    with pytest.raises(embedded.EmbeddedServerError) as caught:
        embedded.start(folder)
    assert "does not answer" in _one_sentence(caught.value)
    server.stop()
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(FileNotFoundError):
        client.connect(str(socket_file))


def test_no_event_loop_is_needed_or_disturbed(folder: Path) -> None:
    async def inside() -> bool:
        with embedded.start(folder) as server:
            return await _answer(server.owner_url("postgres"), "SELECT true") is True

    assert asyncio.run(inside())
