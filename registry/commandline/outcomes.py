"""`registry import outcomes`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.commandline.progress import reading
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.quality.csv_table import FileProblem
from registry.quality.outcomes.importing import import_outcomes


def outcomes(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8) with the columns month (3, 6 or 12), category, status_on, and either voucher (its number)"
            " or reference (your own pseudonym), provider (business id), service (code) and people (a counted group)."
        ),
    ],
    organiser: Annotated[
        str | None,
        typer.Option(
            help="Code of the organiser whose clients they are; may be left out where there is only one."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done; write no database.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rejected rows go; FILE.rejects.csv in this folder when not given."),
    ] = None,
) -> None:
    """Load what became of clients 3, 6 and 12 months after their service began.

    The status is that of the day exactly so many months after the first redeemed day, give or take a month. Good rows
    are loaded in batches, bad ones go to the reject file with their line and every reason. Loading the same file
    again changes nothing; another status for the same person and month corrects it. Exits 1 when rows were rejected.
    """
    run(
        lambda installation: _outcomes(
            installation, file, organiser, dry_run, rejects or Path(f"{file.stem}.rejects.csv")
        )
    )


async def _outcomes(
    installation: Installation, file: Path, organiser: str | None, dry_run: bool, rejects: Path
) -> int:
    database = installation.database(pool_size=1)
    try:
        with reading() as tell:
            report = await import_outcomes(
                database,
                file=file,
                organiser=organiser,
                now=datetime.now(UTC),
                rejects=rejects,
                dry_run=dry_run,
                progress=tell,
            )
    except FileProblem as problem:
        raise fail(str(problem)) from None
    finally:
        await database.close()
    for line in report.lines():
        typer.echo(line)
    return 1 if report.rejected else 0
