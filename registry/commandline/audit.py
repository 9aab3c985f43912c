"""`registry audit export` and `registry audit verify`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import select

from registry.audit.export import Verification, bounded_lines, export
from registry.catalogue.model import Organiser
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.shared.period import end_of_day, start_of_day

audit = typer.Typer(no_args_is_help=True, help="The audit trail as a file that anyone can check.")

MOST_FAULTS_SHOWN: Final = 20
FAULTS: Final = {
    "not_json": "is not JSON as an export writes it",
    "not_an_event": "is not an event",
    "hash_differs": "has an event that does not fit its hash",
    "not_canonical": "is not in canonical form",
    "out_of_order": "stands twice or out of order",
}


@audit.command("export")
def export_events(
    file: Annotated[Path, typer.Argument(help="The file to write; it is replaced when the export is whole.")],
    organiser: Annotated[str, typer.Option(help="The organiser's code, such as oulu.")],
    first_day: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in Finnish time.")
    ] = None,
    last_day: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, itself included, in Finnish time."),
    ] = None,
) -> None:
    """Write an organiser's events to FILE as JSON Lines: each line the canonical JSON (RFC 8785) of an event and its
    SHA-256."""
    run(lambda installation: _export(installation, file, organiser, first_day, last_day))


async def _export(
    installation: Installation,
    file: Path,
    code: str,
    first_day: datetime | None,
    last_day: datetime | None,
) -> int:
    if not file.parent.is_dir():
        raise fail(f"There is no folder {file.parent} to write to.")
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            organiser_id = await session.scalar(select(Organiser.id).where(Organiser.code == code))
            known = (await session.scalars(select(Organiser.code).order_by(Organiser.code).limit(20))).all()
        if organiser_id is None:
            raise fail(f"There is no organiser {code}. Known: {', '.join(known) or 'none'}.")
        written = await export(
            database,
            organiser_id=organiser_id,
            file=file,
            since=start_of_day(first_day.date()) if first_day else None,
            until=end_of_day(last_day.date()) if last_day else None,
        )
    except OSError as error:
        raise fail(f"{file} was not written: {error.strerror or error}.") from None
    finally:
        await database.close()
    typer.echo(f"{written.events:,} events")
    typer.echo(f"SHA-256 over their hashes: {written.digest}")
    return 0


@audit.command("verify")
def verify_events(
    file: Annotated[Path, typer.Argument(help="A file that `registry audit export` wrote.")],
) -> None:
    """Recompute the hash of every event in FILE, without the database or the network.

    Compare the number of events and the digest with those that the export printed: they tell whether lines were
    left out or put in. Exits 1 when a line is not what it should be.
    """
    verification = Verification()
    try:
        for fault in verification.check(bounded_lines(file)):
            if verification.faults <= MOST_FAULTS_SHOWN:
                typer.echo(f"line {fault.line} {FAULTS[fault.code]}", err=True)
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}.") from None
    typer.echo(f"{verification.events:,} events")
    typer.echo(f"SHA-256 over their hashes: {verification.digest}")
    if verification.faults:
        raise fail(f"{verification.faults:,} lines are not what they should be")
    typer.echo("every event fits its hash")
