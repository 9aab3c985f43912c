"""Delivering events to providers' systems.

As with mail: a worker takes deliveries by moving their due time past a lease and commits before it talks to anybody, so
that no lock waits for the network. Those of a round go out together; an address that fails is left alone for a while,
so that one that hangs keeps nobody else waiting for long.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.messages.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.messages.webhooks.rules import must_disable, next_attempt, rest_after, signed_headers
from registry.messages.webhooks.sealing import unseal
from registry.messages.webhooks.sending import Answer, Sender
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.settings import Keys

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
ROUND: Final = 20
OF_ONE_ENDPOINT: Final = 5
LOOKED_AT: Final = 200
GONE: Final = 410
"""The receiver says that it wants nothing any more."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What delivering takes."""

    keys: Keys
    sender: Sender
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in hand."""

    id: UUID
    endpoint_id: UUID
    url: str
    secrets: tuple[bytes, ...]
    body: bytes


async def deliver_webhooks(database: Database, *, actor: Actor, webhooks: Webhooks, now: datetime) -> int:
    """Deliver one round; returns how many were tried. The fate of each is committed when it is known."""
    async with database.transaction(actor.sight) as session:
        taken = await _take(session, keys=webhooks.keys, now=now)
    if not taken:
        return 0

    async def one(delivery: Taken) -> tuple[Taken, Answer]:
        headers = signed_headers(
            secrets=delivery.secrets, message_id=str(delivery.id), at=now, body=delivery.body
        )
        return delivery, await webhooks.sender.send(delivery.url, headers=headers, body=delivery.body)

    for coming in asyncio.as_completed([one(delivery) for delivery in taken]):
        delivery, answer = await coming
        async with database.transaction(actor.sight) as session:
            await _settle(
                session, actor=actor, now=now, delivery=delivery, answer=answer, chance=webhooks.chance()
            )
    return len(taken)


async def _take(session: AsyncSession, *, keys: Keys, now: datetime) -> list[Taken]:
    """Some of what is due, a few of each address, each moved past the lease."""
    due = await session.execute(
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(
            WebhookDelivery.delivered_at.is_(None),
            WebhookDelivery.failed_at.is_(None),
            WebhookDelivery.due_at <= now,
            WebhookEndpoint.disabled_at.is_(None),
            WebhookEndpoint.ended_at.is_(None),
            WebhookEndpoint.rests_until.is_(None) | (WebhookEndpoint.rests_until <= now),
        )
        .order_by(WebhookDelivery.due_at)
        .limit(LOOKED_AT)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    of_each: Counter[UUID] = Counter()
    taken: list[Taken] = []
    for delivery, endpoint in due:
        of_each[endpoint.id] += 1
        if of_each[endpoint.id] > OF_ONE_ENDPOINT or len(taken) == ROUND:
            continue
        sealed = [endpoint.secret]
        if endpoint.old_secret is not None and endpoint.old_secret_until and now < endpoint.old_secret_until:
            sealed.append(endpoint.old_secret)
        secrets = tuple(unseal(keys, endpoint_id=endpoint.id, sealed=one) for one in sealed)
        taken.append(Taken(delivery.id, endpoint.id, endpoint.url, secrets, delivery.body.encode()))
    await session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_([delivery.id for delivery in taken]))
        .values(attempts=WebhookDelivery.attempts + 1, due_at=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    return taken


async def _settle(
    session: AsyncSession, *, actor: Actor, now: datetime, delivery: Taken, answer: Answer, chance: float
) -> None:
    endpoint = await session.scalar(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.id == delivery.endpoint_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = await session.get(WebhookDelivery, delivery.id, with_for_update=True, populate_existing=True)
    if endpoint is None or row is None:
        return
    session.add(
        WebhookAttempt(
            id=uuid7(),
            organiser_id=row.organiser_id,
            provider_id=row.provider_id,
            delivery_id=row.id,
            at=now,
            took_ms=answer.took_ms,
            status=answer.status,
            problem=answer.problem,
        )
    )
    if answer.ok:
        row.delivered_at = now
        endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
        return
    again = next_attempt(attempts=row.attempts, now=now, chance=chance)
    row.due_at, row.failed_at = max(again, now + answer.wait) if again else now, None if again else now
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = max(rest_after(failures=endpoint.failures, now=now), now + answer.wait)
    log.warning("webhook.failed", problem=answer.problem, status=answer.status, attempts=row.attempts)
    if answer.status == GONE:
        _disable(session, endpoint, actor=actor, now=now, why="gone")
    elif must_disable(failing_since=endpoint.failing_since, failures=endpoint.failures, now=now):
        _disable(session, endpoint, actor=actor, now=now, why="failing")


def _disable(
    session: AsyncSession, endpoint: WebhookEndpoint, *, actor: Actor, now: datetime, why: str
) -> None:
    """Switch the address off and tell its owner: nothing is collected for it until somebody switches it on."""
    if endpoint.disabled_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_why = now, why
    record(
        session,
        actor=actor,
        now=now,
        action="webhook.disabled",
        subject_kind="webhook",
        subject_id=endpoint.id,
        organiser_id=None,
        facts={"provider_id": endpoint.provider_id, "why": why},
    )
    enqueue(
        session,
        now=now,
        template="webhook.disabled",
        provider_id=endpoint.provider_id,
        facts={"endpoint": str(endpoint.id)},
    )
