"""What every verb does: open the installation, work, close it, and say in one sentence what went wrong."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

import typer

from registry import logs
from registry.installation import Installation, InstallationError, open_installation
from registry.shared.embedded import EmbeddedServerError

Work = Callable[[Installation], Awaitable[int]]


def run(work: Work, *, prepared: bool = True) -> None:
    """Do the work on this installation and exit with its code. A person at a terminal gets a sentence where they
    can mend something, and no traceback."""
    with opened() as installation:
        code = asyncio.run(_within(installation, work, prepared))
    raise typer.Exit(code)


@contextlib.contextmanager
def opened() -> Iterator[Installation]:
    """The installation that the environment describes."""
    try:
        installation = open_installation()
    except (InstallationError, EmbeddedServerError) as error:
        raise fail(str(error)) from None
    try:
        logs.configure(installation.settings.log_level)
        yield installation
    except (InstallationError, EmbeddedServerError) as error:
        raise fail(str(error)) from None
    finally:
        installation.close()


async def _within(installation: Installation, work: Work, prepared: bool) -> int:
    if prepared:
        await installation.prepare()
    return await work(installation)


def fail(sentence: str) -> typer.Exit:
    """Say it on standard error; raise what this returns."""
    typer.echo(sentence, err=True)
    return typer.Exit(1)
