"""`registry import`: files from outside, each by its own verb."""

import typer

from registry.commandline.areas import areas
from registry.commandline.bank import bank
from registry.commandline.invoices import invoices
from registry.commandline.outcomes import outcomes
from registry.commandline.providers import providers
from registry.commandline.results import results
from registry.commandline.unemployment import unemployment

importing = typer.Typer(
    no_args_is_help=True, help="Load files from outside. Loading one twice changes nothing."
)


@importing.callback()
def _group() -> None:
    """Load files from outside. Loading one twice changes nothing."""


importing.command("areas")(areas)
importing.command("providers")(providers)
importing.command("outcomes")(outcomes)
importing.command("results")(results)
importing.command("invoices")(invoices)
importing.command("bank")(bank)
importing.command("unemployment")(unemployment)
