"""The pages of webhooks: an address is added, tested, looked into and taken away."""

import re

import httpx
import pytest

from registry.messages.webhooks.delivering import Webhooks, deliver_webhooks
from registry.messages.webhooks.rules import EVENT_OF, EVENTS, TEST_EVENT, secret_of
from registry.messages.webhooks.sending import Sender
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, World, build_world
from tests.registry.messages.webhooks.receiver import receiver
from tests.web.client import hidden, post_form, sign_in
from web.message_texts import TEMPLATES
from web.pages.webhooks import EVENT_TEXTS


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


async def add(site: httpx.AsyncClient, url: str, *events: str) -> httpx.Response:
    key = hidden(await site.get("/provider/systems/webhooks/new"), "idempotency_key")
    form = {"url": url, "events": list(events), "idempotency_key": key}
    return await post_form(site, "/provider/systems/webhooks/new", form)


async def test_an_address_is_added_tested_and_taken_away(
    site: httpx.AsyncClient, database: Database, world: World, keys: Keys
) -> None:
    await sign_in(site, database, world, "provider_user:0")
    async with receiver() as there:
        made = await add(site, there.url, "choice.made", "payment.made")
        shown = re.search(r'id="secret">([^<]+)<', made.text)
        assert shown
        assert len(secret_of(shown.group(1))) == 32
        (address,) = set(re.findall(r"/provider/systems/webhooks/[0-9a-f-]{36}", made.text))
        assert (await post_form(site, f"{address}/test", {})).headers["location"].endswith("done=test")
        there.answer = 500
        sender = Sender(loopback=True, seconds=1)
        worker = system(world.organiser_id)
        await deliver_webhooks(database, actor=worker, webhooks=Webhooks(keys, sender), now=NOW)
        await sender.close()
        page = (await site.get(address, headers={"accept-language": "en"})).text
        (message,) = set(re.findall(r"webhook-id: ([0-9a-f-]{36})", page))
        assert there.received[0].headers["webhook-id"] == message
        assert "500" in page
    site.cookies.set("language", "en")
    assert "the address answered with an error" in (await site.get(address)).text
    again = await post_form(site, f"/provider/systems/webhooks/deliveries/{message}/again", {})
    assert again.headers["location"] == f"{address}?done=again"
    nothing = await post_form(site, f"{address}/events", {})
    assert nothing.status_code == 422
    assert "Choose at least one event." in nothing.text
    await post_form(site, f"{address}/events", {"events": ["statement.closed"]})
    assert "A month’s statement is ready" in (await site.get("/provider/systems/webhooks")).text
    await post_form(site, f"{address}/end", {})
    assert (await site.get(address)).status_code == 404


async def test_a_wrong_address_is_named_at_its_field(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, "provider_user:0")
    answer = await add(site, "https://10.0.0.1/hook")
    assert answer.status_code == 422
    assert 'value="https://10.0.0.1/hook"' in answer.text
    assert {'href="#f-url"', 'href="#f-events"'} <= set(re.findall(r'href="#f-\w+"', answer.text))


async def test_another_provider_does_not_find_it(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, "provider_user:0")
    made = await add(site, "https://example.com/hook", "choice.made")
    (address,) = set(re.findall(r"/provider/systems/webhooks/[0-9a-f-]{36}", made.text))
    await sign_in(site, database, world, "provider_user:1")
    assert (await site.get(address)).status_code == 404
    assert (await post_form(site, f"{address}/end", {})).status_code == 404


def test_every_event_comes_from_a_message_that_there_is_and_has_words() -> None:
    """A template that is given another name would silently be told to nobody's system any more."""
    assert set(EVENT_OF) <= TEMPLATES
    assert set(EVENT_TEXTS) == {*EVENTS, TEST_EVENT}
