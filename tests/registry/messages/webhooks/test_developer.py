"""A provider's developer follows docs/providers-systems.md: what it says of webhooks is so, over a real connection."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.messages.webhooks.model import LOG_DAYS, WebhookDelivery, WebhookEndpoint
from registry.messages.webhooks.rules import BACK_OFF, LONGEST_ASKED, asked_wait
from registry.messages.webhooks.sending import SECONDS
from registry.people.rules import scopes_for
from registry.shared.actor import Role
from tests.builders import NOW
from tests.registry.messages.webhooks.receiver import Receiver
from tests.registry.messages.webhooks.test_delivering import Hooks, hooks, sender, there, world

__all__ = ["hooks", "sender", "there", "world"]

DOC = (Path(__file__).parents[4] / "docs" / "providers-systems.md").read_text(encoding="utf-8")


def from_the_page() -> Callable[..., bool]:
    """The function that the page gives, as a developer would copy it."""
    found = re.search(r"```python\n(.*?)```", DOC, re.S)
    assert found
    names: dict[str, Any] = {}
    exec(compile(found[1], "providers-systems.md", "exec"), names)
    verify: Callable[..., bool] = names["verified"]
    return verify


async def test_the_example_verifies_what_arrives_and_nothing_else(hooks: Hooks, there: Receiver) -> None:
    verified = from_the_page()
    made = await hooks.add(there.url)
    await hooks.tell()
    await hooks.turn()
    (got,) = there.received
    at = NOW.timestamp()
    assert verified([made.secret], got.headers, got.body, now=at)
    assert verified(["whsec_" + "AAAA" * 8, made.secret], got.headers, got.body, now=at)
    assert not verified(["whsec_" + "AAAA" * 8], got.headers, got.body, now=at)
    assert not verified([made.secret], got.headers, got.body + b" ", now=at)
    assert not verified([made.secret], got.headers | {"webhook-id": "another"}, got.body, now=at)
    assert verified([made.secret], got.headers, got.body, now=at + 300)
    assert not verified([made.secret], got.headers, got.body, now=at + 301), "played again later"
    assert not verified([made.secret], got.headers | {"webhook-signature": "v2,x"}, got.body, now=at)


async def test_who_is_overloaded_is_left_alone_as_long_as_it_asks(hooks: Hooks, there: Receiver) -> None:
    await hooks.add(there.url)
    await hooks.tell()
    there.answer, there.retry_after = 429, "120"
    await hooks.turn()
    (delivery,) = await hooks.rows(WebhookDelivery)
    (endpoint,) = await hooks.rows(WebhookEndpoint)
    assert (delivery.due_at, endpoint.rests_until) == (NOW + timedelta(seconds=120),) * 2
    assert await hooks.turn(NOW + timedelta(seconds=119)) == 0
    there.answer, there.retry_after = 204, ""
    assert await hooks.turn(NOW + timedelta(seconds=120)) == 1
    (delivery,) = await hooks.rows(WebhookDelivery)
    assert delivery.delivered_at is not None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, 0),
        ("0", 0),
        ("90", 90),
        ("86400", 3600),
        ("999999999999", 0),
        ("-5", 0),
        ("1.5", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
        ("١٢", 0),
    ],
)
def test_a_wait_is_heeded_within_reason(said: str | None, seconds: int) -> None:
    assert asked_wait(said) == timedelta(seconds=seconds)


def test_the_page_says_what_the_program_does() -> None:
    assert [wait.total_seconds() for wait in BACK_OFF] == [
        5, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 15 * 3600, 20 * 3600, 24 * 3600,
    ]  # fmt: skip
    assert "5 seconds, 1 and 5 minutes, half an hour,\n  2, 5, 10, 15, 20 and 24 hours" in DOC
    assert (10, timedelta(hours=1), 30) == (SECONDS, LONGEST_ASKED, LOG_DAYS)
    for scope in scopes_for(Role.PROVIDER_USER):
        assert f"`{scope}`" in DOC
