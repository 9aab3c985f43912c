"""Clients, added and found by a case worker's own system."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import create_client, log_read
from registry.people.queries import client_with_identity
from registry.people.rules import STATED
from registry.shared.actor import Role
from registry.shared.identifiers import format_business_id, is_business_id
from web.company_register import ask_about_client, is_same_company
from web.idempotency import Answer, answered_before, header_key, once
from web.schema import ApiModel, Flag, IdempotencyKey, Line
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
CASE_WORKERS: Final = frozenset({Role.CASE_WORKER})

Language = Literal["fi", "sv", "en"]
Code = Annotated[str, Field(min_length=1, max_length=30, pattern="^[A-Za-z0-9_]+$")]
Identity = Annotated[str, Field(min_length=1, max_length=20)]


class NewClientIn(ApiModel):
    """A person or company that vouchers can be granted to."""

    kind: Literal["person", "company"]
    name: Annotated[str, Field(min_length=1, max_length=120)] = Field(examples=["Aino Esimerkki"])
    email: Annotated[str, Field(max_length=254)] | None = Field(default=None, examples=["aino@example.fi"])
    phone: Annotated[str, Field(max_length=40)] | None = Field(default=None, examples=["040 0000000"])
    identity: Identity | None = Field(
        default=None,
        description="Personal identity code or business ID. Kept encrypted; found again by search",
        examples=[None],
    )
    municipality_code: Code | None = Field(default=None, examples=["564"])
    language: Language = Field(default="fi", description="The language of messages")
    service_languages: list[Code] = Field(
        default=["fi"],
        min_length=1,
        max_length=20,
        description="Any one of them is enough",
        examples=[["fi", "ar"]],
    )
    accessibility: list[Code] = Field(default=[], max_length=20, examples=[["step_free"]])
    age_band: Literal["under_20", "20_24", "25_29", "30_plus"] | None = Field(
        default=None, description="Follows from a personal identity code where one is given"
    )
    protected: Flag = Field(default=False, description="Non-disclosure for personal safety (turvakielto)")


class ClientMade(ApiModel):
    """The client's id, by which vouchers are granted."""

    id: UUID


class ClientSearch(ApiModel):
    """Whom to look for, and why: the client sees that it was looked for."""

    kind: Literal["person", "company"]
    identity: Identity = Field(examples=["1234567-1"])
    reason: Line = Field(examples=["Voucher applied for in the case management system"])


class ClientFound(ApiModel):
    """The client's id, or null when the organiser has no such client."""

    id: UUID | None


@post("/api/v1/clients", who=CASE_WORKERS, scope="vouchers:grant", tags=["clients"])
async def add_client(
    request: AnyRequest, data: JSONBody[NewClientIn], idempotency_key: IdempotencyKey = None
) -> ClientMade:
    """Add a client. One that is known already is a 409 with its id. A company's business id is looked up in the company
    register: another name there is a 422, and where the register cannot be asked the client is marked as not verified."""
    held, actor, body = services(request), signed_in(request), data.model_dump(mode="json")
    operation, key = "client.create", header_key(request)
    before = await answered_before(request, operation=operation, key=key, body=body)
    if before is not None:
        return ClientMade(**before)
    verified = False
    if data.kind == "company" and data.identity and is_business_id(data.identity):
        facts = await ask_about_client(request, format_business_id(data.identity))
        verified = is_same_company(facts, data.name)

    async def run(session: AsyncSession) -> Answer:
        made = await create_client(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            organiser_id=actor.organiser_id,
            verified=verified,
            fictional=held.settings.demo,
            **body,
        )
        return {"id": str(made.client_id)}

    made = await once(request, operation=operation, key=key, body=body, run=run)
    return ClientMade(**made)


@post("/api/v1/clients/search", who=CASE_WORKERS, scope="vouchers:grant", tags=["clients"], status_code=200)
async def search_client(request: AnyRequest, data: JSONBody[ClientSearch]) -> ClientFound:
    """Find a client by identity code or business ID. A POST, so that no log of addresses keeps the code."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await client_with_identity(
            session,
            keys=held.keys,
            organiser_id=actor.organiser_id,
            kind=data.kind,
            identity=data.identity,
            fictional=held.settings.demo,
        )
        if found is not None:
            log_read(
                session,
                actor=actor,
                now=held.now(),
                client_id=found,
                organiser_id=actor.organiser_id,
                what="search",
                reason=STATED + data.reason,
            )
    return ClientFound(id=found)


ROUTES: list[Any] = [add_client, search_client]
