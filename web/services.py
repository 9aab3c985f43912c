"""What a request handler works with: the database, the keys, the settings and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from litestar.connection import ASGIConnection

from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.settings import Keys, Settings


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """One per process, kept in the application's state."""

    database: Database
    keys: Keys
    settings: Settings
    now: Callable[[], datetime] = _now


Connection = ASGIConnection[Any, Any, Any, Any]


def services(connection: Connection) -> Services:
    return cast(Services, connection.app.state.services)


def actor_of(connection: Connection) -> Actor | None:
    """Who is signed in, if anyone: put there by the sign-in middleware."""
    return cast("Actor | None", connection.scope.get("user"))


def signed_in(connection: Connection) -> Actor:
    """The actor of a handler whose `who` lets only signed-in roles through."""
    actor = actor_of(connection)
    if actor is None:
        raise LookupError("this handler must declare who may call it")
    return actor
