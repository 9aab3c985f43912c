"""The `registry` command: every verb by its name, loaded when it is called.

A verb is a module of registry/commandline/. Only the one that is asked for is imported, so that `registry serve` does
not wait for what draws statistics.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final

import typer
from sqlalchemy.exc import DBAPIError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from registry.commandline.running import fail
from registry.installation import InstallationError, unreachable
from registry.shared.embedded import EmbeddedServerError
from registry.shared.errors import DomainError, Invalid
from registry.shared.settings import get_settings

VERBS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": ("demo", "demo"),
    "serve": ("serve", "serve"),
    "worker": ("worker", "worker"),
    "migrate": ("database", "migrate"),
    "db": ("database", "db"),
    "check": ("check", "check"),
    "audit": ("audit", "audit"),
}
"""Verb → (module of registry/commandline, name in it): a function is a command, a Typer a group of them."""


class Registry(TyperGroup):
    """The verbs, and what every one of them does with an error: a sentence for whoever can mend something."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name]
        verb: Any = getattr(importlib.import_module(f"registry.commandline.{module}"), name)
        if not isinstance(verb, typer.Typer):
            command, verb = verb, typer.Typer(add_completion=False)
            verb.command(name=cmd_name)(command)
        made: Any = get_command(verb)
        made.name = cmd_name
        return made  # type: ignore[no-any-return]

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (InstallationError, EmbeddedServerError) as error:
            raise fail(str(error)) from None
        except DomainError as error:
            raise fail(refusal(error)) from None
        except (ConnectionError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and error.statement and not error.connection_invalidated:
                raise  # a statement that fails is our own fault, and needs its traceback
            raise fail(unreachable(_address(), error)) from None
        except KeyboardInterrupt:
            typer.echo("stopped", err=True)
            raise typer.Exit(130) from None


def refusal(error: DomainError) -> str:
    """What a rule answered, with its stable code and the facts behind it."""
    facts = {**error.facts, **(error.errors if isinstance(error, Invalid) else {})}
    told = ", ".join(f"{name}: {value}" for name, value in facts.items())
    return f"The registry refused this: {error.code}{f' ({told})' if told else ''}."


def _address() -> str:
    url = get_settings().database_url
    return url.get_secret_value() if url else "postgresql:///embedded"


app = Registry(
    name="registry",
    help="Service vouchers that people choose with: register, choice, redemption, reconciliation, audit trail. "
    "Settings come from the environment; without DATABASE_URL an embedded PostgreSQL serves.",
    no_args_is_help=True,
)

if __name__ == "__main__":
    app()
