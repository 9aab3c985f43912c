"""What providers' systems are told of, how a message is signed, and when it is tried again.

Messages have the form of Standard Webhooks (standardwebhooks.com): the signature covers id, time and body, so that a
message can be neither changed nor played again later.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from registry.shared.errors import ACCEPTED, Decision, Refusal

EVENT_OF: Final[Mapping[str, str]] = {
    "choice.asked": "choice.made",
    "choice.closed": "choice.ended",
    "choice.ended": "choice.ended",
    "application.information_asked": "application.information_asked",
    "application.approved": "application.decided",
    "application.rejected": "application.decided",
    "admission.suspended": "admission.changed",
    "admission.reactivated": "admission.changed",
    "admission.removed": "admission.changed",
    "admission.lapsed": "admission.changed",
    "change.decided": "change.decided",
    "hearing.opened": "hearing.opened",
    "hearing.correction": "hearing.opened",
    "decision.corrected": "decision.corrected",
    "visit.disputed": "visit.disputed",
    "visit.no_longer_disputed": "visit.settled",
    "visit.stands_provider": "visit.settled",
    "visit.reversed_provider": "visit.settled",
    "statement.closed": "statement.closed",
    "statement.disputed": "statement.disputed",
    "invoice.rejected": "invoice.rejected",
    "statement.paid": "payment.made",
}
"""Template of a message to a provider → the event that its systems are told of. Others are for people only."""

TEST_EVENT: Final = "test"
EVENTS: Final = tuple(dict.fromkeys(EVENT_OF.values()))

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - a prefix, no secret
SECRET_BYTES: Final = 32
OLD_SECRET_LIFE: Final = timedelta(days=1)
"""How long the former secret signs too after a change."""

BACK_OFF: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 54_000, 72_000, 86_400)
)
"""Waits after the first, second … failed attempt: three days in all."""
MOST_ATTEMPTS: Final = len(BACK_OFF) + 1
JITTER: Final = 0.2
"""A wait is up to a fifth longer: whoever was away is not asked by everybody in the same second."""
LONGEST_REST: Final = timedelta(minutes=5)
LONGEST_ASKED: Final = timedelta(hours=1)
"""A receiver that is overloaded may say how long it wants to be left alone, up to this."""

DISABLE_AFTER: Final = timedelta(days=5)
"""An address that has answered nothing well for so long is switched off, and its owner told."""
DISABLE_ATTEMPTS: Final = 10

_NAT64: Final = IPv6Network("64:ff9b::/96")

MOST_ENDPOINTS: Final = 10
LONGEST_URL: Final = 500


def next_attempt(*, attempts: int, now: datetime, chance: float) -> datetime | None:
    """When to try again after `attempts` failures, `chance` being somewhere in 0…1; None: give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return now + BACK_OFF[attempts - 1] * (1 + JITTER * chance)


def rest_after(*, failures: int, now: datetime) -> datetime:
    """How long an address is left alone after so many failures in a row."""
    return now + min(BACK_OFF[min(failures, len(BACK_OFF)) - 1], LONGEST_REST)


def asked_wait(said: str | None) -> timedelta:
    """What a `Retry-After` in seconds asks for, within reason; nothing where it says anything else (RFC 9110 § 10.2.3
    also allows a date, which a clock that is wrong would make a trap)."""
    if said is None or not (said.isascii() and said.isdigit() and len(said) <= 9):
        return timedelta(0)
    return min(timedelta(seconds=int(said)), LONGEST_ASKED)


def must_disable(*, failing_since: datetime, failures: int, now: datetime) -> bool:
    """After days of failures, and several of them: one message that failed twice in a quiet week says little."""
    return failures >= DISABLE_ATTEMPTS and now - failing_since >= DISABLE_AFTER


def written_secret(secret: bytes) -> str:
    return SECRET_PREFIX + b64encode(secret).decode()


def signature(*, secret: bytes, message_id: str, at: datetime, body: bytes) -> str:
    """HMAC-SHA256 over `id.seconds.body`, as version 1."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def signed_headers(*, secrets: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message. With several secrets there are several signatures: any that fits will do."""
    signatures = (signature(secret=one, message_id=message_id, at=at, body=body) for one in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secret_of(written: str) -> bytes:
    """The bytes that a written secret stands for."""
    return b64decode(written.removeprefix(SECRET_PREFIX), validate=True)


def may_call(url: str, *, loopback: bool) -> Decision:
    """Whether the address has a form that we call: https with a host name, no user name, no fragment. `loopback` also
    lets http to this machine, for demonstrations and tests."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return Refusal("webhook.url_malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Refusal("webhook.url_malformed")
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        return Refusal("webhook.url_malformed")
    if parts.scheme == "https":
        return ACCEPTED
    if loopback and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return ACCEPTED
    return Refusal("webhook.not_https")


def may_connect(address: str, *, loopback: bool) -> bool:
    """Whether a resolved address is one of the open internet. A name that somebody else chose must not lead us to our
    own network, to this machine or to the cloud's metadata service."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        inner: IPv4Address | None = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return may_connect(str(inner), loopback=loopback)
        if found in _NAT64:
            return may_connect(str(IPv4Address(int(found) & 0xFFFFFFFF)), loopback=loopback)
    if loopback and found.is_loopback:
        return True
    site_local = isinstance(found, IPv6Address) and found.is_site_local
    return found.is_global and not (found.is_multicast or found.is_reserved or site_local)
