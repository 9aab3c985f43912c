"""What a provider does with the addresses of its systems: add, change, end; test and send again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.messages.webhooks.announcing import event_body
from registry.messages.webhooks.model import WebhookDelivery, WebhookEndpoint
from registry.messages.webhooks.rules import (
    EVENTS,
    MOST_ENDPOINTS,
    OLD_SECRET_LIFE,
    TEST_EVENT,
    may_call,
    may_connect,
    written_secret,
)
from registry.messages.webhooks.sealing import new_signing_secret, seal
from registry.people.duties import require_office
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refusal, Refused
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint whose secret has just been made: the only moment at which it can be read."""

    id: UUID
    secret: str


async def _person_of(session: AsyncSession, actor: Actor) -> UUID:
    """Only a person gives an address, or a secret to one: a system that could would be told of everything after its
    token had been revoked."""
    if actor.kind != "account":
        raise Forbidden("webhook.people_only")
    return await _provider_of(session, actor)


async def _provider_of(session: AsyncSession, actor: Actor) -> UUID:
    """For what a system may do too: it tells no more to anybody than before."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("webhook.people_only")
    await require_office(session, actor)
    return actor.provider_id


def _checked(url: str, events: Collection[str], *, loopback: bool) -> None:
    """Invalid at each field that is wrong."""
    errors = {}
    verdict = may_call(url, loopback=loopback)
    if isinstance(verdict, Refusal):
        errors["url"] = verdict.code
    elif _is_inside(url, loopback=loopback):
        errors["url"] = "webhook.address_inside"
    if not events:
        errors["events"] = "webhook.no_event"
    elif set(events) - set(EVENTS):
        errors["events"] = "field.not_a_choice"
    if errors:
        raise Invalid("webhook.invalid", errors=errors)


def _is_inside(url: str, *, loopback: bool) -> bool:
    """Whether the host is written as an address that is not on the open internet. What a name leads to is looked at
    each time that something is sent."""
    try:
        return not may_connect(str(ip_address(urlsplit(url).hostname or "")), loopback=loopback)
    except ValueError:
        return False


async def add_endpoint(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    keys: Keys,
    url: str,
    events: Collection[str],
    loopback: bool,
) -> NewEndpoint:
    """Tell this address of these events from now on."""
    provider_id = await _person_of(session, actor)
    url = url.strip()
    _checked(url, events, loopback=loopback)
    count = await session.scalar(
        select(func.count())
        .select_from(WebhookEndpoint)
        .where(WebhookEndpoint.provider_id == provider_id, WebhookEndpoint.ended_at.is_(None))
    )
    if (count or 0) >= MOST_ENDPOINTS:
        raise Refused("webhook.too_many", most=MOST_ENDPOINTS)
    secret, endpoint_id = new_signing_secret(), uuid7()
    row = WebhookEndpoint(
        id=endpoint_id,
        provider_id=provider_id,
        url=url,
        events=[event for event in EVENTS if event in events],
        secret=seal(keys, endpoint_id=endpoint_id, secret=secret),
        secret_made_at=now,
        created_by=actor.id,
        created_at=now,
    )
    session.add(row)
    _record(session, actor, now, row, "webhook.added", events=row.events)
    return NewEndpoint(endpoint_id, written_secret(secret))


async def change_events(
    session: AsyncSession, *, actor: Actor, now: datetime, endpoint_id: UUID, events: Collection[str]
) -> None:
    """Other events from now on."""
    row = await _own(session, actor, endpoint_id)
    _checked(row.url, events, loopback=True)
    row.events = [event for event in EVENTS if event in events]
    _record(session, actor, now, row, "webhook.changed", events=row.events)


async def new_signing(
    session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys, endpoint_id: UUID
) -> NewEndpoint:
    """Make a new secret. For a day messages are signed with the former one too, so that the receiver can change over."""
    await _person_of(session, actor)
    row = await _own(session, actor, endpoint_id)
    secret = new_signing_secret()
    row.old_secret, row.old_secret_until = row.secret, now + OLD_SECRET_LIFE
    row.secret, row.secret_made_at = seal(keys, endpoint_id=row.id, secret=secret), now
    _record(session, actor, now, row, "webhook.secret_changed")
    return NewEndpoint(row.id, written_secret(secret))


async def enable_endpoint(session: AsyncSession, *, actor: Actor, now: datetime, endpoint_id: UUID) -> None:
    """Switch an address on again that had failed for too long; what was left waits no longer."""
    row = await _own(session, actor, endpoint_id)
    if row.disabled_at is None:
        return
    row.disabled_at = row.disabled_why = row.failing_since = row.rests_until = None
    row.failures = 0
    _record(session, actor, now, row, "webhook.enabled")


async def end_endpoint(session: AsyncSession, *, actor: Actor, now: datetime, endpoint_id: UUID) -> None:
    """Tell this address of nothing any more. Its secret is forgotten."""
    await _person_of(session, actor)
    row = await _own(session, actor, endpoint_id)
    row.ended_at = now
    row.secret, row.old_secret, row.old_secret_until = b"", None, None
    _record(session, actor, now, row, "webhook.ended")


async def send_test(session: AsyncSession, *, actor: Actor, now: datetime, endpoint_id: UUID) -> UUID:
    """Leave a test event for the address, to be sent in the same way as a real one."""
    row = await _own(session, actor, endpoint_id)
    if row.disabled_at is not None:
        raise Refused("webhook.switched_off")
    delivery = WebhookDelivery(
        id=uuid7(),
        provider_id=row.provider_id,
        endpoint_id=row.id,
        event=TEST_EVENT,
        body=event_body(TEST_EVENT, now, {}),
        created_at=now,
        due_at=now,
    )
    row.rests_until = None
    session.add(delivery)
    return delivery.id


async def send_again(session: AsyncSession, *, actor: Actor, now: datetime, delivery_id: UUID) -> UUID:
    """Send a message once more, with the same id, whether it had been given up or had arrived. Returns the endpoint."""
    provider_id = await _provider_of(session, actor)
    delivery = await session.scalar(
        select(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.provider_id == provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if delivery is None:
        raise NotFound("webhook.unknown")
    row = await _own(session, actor, delivery.endpoint_id)
    if row.disabled_at is not None:
        raise Refused("webhook.switched_off")
    delivery.delivered_at = delivery.failed_at = None
    delivery.attempts, delivery.due_at = 0, now
    row.rests_until = None
    return row.id


async def _own(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    provider_id = await _provider_of(session, actor)
    row = await session.scalar(
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.id == endpoint_id,
            WebhookEndpoint.provider_id == provider_id,
            WebhookEndpoint.ended_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("webhook.unknown")
    return row


def _record(
    session: AsyncSession, actor: Actor, now: datetime, row: WebhookEndpoint, action: str, **facts: Any
) -> None:
    """The address itself stays out of the trail: it may hold a secret of the provider's."""
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="webhook",
        subject_id=row.id,
        organiser_id=None,
        facts={"provider_id": row.provider_id, **facts},
    )
