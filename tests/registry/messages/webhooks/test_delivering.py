"""Events on their way to a provider's system: from the outbox over a real connection, with all that goes wrong."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from registry.messages.delivery import address
from registry.messages.webhooks.commands import (
    NewEndpoint,
    add_endpoint,
    change_events,
    enable_endpoint,
    end_endpoint,
    new_signing,
    send_again,
    send_test,
)
from registry.messages.webhooks.delivering import Webhooks, deliver_webhooks
from registry.messages.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.messages.webhooks.queries import deliveries_of, endpoint_of
from registry.messages.webhooks.rules import BACK_OFF, EVENTS, MOST_ATTEMPTS
from registry.messages.webhooks.sending import Sender
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.outbox import OutboxMessage, enqueue
from registry.shared.settings import Keys
from tests.builders import NOW, World, build_world
from tests.registry.messages.webhooks.receiver import Receiver, receiver


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as here:
        yield here


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    made = Sender(loopback=True, seconds=0.5)
    yield made
    await made.close()


class Hooks:
    """One provider's address, and a worker that comes by when it is told to."""

    def __init__(self, database: Database, world: World, keys: Keys, sender: Sender) -> None:
        self.database, self.world, self.keys = database, world, keys
        self.webhooks = Webhooks(keys, sender, chance=lambda: 0.0)
        self.actor = world.provider_actor()
        self.worker = system(world.organiser_id)

    async def add(self, url: str, events: tuple[str, ...] = EVENTS, loopback: bool = True) -> NewEndpoint:
        async with self.database.transaction(self.actor.sight) as session:
            return await add_endpoint(
                session, actor=self.actor, now=NOW, keys=self.keys, url=url, events=events, loopback=loopback
            )

    async def do(self, command: Any, *, now: datetime = NOW, **arguments: Any) -> Any:
        async with self.database.transaction(self.actor.sight) as session:
            return await command(session, actor=self.actor, now=now, **arguments)

    async def tell(self, template: str = "choice.asked", provider: int = 0, **facts: str) -> None:
        async with self.database.transaction(self.world.sight) as session:
            enqueue(
                session, now=NOW, template=template, provider_id=self.world.providers[provider],
                organiser_id=self.world.organiser_id, facts=facts,
            )  # fmt: skip

    async def turn(self, now: datetime = NOW) -> int:
        async with self.database.transaction(self.worker.sight) as session:
            await address(session, now=now, limit=100)
        return await deliver_webhooks(self.database, actor=self.worker, webhooks=self.webhooks, now=now)

    async def rows(self, model: Any) -> list[Any]:
        async with self.database.transaction(self.world.sight) as session:
            return list(await session.scalars(select(model).order_by(model.id)))


@pytest.fixture
def hooks(database: Database, world: World, keys: Keys, sender: Sender) -> Hooks:
    return Hooks(database, world, keys, sender)


def verify(secret: str, headers: dict[str, str], body: bytes) -> list[bool]:
    """As the standard tells a receiver to, written anew: which of the signatures fit this secret."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()
    return [given == right for given in headers["webhook-signature"].split(" ")]


async def test_a_choice_is_told_to_the_provider_that_was_chosen_and_to_nobody_else(
    hooks: Hooks, there: Receiver, database: Database, world: World
) -> None:
    made = await hooks.add(there.url)
    secret_id = "3f2b8c1e-7d46-4d62-9a37-0f6a5e1b2c3d"
    await hooks.tell(provider=1, assignment=secret_id)
    await hooks.tell(assignment=secret_id, reason="asui ennen Oulussa", month="2026-11")
    assert await hooks.turn() == 1
    (got,) = there.received
    assert got.path == "/hook?key=1"
    assert got.headers["host"] == f"127.0.0.1:{there.port}"
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == {
        "type": "choice.made",
        "timestamp": "2026-11-22T09:00:00.000Z",
        "data": {"assignment": secret_id, "organiser": str(world.organiser_id)},
    }, "ids and nothing that anybody wrote"
    assert verify(made.secret, got.headers, got.body) == [True]
    assert verify(made.secret, got.headers, got.body + b" ") == [False]
    assert got.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    (delivery,) = await hooks.rows(WebhookDelivery)
    assert (str(delivery.id), delivery.delivered_at, delivery.attempts) == (
        got.headers["webhook-id"], NOW, 1,
    )  # fmt: skip
    assert await hooks.turn() == 0


async def test_only_the_events_that_were_picked_are_told_and_messages_for_people_are_not(
    hooks: Hooks, there: Receiver
) -> None:
    made = await hooks.add(there.url, ("statement.closed",))
    for template in ("choice.asked", "statement.closed", "comment.withdrawn"):
        await hooks.tell(template)
    await hooks.turn()
    await hooks.do(change_events, endpoint_id=made.id, events=("payment.made",))
    for template in ("statement.closed", "statement.paid"):
        await hooks.tell(template)
    await hooks.turn()
    assert [json.loads(got.body)["type"] for got in there.received] == ["statement.closed", "payment.made"]


@pytest.mark.parametrize(
    ("answer", "problem", "status"),
    [(500, "status", 500), (404, "status", 404), (302, "redirect", 302), ("hang", "timeout", None),
     ("close", "connection", None)],
)  # fmt: skip
async def test_what_fails_is_tried_again_with_the_same_id_and_words(
    hooks: Hooks, there: Receiver, answer: int | str, problem: str, status: int | None
) -> None:
    await hooks.add(there.url)
    there.answer = answer
    await hooks.tell()
    await hooks.turn()
    assert await hooks.turn(NOW + BACK_OFF[0] - timedelta(seconds=1)) == 0, "it waits"
    there.answer = 204
    assert await hooks.turn(NOW + BACK_OFF[0]) == 1
    first, second = there.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"], "signed at its own time"
    log = await hooks.rows(WebhookAttempt)
    assert [(row.problem, row.status) for row in log] == [(problem, status), (None, 204)]
    (endpoint,) = await hooks.rows(WebhookEndpoint)
    assert (endpoint.failures, endpoint.failing_since, endpoint.rests_until) == (0, None, None)


async def test_a_closed_port_is_a_failure_like_another(hooks: Hooks, there: Receiver) -> None:
    await hooks.add("http://127.0.0.1:9/hook")
    await hooks.tell()
    await hooks.turn()
    (attempt,) = await hooks.rows(WebhookAttempt)
    assert (attempt.problem, attempt.status) == ("connection", None)


async def test_it_is_given_up_after_three_days_and_can_be_sent_again_by_hand(
    hooks: Hooks, there: Receiver
) -> None:
    made = await hooks.add(there.url)
    there.answer = 500
    await hooks.tell()
    now, waits = NOW, []
    while (tried := await hooks.turn(now)) is not None:
        (delivery,) = await hooks.rows(WebhookDelivery)
        if delivery.failed_at is not None:
            break
        assert tried == 1
        waits.append(delivery.due_at - now)
        now = max(delivery.due_at, (await hooks.rows(WebhookEndpoint))[0].rests_until)
    assert waits == list(BACK_OFF)
    assert len(there.received) == MOST_ATTEMPTS
    there.answer = 200
    later = now + timedelta(hours=1)
    await hooks.do(send_again, now=later, delivery_id=delivery.id)
    assert await hooks.turn(later) == 1
    async with hooks.database.transaction(hooks.actor.sight) as session:
        (row,) = await deliveries_of(session, endpoint_id=made.id, limit=5)
    assert (row.state, row.attempts, len(row.log)) == ("delivered", 1, MOST_ATTEMPTS + 1)
    await hooks.do(send_again, now=later, delivery_id=delivery.id)
    assert await hooks.turn(later) == 1, "what arrived can be sent again too"
    assert len({got.headers["webhook-id"] for got in there.received}) == 1


async def test_what_fails_for_days_is_switched_off_and_its_owner_is_told(
    hooks: Hooks, there: Receiver, world: World
) -> None:
    made = await hooks.add(there.url)
    there.answer = 503
    for day in range(6):
        await hooks.tell()
        for hour in range(3):
            await hooks.turn(NOW + timedelta(days=day, hours=4 * hour))
    async with hooks.database.transaction(hooks.actor.sight) as session:
        endpoint = await endpoint_of(session, provider_id=world.provider_id, endpoint_id=made.id)
    assert endpoint.disabled_why == "failing"
    told = [row for row in await hooks.rows(OutboxMessage) if row.template == "webhook.disabled"]
    assert [(row.provider_id, row.facts) for row in told if row.provider_id] == [
        (world.provider_id, {"endpoint": str(made.id)})
    ]
    before = len(there.received), len(await hooks.rows(WebhookDelivery))
    await hooks.tell()
    later = NOW + timedelta(days=7)
    assert await hooks.turn(later) == 0
    assert (len(there.received), len(await hooks.rows(WebhookDelivery))) == before, "nothing is collected"
    with pytest.raises(Refused, match=r"webhook.switched_off"):
        await hooks.do(send_test, now=later, endpoint_id=made.id)
    there.answer = 200
    await hooks.do(enable_endpoint, now=later, endpoint_id=made.id)
    assert await hooks.turn(later) > 0, "what was left goes out now"


async def test_whoever_answers_gone_is_not_asked_again(hooks: Hooks, there: Receiver) -> None:
    await hooks.add(there.url)
    there.answer = 410
    await hooks.tell()
    await hooks.turn()
    (endpoint,) = await hooks.rows(WebhookEndpoint)
    assert endpoint.disabled_why == "gone"


async def test_one_that_hangs_keeps_nobody_waiting(hooks: Hooks, there: Receiver, world: World) -> None:
    """A hundred messages wait for an address that hangs; the other's message goes out in the same round or the next."""
    there.answer = "hang"
    await hooks.add(there.url)
    for _ in range(100):
        await hooks.tell()
    async with receiver() as fine:
        other = Hooks(hooks.database, world, hooks.keys, hooks.webhooks.sender)
        other.actor = world.provider_actor(1)
        await other.add(fine.url)
        await hooks.tell(provider=1)
        rounds = 0
        while await hooks.turn():
            rounds += 1
        assert len(fine.received) == 1
    assert rounds <= 2
    assert len(there.received) == 5, "then it is left alone for a while"


async def test_two_workers_send_each_message_once(hooks: Hooks, there: Receiver) -> None:
    import asyncio

    await hooks.add(there.url)
    for _ in range(12):
        await hooks.tell()
    while any(await asyncio.gather(*(hooks.turn() for _ in range(3)))):
        pass
    ids = [got.headers["webhook-id"] for got in there.received]
    assert len(ids) == len(set(ids)) == 12


async def test_for_a_day_after_a_change_both_secrets_sign(hooks: Hooks, there: Receiver) -> None:
    first = await hooks.add(there.url)
    second = await hooks.do(new_signing, keys=hooks.keys, endpoint_id=first.id)
    for now in (NOW, NOW + timedelta(days=1)):
        await hooks.do(send_test, now=now, endpoint_id=first.id)
        await hooks.turn(now)
    during, after = there.received
    assert json.loads(during.body)["type"] == "test"
    assert verify(second.secret, during.headers, during.body) == [True, False]
    assert verify(first.secret, during.headers, during.body) == [False, True]
    assert verify(first.secret, after.headers, after.body) == [False]
    assert verify(second.secret, after.headers, after.body) == [True]


async def test_secrets_are_not_readable_in_the_database_and_go_when_the_address_does(
    hooks: Hooks, there: Receiver
) -> None:
    made = await hooks.add(there.url)
    (row,) = await hooks.rows(WebhookEndpoint)
    assert b64decode(made.secret.removeprefix("whsec_")) not in row.secret
    await hooks.tell()
    await hooks.do(end_endpoint, endpoint_id=made.id)
    assert await hooks.turn() == 0
    (row,) = await hooks.rows(WebhookEndpoint)
    assert (row.secret, there.received) == (b"", [])
    with pytest.raises(NotFound):
        await hooks.do(send_test, endpoint_id=made.id)


MUST_NOT_BE_CALLED = (
    *("http://example.com/hook", "ftp://example.com/", "https://user:pw@example.com/", "https://"),
    *("example.com", "https://10.0.0.1/", "https://127.0.0.1/", "https://[::1]/"),
    *("https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://192.168.1.1:8443/"),
    *("https://exa mple.com/", "https://example.com:0/", "http://127.0.0.1:8000/"),
    *("https://[64:ff9b::a00:1]/", "https://0.0.0.0/", "https://224.0.0.1/", "https://100.64.0.1/"),
    *("https://example.com/#x", "https://[fd00::1]/", "https://[fe80::1]/", "https://[2002:a00:1::]/"),
    "https://[fec0::1]/",
)


async def test_an_address_that_must_not_be_called_is_refused(hooks: Hooks) -> None:
    for url in MUST_NOT_BE_CALLED:
        with pytest.raises(Invalid) as refused:
            await hooks.add(url, loopback=False)
        assert list(refused.value.errors) == ["url"], url
    await hooks.add("https://93.184.216.34:8443/hook?key=1", loopback=False)


async def test_a_name_that_leads_inside_is_not_followed(
    hooks: Hooks, there: Receiver, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up by us, and the connection goes where we looked: here to this machine, so it does not go."""
    made = await hooks.add(f"https://localhost:{there.port}/hook", loopback=False)
    await hooks.tell()
    await hooks.turn()
    await hooks.do(enable_endpoint, endpoint_id=made.id)
    (attempt,) = await hooks.rows(WebhookAttempt)
    assert (attempt.problem, there.received) == ("refused_address", [])
    async with database.transaction(hooks.world.sight) as session:
        await session.execute(
            update(WebhookEndpoint).values(url=there.url, rests_until=None, failures=0, failing_since=None)
        )
    strict = Sender(loopback=False, seconds=0.5)
    hooks.webhooks = Webhooks(keys, strict)
    await hooks.turn(NOW + timedelta(minutes=10))
    await strict.close()
    assert there.received == [], "what was let in once is looked at again each time"


async def test_addresses_are_the_providers_own(hooks: Hooks, there: Receiver, world: World) -> None:
    made = await hooks.add(there.url)
    hooks.actor = world.provider_actor(1)
    for command in (end_endpoint, send_test, enable_endpoint):
        with pytest.raises(NotFound):
            await hooks.do(command, endpoint_id=made.id)
    with pytest.raises(NotFound):
        await hooks.do(send_again, delivery_id=UUID(int=1))
    hooks.actor = next(actor for name, actor in world.actors.items() if name == "register_officer")
    with pytest.raises(Forbidden):
        await hooks.do(end_endpoint, endpoint_id=made.id)
    async with hooks.database.transaction(world.provider_actor(1).sight) as session:
        assert await session.scalar(select(func.count()).select_from(WebhookEndpoint)) == 0
