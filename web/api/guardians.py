"""Clients' guardians by machine: who acts for a client, added and ended by the authority's own system."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import add_guardian, end_guardian, log_read
from registry.people.queries import client_card, guardians_of
from registry.shared.actor import Role
from registry.shared.errors import Forbidden, NotFound
from registry.vouchers.reading import reason_of
from web.api.people import Language
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey, Line, Page
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
KEEPERS: Final = frozenset({Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR})
SEEN_BY: Final = (
    "Account of the case worker or administrator of your organiser who has seen the court's decision; kept in the audit"
    " trail"
)


class GuardianOut(ApiModel):
    """Somebody who acts for the client, or did."""

    id: UUID = Field(description="Of this right to act; it ends by this id")
    name: str = Field(examples=["Eeva Edustaja"])
    email: str | None = Field(examples=["eeva@example.fi"])
    since: datetime
    ended_at: datetime | None = Field(description="null while it is in force")


class NewGuardian(ApiModel):
    """Whoever is a guardian at this organiser already, under the same address, keeps one account for all clients."""

    name: Line = Field(max_length=100, examples=["Eeva Edustaja"])
    email: Line = Field(examples=["eeva@example.fi"])
    language: Language = Field(default="fi", description="The language of messages")
    decision_seen_by: UUID = Field(description=SEEN_BY)


class EndGuardian(ApiModel):
    """That the guardianship has ended."""

    decision_seen_by: UUID = Field(description=SEEN_BY)


class GuardianMade(ApiModel):
    """The right to act."""

    id: UUID


@get("/api/v1/clients/{client_id:uuid}/guardians", who=KEEPERS, scope="guardians:write", tags=["clients"])
async def list_guardians(request: AnyRequest, client_id: FromPath[UUID]) -> Page[GuardianOut]:
    """Those who act for the client now, then those who did. The read is logged. Of a client whose identity is protected
    they are on the page alone (403 `guardian.protected`)."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        card = await client_card(session, client_id=client_id)
        if card is None:
            raise NotFound("client.unknown")
        if card.protected:
            raise Forbidden("guardian.protected")
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=client_id,
            organiser_id=card.organiser_id,
            what="person",
            reason=reason_of(actor),
        )
        found = await guardians_of(session, client_id=client_id)
    return Page(
        items=[
            GuardianOut(
                id=one.role_grant_id, name=one.name, email=one.email, since=one.since, ended_at=one.ended_at
            )
            for one in found
        ]
    )


@post("/api/v1/clients/{client_id:uuid}/guardians", who=KEEPERS, scope="guardians:write", tags=["clients"])
async def post_guardian(
    request: AnyRequest,
    client_id: FromPath[UUID],
    data: JSONBody[NewGuardian],
    idempotency_key: IdempotencyKey = None,
) -> GuardianMade:
    """Let somebody act for the client, who is told. The link to sign in with is handed over in person, from the page."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await add_guardian(
            session,
            actor=actor,
            now=held.now(),
            client_id=client_id,
            name=data.name,
            email=data.email,
            language=data.language,
            seen_by=data.decision_seen_by,
        )
        return {"id": str(made)}

    body = {"client": str(client_id), **data.model_dump(mode="json")}
    made = await once(request, operation="guardian.add", key=header_key(request), body=body, run=run)
    return GuardianMade(**made)


@post(
    "/api/v1/clients/{client_id:uuid}/guardians/{guardian_id:uuid}/end",
    who=KEEPERS,
    scope="guardians:write",
    tags=["clients"],
    status_code=200,
)
async def post_guardian_end(
    request: AnyRequest,
    client_id: FromPath[UUID],
    guardian_id: FromPath[UUID],
    data: JSONBody[EndGuardian],
    idempotency_key: IdempotencyKey = None,
) -> GuardianMade:
    """Nobody acts for the client with this right any more; what was signed in with it ends. The client is told."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        await end_guardian(
            session,
            actor=actor,
            now=held.now(),
            role_grant_id=guardian_id,
            client_id=client_id,
            seen_by=data.decision_seen_by,
        )
        return {"id": str(guardian_id)}

    body = {"client": str(client_id), "role_grant": str(guardian_id), **data.model_dump(mode="json")}
    made = await once(request, operation="guardian.end", key=header_key(request), body=body, run=run)
    return GuardianMade(**made)


ROUTES: list[Any] = [list_guardians, post_guardian, post_guardian_end]
