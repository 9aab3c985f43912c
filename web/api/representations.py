"""People who ask to act for an organisation, by the system of the authority that they ask."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.representing.commands import decide_representation
from registry.providers.representing.queries import representations_asked
from web.api.deciding import MaybeProse, carry_out
from web.api.providers_changes import OFFICER, SCOPE, Changed
from web.schema import ApiModel, IdempotencyKey, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
SEEN_BY: Final = (
    "Account of the register officer of your organiser who has seen, by another way than the request, whether the person"
    " may act for the organisation; kept in the audit trail"
)


class RepresentationOut(ApiModel):
    """A request to act for an organisation that waits for an answer. What it says of the organisation is as typed."""

    id: UUID
    business_id: str = Field(examples=["2331972-7"])
    name: str = Field(examples=["Aivan Uusi Oy"])
    form: str = Field(examples=["company"])
    municipality: str = Field(examples=["Oulu"])
    words: str = Field(
        examples=["Olen toimitusjohtaja."], description="How the person says to be entitled to act for it"
    )
    person: str = Field(examples=["Uusi Ihminen"])
    email: str = Field(examples=["uusi@example.fi"])
    asked_at: datetime
    answer_by: date = Field(description="On this day the register officers are reminded of it")


class AcceptanceIn(ApiModel):
    """That the person may act for the organisation."""

    seen_by: UUID = Field(description=SEEN_BY)
    reason: MaybeProse = Field(default="", examples=["Kaupparekisteriote 20.11.2026."])


class RefusalIn(ApiModel):
    """Why the request is not accepted; it stays here, and the person is told to ask."""

    seen_by: UUID = Field(description=SEEN_BY)
    reason: Prose = Field(examples=["Nimenkirjoitusoikeutta ei ole osoitettu."])


@get("/api/v1/representations", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def list_representations(request: AnyRequest) -> Page[RepresentationOut]:
    """Requests that wait, the oldest first; at most 200 at once."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await representations_asked(session, organiser_id=actor.organiser_id)
    return Page(
        items=[
            RepresentationOut(**{name: getattr(row, name) for name in RepresentationOut.model_fields})
            for row in rows
        ]
    )


@post(
    "/api/v1/representations/{representation_id:uuid}/acceptance", who=OFFICER, scope=SCOPE, tags=["deciding"]
)
async def post_acceptance(
    request: AnyRequest,
    representation_id: FromPath[UUID],
    data: JSONBody[AcceptanceIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Let the person act for the organisation, which is entered if it is not here yet; the person gets a link by mail.
    One that others act for already is refused (409 `representation.has_people`): they add people themselves.
    Nobody answers the own request, neither as `seen_by` nor as who made the token (409 `role_change.own_role`); who is
    named is told by a message."""
    return await _decide(request, representation_id, data, accepted=True)


@post("/api/v1/representations/{representation_id:uuid}/refusal", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_refusal(
    request: AnyRequest,
    representation_id: FromPath[UUID],
    data: JSONBody[RefusalIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Turn the request down; the person is told by mail that it was, without the reason."""
    return await _decide(request, representation_id, data, accepted=False)


async def _decide(
    request: AnyRequest, representation_id: UUID, data: AcceptanceIn | RefusalIn, *, accepted: bool
) -> Changed:
    return await carry_out(
        request, "representation.accept" if accepted else "representation.refuse", decide_representation,
        {"representation_id": representation_id}, data,
        accepted=accepted, reason=data.reason, seen_by=data.seen_by,
    )  # fmt: skip


ROUTES: list[Any] = [list_representations, post_acceptance, post_refusal]
