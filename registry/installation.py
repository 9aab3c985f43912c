"""Opening an installation: settings → database → keys. The command line, the worker and the web application all
come through here, so that none of them can run on a database that another would refuse.

Without DATABASE_URL the embedded server serves and the secret key is made once beside it; with it, both the key and
the schema are the operator's to provide, and nothing is changed that nobody asked for.
"""

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from registry import schema
from registry.shared import embedded
from registry.shared.cluster import DataFolderBroken, default_data_folder, home_of
from registry.shared.database import APP_ROLE, Database
from registry.shared.settings import Keys, Settings, get_settings

DATABASE: Final = "registry"
DEMONSTRATION: Final = "registry_demo"
"""The demonstration has a database of its own: its door, where anyone is anyone, never opens on real data."""

KEY_FILE: Final = "secret-key"
OLDEST_SERVER: Final = 16


class InstallationError(Exception):
    """The installation cannot be opened; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What every process of one installation shares. `close()` gives the embedded server back."""

    settings: Settings
    keys: Keys
    database_url: str
    """As the application's role."""
    owner_url: str | None
    """As a role that may change the schema; None where nobody has named one."""
    server: embedded.EmbeddedServer | None = None

    def database(self, *, pool_size: int | None = None) -> Database:
        return Database(self.database_url, pool_size=pool_size or self.settings.pool_size)

    async def migrate(self) -> None:
        """Bring the schema up to date. Raises InstallationError without a role that may."""
        if self.owner_url is None:
            raise InstallationError(
                "DATABASE_OWNER_URL is not set: migrating takes a role that may create roles and tables."
            )
        try:
            await schema.migrate(self.owner_url)
        except (OSError, DBAPIError) as error:
            raise InstallationError(unreachable(self.owner_url, error)) from error

    async def prepare(self) -> None:
        """Make it ready to run on: the embedded database is migrated, another one is only looked at."""
        if self.server is not None:
            await self.migrate()
        await self.check()

    async def check(self) -> None:
        """Refuse to run on a server that is too old, as a role that the database does not bind, on a schema that is
        behind this program, or with the demonstration's door open on real data. Raises InstallationError."""
        database = self.database(pool_size=1)
        try:
            async with database.engine.connect() as connection:
                await _require_binding_role(connection)
                await _require_schema(connection)
                if self.settings.demo:
                    await _require_fiction(connection)
        except (OSError, DBAPIError) as error:
            raise InstallationError(unreachable(self.database_url, error)) from error
        finally:
            await database.close()

    def close(self) -> None:
        if self.server is not None:
            self.server.stop()


def open_installation(settings: Settings | None = None) -> Installation:
    """The installation that the settings describe. Starts or joins the embedded server where no DATABASE_URL is set.

    Raises InstallationError, or EmbeddedServerError of the embedded server; both say in one sentence what is wrong.
    """
    settings = settings or get_settings()
    if settings.database_url is not None:
        return _outside(settings, settings.database_url.get_secret_value())
    folder = (settings.data_folder or default_data_folder()).expanduser().absolute()
    if settings.secret_key is None and home_of(folder).joinpath("cluster").exists():
        _require_key_file(folder)
    server = embedded.start(folder)
    try:
        name = DEMONSTRATION if settings.demo else DATABASE
        server.ensure_database(name)
        return Installation(
            settings=settings,
            keys=_keys(_given_key(settings) or kept_key(folder)),
            database_url=server.app_url(name),
            owner_url=server.owner_url(name),
            server=server,
        )
    except BaseException:
        server.stop()
        raise


def _outside(settings: Settings, url: str) -> Installation:
    key = _given_key(settings)
    if key is None:
        raise InstallationError(
            "REGISTRY_SECRET_KEY is not set: with DATABASE_URL it has to be given, the same for every process "
            "(make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))', keep it like a password)."
        )
    owner = settings.database_owner_url
    return Installation(
        settings=settings,
        keys=_keys(key),
        database_url=asyncpg_url("DATABASE_URL", url),
        owner_url=asyncpg_url("DATABASE_OWNER_URL", owner.get_secret_value()) if owner else None,
    )


# --- the secret key -----------------------------------------------------------------------------------------------


def _given_key(settings: Settings) -> str | None:
    return settings.secret_key.get_secret_value() if settings.secret_key is not None else None


def _keys(secret: str) -> Keys:
    try:
        return Keys(secret.encode())
    except ValueError as error:
        raise InstallationError(f"REGISTRY_SECRET_KEY is too short: {error}.") from error


def _require_key_file(folder: Path) -> None:
    """A database whose key is gone cannot be read any more: a new key would hide that and lose the old data."""
    try:
        if (folder / KEY_FILE).stat().st_size:
            return
    except OSError:
        pass
    raise DataFolderBroken(
        f"The data folder {folder} holds a database but its key is missing: restore {KEY_FILE}, "
        "or move the folder away to start anew."
    )


def kept_key(folder: Path) -> str:
    """The key of this data folder, readable by its owner alone; made once, also when two processes start at once."""
    file = folder / KEY_FILE
    try:
        if not file.exists():
            handle, unfinished = tempfile.mkstemp(prefix=".secret-key-", dir=folder)  # mode 0600
            try:
                with os.fdopen(handle, "w") as out:
                    out.write(secrets.token_urlsafe(48) + "\n")
                os.link(unfinished, file)  # fails where another process was first: then its key counts
            except FileExistsError:
                pass
            finally:
                os.unlink(unfinished)
        return file.read_text().strip()
    except OSError as error:
        raise DataFolderBroken(f"The key {file} cannot be read: {error.strerror}.") from error


# --- a database of the operator's ---------------------------------------------------------------------------------


def asyncpg_url(name: str, given: str) -> str:
    """A PostgreSQL address as others write it (`postgres://…?sslmode=require`), for our driver."""
    try:
        url: URL = make_url(given)
    except ArgumentError as error:
        raise InstallationError(
            f"{name} is not the address of a database: postgresql://user:password@host/database is one."
        ) from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise InstallationError(
            f"{name} names a {url.get_backend_name()} database, and only PostgreSQL serves here."
        )
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return url.set(drivername="postgresql+asyncpg", query=query).render_as_string(hide_password=False)


def unreachable(url: str, error: Exception) -> str:
    """Why a database could not be used, without its password."""
    parts = make_url(url)
    where = f"{parts.host or parts.query.get('host', 'localhost')}{f':{parts.port}' if parts.port else ''}"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        said = os.strerror(cause.errno).lower()
    else:
        said = (str(getattr(cause, "strerror", None) or cause).strip() or type(cause).__name__).splitlines()[
            0
        ]
        said = said.removeprefix(f"{type(cause.__cause__ or cause)}: ").rstrip(".")
    return f"The database {parts.database} at {where} cannot be used: {said}."


_ROLE: Final = text(
    """
    SELECT current_user::text AS name, r.rolsuper OR r.rolbypassrls AS unbound,
      EXISTS (SELECT FROM pg_class c WHERE c.relname IN ('voucher', 'audit_event') AND c.relkind = 'r'
              AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owner,
      current_setting('server_version_num')::int / 10000 AS version
    FROM pg_roles r WHERE r.rolname = current_user
    """
)


async def _require_binding_role(connection: AsyncConnection) -> None:
    role = (await connection.execute(_ROLE)).one()
    if role.version < OLDEST_SERVER:
        raise InstallationError(
            f"The database server is PostgreSQL {role.version}, and {OLDEST_SERVER} or newer is needed."
        )
    if role.unbound or role.owner:
        kind = "a superuser or bypasses row-level security" if role.unbound else "the owner of its tables"
        raise InstallationError(
            f"The database role {role.name} is {kind}, which no rule of the database binds: "
            f"DATABASE_URL must name {APP_ROLE}, or a member of it."
        )


async def _require_schema(connection: AsyncConnection) -> None:
    present = await connection.scalar(text("SELECT to_regclass('public.alembic_version') IS NOT NULL"))
    revision = await connection.scalar(text("SELECT version_num FROM alembic_version")) if present else None
    if revision is None:
        raise InstallationError("The database has no tables yet: run `registry migrate` first.")
    if schema.is_behind(str(revision)):
        raise InstallationError("The database is older than this program: run `registry migrate` first.")


async def _require_fiction(connection: AsyncConnection) -> None:
    real = await connection.scalar(
        text("SELECT code FROM organiser WHERE NOT fictional ORDER BY code LIMIT 1")
    )
    if real is not None:
        raise InstallationError(
            f"REGISTRY_DEMO is set and the database holds a real organiser ({real}): "
            "the demonstration lets anyone sign in as anyone, so it does not start there."
        )
