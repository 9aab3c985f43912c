"""`registry import areas`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from registry.catalogue.areas_import import AreasReport, Changes, UnusableFile, import_areas
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.shared.actor import system

MOST_SHOWN: Final = 50


def areas(
    file: Annotated[
        Path,
        typer.Argument(help="CSV (UTF-8) of the official classification, one municipality a row."),
    ],
    valid_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day on which the classification is in force."),
    ] = None,
) -> None:
    """Load municipalities and employment areas from the official classification.

    New ones are added, changed names and centres updated, nothing is deleted; loading the same file again changes
    nothing. Rows that cannot be used are left out and listed with their line and every reason; then it exits 1.
    """
    run(lambda installation: _areas(installation, file, valid_on))


async def _areas(installation: Installation, file: Path, valid_on: datetime | None) -> int:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}.") from None
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            report = await import_areas(
                session,
                actor=system(),
                now=datetime.now(UTC),
                source=file.name,
                data=data,
                valid_on=valid_on.date() if valid_on else None,
            )
    except UnusableFile as error:
        raise fail(f"{file}: {error}") from None
    finally:
        await database.close()
    tell(report)
    return 1 if report.bad_rows else 0


def tell(report: AreasReport) -> None:
    """What was done, on standard output; what was left out, on standard error."""
    typer.echo(f"areas: {_counts(report.areas)}")
    typer.echo(f"municipalities: {_counts(report.municipalities)}")
    if report.autonomous:
        typer.echo(f"no employment area, but its own authority: {', '.join(report.autonomous)}")
    if report.without_centre:
        typer.echo(f"without a centre, so distances are unknown: {_some(report.without_centre)}")
    if report.not_in_file:
        typer.echo(f"not in this file, and kept: {_some(report.not_in_file)}")
    for bad in report.bad_rows[:MOST_SHOWN]:
        typer.echo(f"line {bad.line}: {'; '.join(bad.reasons)}", err=True)
    if report.bad_rows:
        typer.echo(f"{len(report.bad_rows):,} rows were left out", err=True)


def _counts(changes: Changes) -> str:
    return f"{changes.added:,} added, {changes.changed:,} changed, {changes.unchanged:,} as before"


def _some(names: list[str]) -> str:
    rest = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
