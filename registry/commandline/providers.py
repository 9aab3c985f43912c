"""`registry import providers`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.commandline.from_file import load
from registry.providers.importing import import_providers, read_mapping


def providers(
    file: Annotated[Path, typer.Argument(help="CSV of a register, one provider a row.")],
    mapping: Annotated[
        Path,
        typer.Option(
            help="TOML that maps its columns, or the name of one that comes with this program: new_jersey."
        ),
    ],
    organiser: Annotated[
        str, typer.Option(help="Code of the organiser whose register it goes into, such as oulu.")
    ],
    service: Annotated[
        list[str] | None,
        typer.Option(help="Code of the service that they are approved for; may be given several times."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done; write no database.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rejected rows go; FILE.rejects.csv in this folder when not given."),
    ] = None,
    warnings: Annotated[
        Path | None, typer.Option(help="Where warnings go; FILE.warnings.csv in this folder when not given.")
    ] = None,
) -> None:
    """Load a register of providers.

    Good rows are loaded in batches, bad ones go to the reject file with their line and every reason; what was mended
    or left out of a good row is in the warnings file. Loading the same file again changes nothing. Exits 1 when rows
    were rejected.
    """
    load(
        lambda database, tell: import_providers(
            database,
            file=file,
            mapping=read_mapping(mapping),
            organiser=organiser,
            services=service or [],
            now=datetime.now(UTC),
            rejects=rejects or Path(f"{file.stem}.rejects.csv"),
            warnings=warnings or Path(f"{file.stem}.warnings.csv"),
            dry_run=dry_run,
            progress=tell,
        )
    )
