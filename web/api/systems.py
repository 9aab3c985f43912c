"""A provider's own systems see to their webhooks: what was sent, once more, a test. Credentials and addresses are given
by a person on a page: a system that could make its own would be revoked in vain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import Field

from registry.messages.webhooks.commands import change_events, enable_endpoint, send_again, send_test
from registry.messages.webhooks.queries import (
    DeliveryRow,
    EndpointRow,
    deliveries_of,
    endpoint_of,
    endpoints_of,
)
from registry.messages.webhooks.rules import EVENTS
from registry.people.api_clients.queries import api_clients_of
from web.api.deciding import carry_out
from web.api.providers_changes import PROVIDER, SCOPE, Changed
from web.schema import ApiModel, IdempotencyKey, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
SHOWN = 50


class SystemOut(ApiModel):
    """A system with credentials (OAuth 2.0 client): everything but its secrets."""

    client_id: UUID
    name: str = Field(examples=["Ajanvaraus"])
    scopes: list[str] = Field(examples=[["vouchers:redeem"]])
    created_at: datetime
    secret_made_at: datetime
    old_secret_until: datetime | None = Field(description="Until when the former secret works too")
    last_used_at: datetime | None
    revoked_at: datetime | None


class EndpointOut(ApiModel):
    """An address of yours, and what it is told of."""

    id: UUID
    url: str = Field(examples=["https://tuottaja.example/webhooks"])
    events: list[str] = Field(examples=[["choice.made"]])
    created_at: datetime
    secret_made_at: datetime
    old_secret_until: datetime | None = Field(
        description="Until when messages are signed with the former secret too"
    )
    failures: int = Field(description="Attempts in a row that failed")
    disabled_at: datetime | None
    disabled_why: str | None


class EventsIn(ApiModel):
    """What the address is told of from now on."""

    events: list[str] = Field(
        min_length=1, max_length=len(EVENTS), examples=[["choice.made", "payment.made"]]
    )


class AttemptOut(ApiModel):
    """One attempt to deliver."""

    at: datetime
    took_ms: int
    status: int | None = Field(examples=[204])
    problem: str | None = Field(examples=["timeout"])


class DeliveryOut(ApiModel):
    """A message, by the id that it carries as `webhook-id`, and how its attempts ended, newest first."""

    id: UUID
    event: str = Field(examples=["choice.made"])
    state: str = Field(examples=["delivered"], description="delivered, failed or waiting")
    body: str
    created_at: datetime
    due_at: datetime
    attempts: int
    log: list[AttemptOut]


def _endpoint(row: EndpointRow) -> EndpointOut:
    return EndpointOut(
        id=row.id,
        url=row.url,
        events=list(row.events),
        created_at=row.created_at,
        secret_made_at=row.secret_made_at,
        old_secret_until=row.old_secret_until,
        failures=row.failures,
        disabled_at=row.disabled_at,
        disabled_why=row.disabled_why,
    )


def _delivery(row: DeliveryRow) -> DeliveryOut:
    return DeliveryOut(
        id=row.id,
        event=row.event,
        state=row.state,
        body=row.body,
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        log=[
            AttemptOut(at=one.at, took_ms=one.took_ms, status=one.status, problem=one.problem)
            for one in row.log
        ],
    )


@get("/api/v1/systems", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def list_systems(request: AnyRequest) -> Page[SystemOut]:
    """The provider's systems, those in use first, with when each was last used."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await api_clients_of(session, provider_id=actor.provider_id)
    return Page(
        items=[
            SystemOut(
                client_id=row.id, name=row.name, scopes=list(row.scopes), created_at=row.created_at,
                secret_made_at=row.secret_made_at, old_secret_until=row.old_secret_until,
                last_used_at=row.last_used_at, revoked_at=row.revoked_at,
            )
            for row in rows
        ]
    )  # fmt: skip


@get("/api/v1/webhooks", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def list_webhooks(request: AnyRequest) -> Page[EndpointOut]:
    """The provider's addresses."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await endpoints_of(session, provider_id=actor.provider_id)
    return Page(items=[_endpoint(row) for row in rows])


@get("/api/v1/webhooks/{endpoint_id:uuid}", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def get_webhook(request: AnyRequest, endpoint_id: FromPath[UUID]) -> EndpointOut:
    """One address."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return _endpoint(await endpoint_of(session, provider_id=actor.provider_id, endpoint_id=endpoint_id))


@get("/api/v1/webhooks/{endpoint_id:uuid}/deliveries", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def list_deliveries(
    request: AnyRequest, endpoint_id: FromPath[UUID], after: FromQuery[str | None] = None
) -> Page[DeliveryOut]:
    """What was sent to an address in the last days, the newest first, with every attempt."""
    actor = signed_in(request)
    place = read_cursor(after, datetime.fromisoformat, UUID)
    async with services(request).database.transaction(actor.sight) as session:
        await endpoint_of(session, provider_id=actor.provider_id, endpoint_id=endpoint_id)
        rows = await deliveries_of(
            session,
            endpoint_id=endpoint_id,
            after=(place[0], place[1]) if place else None,
            limit=SHOWN + 1,
        )
    shown = rows[:SHOWN]
    more = cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(rows) > SHOWN else None
    return Page(items=[_delivery(row) for row in shown], next=more)


@post("/api/v1/webhooks/{endpoint_id:uuid}/events", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def post_events(
    request: AnyRequest,
    endpoint_id: FromPath[UUID],
    data: JSONBody[EventsIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Other events from now on."""
    subject = {"endpoint_id": endpoint_id}
    return await carry_out(request, "webhook.events", change_events, subject, data, events=data.events)


@post("/api/v1/webhooks/{endpoint_id:uuid}/test", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def post_test(
    request: AnyRequest, endpoint_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Leave a test event for the address, sent and signed as a real one; answers with its delivery's id."""
    return await carry_out(request, "webhook.test", send_test, {"endpoint_id": endpoint_id}, None)


@post("/api/v1/webhooks/{endpoint_id:uuid}/enabling", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def post_enabling(
    request: AnyRequest, endpoint_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Switch an address on again that had failed for too long."""
    return await carry_out(request, "webhook.enable", enable_endpoint, {"endpoint_id": endpoint_id}, None)


@post("/api/v1/webhook-deliveries/{delivery_id:uuid}/again", who=PROVIDER, scope=SCOPE, tags=["systems"])
async def post_again(
    request: AnyRequest, delivery_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Send a message once more, with the same id; answers with the address's."""
    return await carry_out(request, "webhook.again", send_again, {"delivery_id": delivery_id}, None)


ROUTES: list[Any] = [
    list_systems,
    list_webhooks,
    get_webhook,
    list_deliveries,
    post_events,
    post_test,
    post_enabling,
    post_again,
]
