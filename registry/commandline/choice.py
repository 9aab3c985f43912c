"""`registry choice`: proving that nobody picked the order of a shortlist."""

from typing import Annotated

import typer
from sqlalchemy import select

from registry.catalogue.model import Organiser
from registry.choice.verification import verify_shortlist
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.shared.actor import Sight
from registry.shared.identifiers import clean_code

choice = typer.Typer(no_args_is_help=True, help="Shortlists, and the proof of their order.")


@choice.callback()
def _group() -> None:
    """A group even with one command, so that more can join it."""


@choice.command("verify")
def verify(voucher: Annotated[str, typer.Argument(help="Number of the voucher.")]) -> None:
    """Recompute a voucher's shortlist from its recorded inputs and the organiser's key of the year.

    Exits 1 when the order, the first view or the commitment differs.
    """
    run(lambda installation: _verify(installation, voucher))


async def _verify(installation: Installation, number: str) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            everyone = tuple(await session.scalars(select(Organiser.id)))
        async with database.transaction(Sight(organisers=everyone)) as session:
            found = await verify_shortlist(session, keys=installation.keys, number=clean_code(number))
    finally:
        await database.close()
    if found is None:
        raise fail(f"There is no voucher {number} with a shortlist.")
    for what, holds in (
        ("the order is the one that was drawn", found.order_same),
        ("the key is the one that was committed to", found.key_same),
        ("the commitment was recorded before the shortlist was frozen", found.committed_before),
    ):
        typer.echo(f"{'ok  ' if holds else 'FAIL'} {what}")
    return 0 if found.holds else 1
