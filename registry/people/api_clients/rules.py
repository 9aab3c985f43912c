"""What a system that signs in by itself is given, and for how long (OAuth 2.0 client credentials, RFC 6749 § 4.4)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

SECRET_PREFIX: Final = "svs_"  # noqa: S105 - a prefix, no secret
ACCESS_LIFE: Final = timedelta(hours=1)
"""An access token that leaks is of little use; the secret that gets them travels once an hour only."""
OLD_SECRET_LIFE: Final = timedelta(days=7)
"""How long the former secret works after a new one was made, so that a system can be changed over without a stop."""

MOST_CLIENTS: Final = 20
TOKENS_AN_HOUR: Final = 120
WRONG_AN_HOUR: Final = 60


def scopes_asked(asked: str | None, allowed: Collection[str]) -> tuple[str, ...] | None:
    """The scopes that a token gets: those asked for, or all where none are named. None: one of them is not allowed.
    A list of nothing but spaces asks for something that cannot be read."""
    if asked is None:
        return tuple(sorted(allowed))
    wanted = set(asked.split(" "))
    return tuple(sorted(wanted)) if wanted <= set(allowed) else None


def may_add(*, count: int) -> Decision:
    """A provider has some systems, not hundreds."""
    return ACCEPTED if count < MOST_CLIENTS else Refusal("api_client.too_many", {"most": MOST_CLIENTS})
