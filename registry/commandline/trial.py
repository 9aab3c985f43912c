"""`registry trial`."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from registry.commandline.running import fail
from registry.shared.embedded import EmbeddedServerError
from registry.trial import made_up
from registry.trial.errors import TrialError
from registry.trial.run import run_embedded
from registry.trial.source import read_source

MOST_VOUCHERS: Final = 1_000_000
MOST_CALLERS: Final = 100


def trial(
    data: Annotated[
        Path, typer.Option(help="The folder with the register, its outcomes, fields and municipalities.")
    ] = Path("../shared/data"),
    vouchers: Annotated[int, typer.Option(min=1, max=MOST_VOUCHERS, help="How many are granted.")] = 10_000,
    callers: Annotated[int, typer.Option(min=1, max=MOST_CALLERS, help="How many call at once.")] = 16,
) -> None:
    """Do the whole job on a real register, through the HTTP API, and prove that no cent was lost or doubled.

    Starts a database server and a web server of its own, which are gone afterwards. Exits 1 on any answer that was
    not foreseen, any sum that differs between two books, and any broken invariant.
    """
    try:
        source = read_source(data)
        typer.echo(made_up.sentence(source, vouchers))
        code = asyncio.run(run_embedded(source, vouchers=vouchers, callers=callers))
    except (TrialError, EmbeddedServerError) as error:
        raise fail(str(error)) from None
    except asyncio.CancelledError:
        raise fail("stopped") from None
    raise typer.Exit(code)
