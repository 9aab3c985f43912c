"""From a message to a provider's people to an event for its systems.

What is told is that something happened and to which id: whoever wants more asks the API, with its own rights. A body
that strays tells nobody anything about a person.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.webhooks.model import WebhookDelivery, WebhookEndpoint
from registry.messages.webhooks.rules import EVENT_OF
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage


def event_body(event: str, at: datetime, data: Mapping[str, str]) -> str:
    """The body as it is sent and signed: made once, so that every attempt has the same bytes."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": event, "timestamp": moment, "data": dict(data)}).decode()


async def announce(session: AsyncSession, messages: Sequence[OutboxMessage], *, now: datetime) -> int:
    """Leave an event for every address that wants to know of one of these messages to a provider; returns how many.
    In the transaction that marks the messages as addressed, so that each is announced once."""
    told = [message for message in messages if message.provider_id and message.template in EVENT_OF]
    if not told:
        return 0
    endpoints = (
        await session.scalars(
            select(WebhookEndpoint).where(
                WebhookEndpoint.provider_id.in_({message.provider_id for message in told}),
                WebhookEndpoint.disabled_at.is_(None),
                WebhookEndpoint.ended_at.is_(None),
            )
        )
    ).all()
    rows = [
        {
            "id": uuid7(),
            "organiser_id": message.organiser_id,
            "provider_id": message.provider_id,
            "endpoint_id": endpoint.id,
            "event": EVENT_OF[message.template],
            "body": event_body(EVENT_OF[message.template], message.created_at, _ids(message)),
            "created_at": now,
            "due_at": now,
        }
        for message in told
        for endpoint in endpoints
        if endpoint.provider_id == message.provider_id and EVENT_OF[message.template] in endpoint.events
    ]
    if rows:
        await session.execute(insert(WebhookDelivery), rows)
    return len(rows)


def _ids(message: OutboxMessage) -> dict[str, str]:
    """Of the facts those that are ids, and whose they are; nothing else leaves."""
    found = {name: value for name, value in message.facts.items() if _is_id(value)}
    return found | ({"organiser": str(message.organiser_id)} if message.organiser_id else {})


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False
