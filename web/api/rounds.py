"""New rule books put before the approved, and how a service's approvals are kept, by an organiser's systems."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.catalogue.queries import services as own_services
from registry.providers.keeping.accepting import change_round
from registry.providers.keeping.round_queries import Round, round_of, rounds
from registry.providers.keeping.rules import Afterwards, KeepingTerms
from registry.providers.keeping.terms import keeping_terms, set_keeping_terms
from registry.shared.errors import NotFound
from web.api.deciding import carry_out
from web.api.providers_changes import OFFICER, SCOPE, Changed
from web.api.rules_of_services import ADMINISTRATORS
from web.api.rules_of_services import SCOPE as CATALOGUE
from web.schema import ApiModel, IdempotencyKey, Page, Whole
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
Kind = Literal[
    "tax_debt",
    "pension_insurance",
    "collective_agreement",
    "accident_insurance",
    "liability_insurance",
    "register_extract",
]


class TakingOut(ApiModel):
    """An approved provider, and when it accepted the version."""

    admission_id: UUID
    provider_name: str
    accepted: bool
    accepted_at: datetime | None


class RoundOut(ApiModel):
    """A version of a rule book that the approved of a service are to accept."""

    id: UUID
    service_id: UUID
    version: str = Field(examples=["2027-1"])
    opened_at: datetime
    due_on: date
    afterwards: Literal["suspend", "lapse"] = Field(
        description="What becomes of those who do not accept: an officer hears them, or their approval ends"
    )
    ended_at: datetime | None
    accepted: int = Field(examples=[12])
    providers: list[TakingOut] = Field(description="Of a round that has ended, only in its own answer")


class LongerIn(ApiModel):
    """A later day. It never moves nearer."""

    due_on: date = Field(examples=["2027-02-26"])


class KeepingBody(ApiModel):
    """How a service's approvals are kept."""

    price_notice_days: Whole = Field(ge=0, le=365, examples=[30])
    accept_within_days: Whole = Field(ge=14, le=365, examples=[30])
    afterwards: Literal["suspend", "lapse"] = Field(examples=["suspend"])
    papers_again: dict[Kind, Whole] = Field(
        default={},
        examples=[{"tax_debt": 12}],
        description="Papers that are asked for again after so many months",
    )


def _round(found: Round) -> RoundOut:
    return RoundOut(
        id=found.id,
        service_id=found.service_id,
        version=found.version,
        opened_at=found.opened_at,
        due_on=found.due_on,
        afterwards=found.afterwards,
        ended_at=found.ended_at,
        accepted=found.accepted,
        providers=[
            TakingOut(
                admission_id=one.admission_id,
                provider_name=one.provider_name,
                accepted=one.accepted,
                accepted_at=one.accepted_at,
            )
            for one in found.providers
        ],
    )


@get("/api/v1/rule-book-rounds", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def list_rounds(request: AnyRequest) -> Page[RoundOut]:
    """Rounds of acceptance, those that go on first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return Page(items=[_round(found) for found in await rounds(session)])


@get("/api/v1/rule-book-rounds/{round_id:uuid}", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def get_round(request: AnyRequest, round_id: FromPath[UUID]) -> RoundOut:
    """Who has accepted and who has not, those first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return _round(await round_of(session, round_id))


@post("/api/v1/rule-book-rounds/{round_id:uuid}/deadline", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def post_longer(
    request: AnyRequest,
    round_id: FromPath[UUID],
    data: JSONBody[LongerIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Give everybody more time."""
    subject = {"round_id": round_id}
    return await carry_out(request, "round.lengthen", change_round, subject, data, until=data.due_on)


async def _require_own(request: AnyRequest, service_id: UUID) -> None:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        found = await own_services(session, organiser_id=actor.organiser_id)
    if all(one.id != service_id for one in found):
        raise NotFound("service.unknown")


@get("/api/v1/services/{service_id:uuid}/keeping", who=ADMINISTRATORS, scope=CATALOGUE, tags=["catalogue"])
async def get_keeping(request: AnyRequest, service_id: FromPath[UUID]) -> KeepingBody:
    """What was set, or the defaults."""
    await _require_own(request, service_id)
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        found = await keeping_terms(session, service_id)
    return KeepingBody(
        price_notice_days=found.price_notice_days,
        accept_within_days=found.accept_within_days,
        afterwards=str(found.afterwards),
        papers_again=dict(found.papers_again),
    )


@post("/api/v1/services/{service_id:uuid}/keeping", who=ADMINISTRATORS, scope=CATALOGUE, tags=["catalogue"])
async def post_keeping(
    request: AnyRequest,
    service_id: FromPath[UUID],
    data: JSONBody[KeepingBody],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Set them for what begins from now on."""
    terms = KeepingTerms(
        data.price_notice_days,
        data.accept_within_days,
        Afterwards(data.afterwards),
        {str(kind): months for kind, months in data.papers_again.items()},
    )
    subject = {"service_id": service_id}
    return await carry_out(request, "service.keeping", set_keeping_terms, subject, data, terms=terms)


ROUTES: list[Any] = [list_rounds, get_round, post_longer, get_keeping, post_keeping]
