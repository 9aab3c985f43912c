"""The `registry` command: every verb by its name, loaded when it is called.

A verb is a module of registry/commandline/. Only the one that is asked for is imported, so that `registry serve` does
not wait for what draws statistics.
"""

import importlib
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from registry.commandline.running import fail
from registry.installation import InstallationError, unreachable
from registry.shared.embedded import EmbeddedServerError
from registry.shared.errors import DomainError, Invalid
from registry.shared.settings import Settings, get_settings

VERBS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": ("demo", "demo"),
    "serve": ("serve", "serve"),
    "worker": ("worker", "worker"),
    "migrate": ("database", "migrate"),
    "check": ("check", "check"),
    "organisers": ("organisers", "organisers"),
    "people": ("people", "people"),
    "regimes": ("rules_of_services", "regimes"),
    "rule-books": ("rules_of_services", "rule_books"),
    "import": ("importing", "importing"),
    "export": ("bank", "exporting"),
    "close": ("closing", "closing"),
    "quality": ("quality", "quality"),
    "choice": ("choice", "choice"),
    "audit": ("audit", "audit"),
    "feedback": ("feedback", "feedback"),
    "trial": ("trial", "trial"),
    "retention": ("retention", "retention"),
    "db": ("database", "db"),
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
        made: Any
        if isinstance(verb, typer.Typer):
            made = get_group(verb)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command(name=cmd_name)(verb)
            made = get_command(alone)
        made.name = cmd_name
        return made  # type: ignore[no-any-return]

    def invoke(self, ctx: Any) -> Any:
        try:
            with _stop_signals_raise():
                return super().invoke(ctx)
        except (InstallationError, EmbeddedServerError) as error:
            raise fail(str(error)) from None
        except DomainError as error:
            raise fail(refusal(error)) from None
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            raise fail(" ".join(_wrong_settings(error))) from None
        except (ConnectionRefusedError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and error.statement and not error.connection_invalidated:
                raise  # a statement that fails is our own fault, and needs its traceback
            raise fail(unreachable(_address(), error)) from None
        except KeyboardInterrupt:
            typer.echo("stopped", err=True)
            raise typer.Exit(130) from None


@contextmanager
def _stop_signals_raise() -> Iterator[None]:
    """SIGTERM and a closed terminal end a verb as Ctrl-C does, in order: the embedded server is given back too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def refusal(error: DomainError) -> str:
    """What a rule answered, with its stable code and the facts behind it."""
    facts = {**error.facts, **(error.errors if isinstance(error, Invalid) else {})}
    told = ", ".join(f"{name}: {value}" for name, value in facts.items())
    return f"The registry refused this: {error.code}{f' ({told})' if told else ''}."


def _wrong_settings(error: ValidationError) -> Iterator[str]:
    """A sentence for each setting that cannot be read, without its value, which may be a secret."""
    for wrong in error.errors(include_input=False):
        field = str(wrong["loc"][0])
        name = field if field.isupper() else f"REGISTRY_{field.upper()}"
        yield f"The setting {name} cannot be used: {wrong['msg'][0].lower()}{wrong['msg'][1:]}."


def _address() -> str:
    url = get_settings().database_url
    return url.get_secret_value() if url else "postgresql:///embedded"


app = typer.Typer(cls=Registry, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def registry() -> None:
    """Service vouchers that people choose with: register, choice, redemption, reconciliation, audit trail.

    Settings come from the environment; without DATABASE_URL an embedded PostgreSQL serves.
    """


if __name__ == "__main__":
    app(prog_name="registry")
