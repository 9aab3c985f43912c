"""`registry import unemployment`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.commandline.from_file import load
from registry.quality.intake.importing import import_unemployment


def unemployment(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8) with the columns municipality (564), month (2026-09) and rate (per cent: 9.4)."
        ),
    ],
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rejected rows go; FILE.rejects.csv in this folder when not given."),
    ] = None,
) -> None:
    """Load municipalities' unemployment rates, one of the facts that expected results are worked out from.

    Loading the same file again changes nothing; another rate for the same month corrects it. What was fixed for a
    voucher before its choice stays as it was. Exits 1 when rows were rejected.
    """
    load(
        lambda database, tell: import_unemployment(
            database,
            file=file,
            now=datetime.now(UTC),
            rejects=rejects or Path(f"{file.stem}.rejects.csv"),
            progress=tell,
        )
    )
