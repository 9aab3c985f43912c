"""A provider's webhook addresses and what was sent to them, as pages show it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An address: everything but its secrets."""

    id: UUID
    url: str
    events: tuple[str, ...]
    created_at: datetime
    secret_made_at: datetime
    old_secret_until: datetime | None
    failures: int
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_why: str | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    at: datetime
    took_ms: int
    status: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A message and how its attempts ended, newest first."""

    id: UUID
    event: str
    body: str
    created_at: datetime
    due_at: datetime
    attempts: int
    delivered_at: datetime | None
    failed_at: datetime | None
    log: tuple[AttemptRow, ...]

    @property
    def state(self) -> str:
        """delivered | failed | waiting"""
        if self.delivered_at is not None:
            return "delivered"
        return "failed" if self.failed_at is not None else "waiting"


def _endpoint(row: WebhookEndpoint) -> EndpointRow:
    return EndpointRow(
        id=row.id,
        url=row.url,
        events=tuple(row.events),
        created_at=row.created_at,
        secret_made_at=row.secret_made_at,
        old_secret_until=row.old_secret_until,
        failures=row.failures,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_why=row.disabled_why,
    )


async def endpoints_of(session: AsyncSession, *, provider_id: UUID) -> list[EndpointRow]:
    rows = await session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.provider_id == provider_id, WebhookEndpoint.ended_at.is_(None))
        .order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)
    )
    return [_endpoint(row) for row in rows]


async def endpoint_of(session: AsyncSession, *, provider_id: UUID, endpoint_id: UUID) -> EndpointRow:
    row = await session.scalar(
        select(WebhookEndpoint).where(
            WebhookEndpoint.id == endpoint_id,
            WebhookEndpoint.provider_id == provider_id,
            WebhookEndpoint.ended_at.is_(None),
        )
    )
    if row is None:
        raise NotFound("webhook.unknown")
    return _endpoint(row)


async def deliveries_of(
    session: AsyncSession, *, endpoint_id: UUID, after: tuple[datetime, UUID] | None = None, limit: int
) -> list[DeliveryRow]:
    """What was sent to an address, newest first, with every attempt: two queries."""
    query = (
        select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(WebhookDelivery.created_at, WebhookDelivery.id) < tuple_(*after))
    rows = (await session.scalars(query)).all()
    log: dict[UUID, list[AttemptRow]] = {}
    for attempt in await session.scalars(
        select(WebhookAttempt)
        .where(WebhookAttempt.delivery_id.in_([row.id for row in rows]))
        .order_by(WebhookAttempt.at.desc(), WebhookAttempt.id.desc())
    ):
        log.setdefault(attempt.delivery_id, []).append(
            AttemptRow(attempt.at, attempt.took_ms, attempt.status, attempt.problem)
        )
    return [
        DeliveryRow(
            id=row.id,
            event=row.event,
            body=row.body,
            created_at=row.created_at,
            due_at=row.due_at,
            attempts=row.attempts,
            delivered_at=row.delivered_at,
            failed_at=row.failed_at,
            log=tuple(log.get(row.id, ())),
        )
        for row in rows
    ]
