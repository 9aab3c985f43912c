"""What every import of a file does: read it with a bar, say what was done, and exit 1 when rows were rejected."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import typer

from registry.commandline.progress import reading
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.providers.importing import FileProblem
from registry.shared.database import Database

Tell = Callable[[int, int, int], None]
"""Called with (bytes read, bytes in all, rows so far)."""


class Report(Protocol):
    """What an import did, as lines for the terminal."""

    rejected: int

    def lines(self) -> list[str]: ...


def load(work: Callable[[Database, Tell], Awaitable[Report]]) -> None:
    """Import a file into this installation and exit. A file that cannot be used at all gets one sentence."""
    run(lambda installation: _load(installation, work))


async def _load(installation: Installation, work: Callable[[Database, Tell], Awaitable[Report]]) -> int:
    database = installation.database(pool_size=1)
    try:
        with reading() as tell:
            report = await work(database, tell)
    except FileProblem as problem:
        raise fail(str(problem)) from None
    finally:
        await database.close()
    for line in report.lines():
        typer.echo(line)
    return 1 if report.rejected else 0
