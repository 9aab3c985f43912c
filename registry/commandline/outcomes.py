"""`registry import outcomes`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.commandline.from_file import load
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
    load(
        lambda database, tell: import_outcomes(
            database,
            file=file,
            organiser=organiser,
            now=datetime.now(UTC),
            rejects=rejects or Path(f"{file.stem}.rejects.csv"),
            dry_run=dry_run,
            progress=tell,
        )
    )
