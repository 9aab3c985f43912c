"""What a request handler works with: the database, the keys, the settings and the clock."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

from litestar.connection import ASGIConnection

from registry.providers.company_register.client import CompanyRegister, NoRegister, open_register
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.gathering import Gathering
from registry.shared.idempotency import Replay
from registry.shared.settings import Keys, Settings
from registry.vouchers.redemption.commands import Call, redeem_once

PATIENCE: Final = 0.05
"""Seconds that a trip to the database may take before another sets out beside it: several times what one takes."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """One per process, kept in the application's state."""

    database: Database
    keys: Keys
    settings: Settings
    now: Callable[[], datetime] = _now
    register: Callable[[Settings], AbstractAsyncContextManager[CompanyRegister | NoRegister]] = open_register
    """The open company register; a test's waits less long."""
    redemptions: Gathering[Call, Replay] = field(init=False)
    """Single redemptions that are in flight at once share a commit."""
    bearers: Gathering[bytes, Any] = field(init=False)
    """Digests of bearer tokens that arrive at once are looked up together."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "redemptions", Gathering(self._redeem, most=64, at_once=2, patience=PATIENCE)
        )
        object.__setattr__(self, "bearers", Gathering(self._bearers, most=64, at_once=2, patience=PATIENCE))

    async def _redeem(self, calls: Sequence[Call]) -> Sequence[Replay | Exception]:
        return await redeem_once(self.database, calls=calls, now=self.now())

    async def _bearers(self, digests: Sequence[bytes]) -> Sequence[Any]:
        different = list(dict.fromkeys(digests))
        rows = await self.database.all(_BEARERS, different, self.now())
        found = {row["asked"]: row for row in rows}
        return [found.get(digest) for digest in digests]


_BEARERS: Final = """
SELECT asked.token_hash AS asked, found.* FROM unnest($1::bytea[]) AS asked(token_hash),
  LATERAL registry_token(asked.token_hash, $2) AS found
"""


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
