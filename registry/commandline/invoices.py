"""`registry import invoices`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.catalogue.queries import organiser_with_code
from registry.commandline.from_file import load
from registry.commandline.running import fail
from registry.settlement.folder import FolderReport, take_folder
from registry.shared.actor import system
from registry.shared.database import Database


def invoices(
    folder: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, help="Folder with invoices: UBL or Finvoice (EN 16931), or CSV."
        ),
    ],
    organiser: Annotated[
        str, typer.Option(help="Code of the organiser that they were sent to, such as oulu.")
    ],
) -> None:
    """Take in the invoices of a folder, each for the statement that it names.

    An e-invoice names it by its order reference, a CSV file by the references of its lines. Each file is taken in
    once, however often this runs; nothing is moved. Every problem of every file is told, with its rule and place.
    Exits 1 when files were refused.
    """
    load(lambda database, _: _take(database, folder, organiser))


async def _take(database: Database, folder: Path, code: str) -> FolderReport:
    async with database.transaction() as session:
        row = await organiser_with_code(session, code=code)
    if row is None:
        raise fail(f"There is no organiser {code}.")
    return await take_folder(database, folder=folder, actor=system(row.id), now=datetime.now(UTC))
