"""`registry migrate` and `registry db check`."""

import asyncio
import secrets

import typer
from sqlalchemy.exc import DBAPIError

from registry import schema
from registry.commandline.running import fail, opened
from registry.installation import InstallationError, asyncpg_url, unreachable
from registry.shared import embedded
from registry.shared.settings import get_settings

db = typer.Typer(no_args_is_help=True, help="What the database is made of.")


@db.callback()
def _group() -> None:
    """What the database is made of."""


def migrate() -> None:
    """Make the roles and tables, or bring them up to date.

    Takes DATABASE_OWNER_URL, a role that may create roles and tables; the application itself signs in as one that may
    not. Without DATABASE_URL the embedded database is migrated, which `registry serve` also does by itself.
    """
    settings = get_settings()
    if settings.database_owner_url is not None:
        url = asyncpg_url("DATABASE_OWNER_URL", settings.database_owner_url.get_secret_value())
        try:
            asyncio.run(schema.migrate(url))
        except (OSError, DBAPIError) as error:
            raise fail(unreachable(url, error)) from None
    elif settings.database_url is not None:
        raise InstallationError(
            "DATABASE_OWNER_URL is not set: migrating takes a role that may create roles and tables."
        )
    else:
        with opened() as installation:
            asyncio.run(installation.migrate())
    typer.echo("The database is up to date.")


@db.command("check")
def check_schema() -> None:
    """Check that the migrations make exactly the tables that the program describes.

    Runs them on a scratch database of its own; no other database is touched. Exits 1 and names what differs.
    """
    server = embedded.start_temporary(f"check-{secrets.token_hex(6)}")
    try:
        server.ensure_database("scratch")
        lacking = asyncio.run(_lacking(server.owner_url("scratch")))
    finally:
        server.stop()
    if lacking is not None:
        raise fail(f"The migrations lack: {lacking}")
    typer.echo("The migrations make what the program describes.")


async def _lacking(owner_url: str) -> str | None:
    await schema.migrate(owner_url)
    return await schema.differences(owner_url)
