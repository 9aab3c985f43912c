"""`registry close year`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from registry.catalogue.queries import budget_lines
from registry.commandline.bank import organiser_of
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.settlement.years.commands import continue_year_close, start_year_close
from registry.settlement.years.queries import open_lines
from registry.shared.actor import system

closing = typer.Typer(no_args_is_help=True, help="Close periods.")


@closing.callback()
def _group() -> None:
    """Close periods."""


@closing.command("year")
def close_year(
    year: Annotated[int, typer.Argument(help="The financial year, such as 2026.")],
    organiser: Annotated[str, typer.Option(help="Code of the organiser, such as oulu.")],
    line: Annotated[
        list[str] | None,
        typer.Option(help="OLD=NEW: to which budget line of the next year the open commitments of OLD go."),
    ] = None,
) -> None:
    """Close a financial year, or go on where a closing stopped; of a closed year it changes nothing.

    Without --line the next year's line of the same name, or of the same code with the next year's number, is taken.
    """
    run(lambda installation: _close(installation, year, organiser, line or []))


async def _close(installation: Installation, year: int, code: str, named: list[str]) -> int:
    database = installation.database(pool_size=1)
    try:
        actor = system(await organiser_of(database, code))
        async with database.transaction(actor.sight) as session:
            known = {b.code: b.id for b in await budget_lines(session, organiser_id=actor.organiser_id)}
            wanted = await open_lines(session, organiser_id=actor.organiser_id, year=year)
            lines = {one.id: one.suggested for one in wanted if one.suggested is not None}
            for pair in named:
                before, _, after = pair.partition("=")
                if before not in known or after not in known:
                    raise fail(
                        f"{pair}: there is no such budget line; write --line OLD=NEW with their codes."
                    )
                lines[known[before]] = known[after]
            lacking = [one.code for one in wanted if one.id not in lines and one.goes_to is None]
            if lacking:
                raise fail(f"Where do the open commitments of {', '.join(lacking)} go? Say --line OLD=NEW.")
            await start_year_close(session, actor=actor, now=datetime.now(UTC), year=year, lines=lines)
        carried = 0
        while True:
            async with database.transaction(actor.sight) as session:
                done = await continue_year_close(session, actor=actor, now=datetime.now(UTC), year=year)
            carried += done.carried
            if done.closed_at is not None:
                break
    finally:
        await database.close()
    typer.echo(
        f"{year} is closed since {done.closed_at:%Y-%m-%d}; {carried} vouchers were carried by this run"
    )
    return 0
