"""`registry import results`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.commandline.from_file import load
from registry.quality.results_import import import_results


def results(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8) with the columns voucher (its number), milestone (its code), reached (yes or no) and, of a"
            " no, reason (not_reached, evidence_missing, other_person or too_early)."
        ),
    ],
    organiser: Annotated[
        str | None,
        typer.Option(
            help="Code of the organiser whose vouchers they are; may be left out where there is only one."
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
    """Confirm claimed results by what the authority's own records say.

    Decides the claims whose confirmer is the authority's records; what is reached is paid by the terms of its voucher.
    Bad rows go to the reject file with their line and every reason. Loading the same file again changes nothing. Exits
    1 when rows were rejected.
    """
    load(
        lambda database, tell: import_results(
            database,
            file=file,
            organiser=organiser,
            now=datetime.now(UTC),
            rejects=rejects or Path(f"{file.stem}.rejects.csv"),
            dry_run=dry_run,
            progress=tell,
        )
    )
