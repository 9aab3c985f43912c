"""Claims on providers, with a token."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.claims.commands import cancel_claim, make_claim
from registry.settlement.claims.commands.ending import LONGEST_REASON
from registry.settlement.claims.queries.owed import claimable
from registry.settlement.claims.queries.views import ClaimRow, ClaimView, claim_view, claims
from registry.settlement.claims.rules import ClaimState
from registry.shared.actor import Role
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from web.idempotency import Answer, header_key, once
from web.pages.bank import FINANCE, READERS
from web.schema import ApiModel, IdempotencyKey, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

PARTIES: Final = READERS | {Role.PROVIDER_USER}


class OwedOut(ApiModel):
    """A statement by which a provider owes, that no payment will take along: it can be claimed."""

    statement_id: UUID
    number: str = Field(examples=["OULU-2026-11-0003"])
    provider_id: UUID
    provider_name: str
    cents: int = Field(examples=[6000])
    month: date
    approved_at: datetime


class ClaimRowOut(ApiModel):
    """A claim on a provider."""

    id: UUID
    number: str = Field(examples=["OULU-2026-V-0001"])
    reference: str = Field(examples=["RF31202600000017"], description="What the provider’s payment carries")
    state: Literal["claimed", "partly_paid", "paid", "written_off", "cancelled", "closed"] = Field(
        description="For its provider `closed` where the organiser does nothing more about it"
    )
    provider_id: UUID
    provider_name: str
    amount_cents: int = Field(examples=[6000])
    received_cents: int
    written_off_cents: int | None = Field(description="Told to the organiser alone")
    left_cents: int = Field(description="What is still to be paid")
    due_on: date
    payee_name: str
    payee_iban: str = Field(examples=["FI2112345600000785"])
    made_at: datetime


class ClaimedOut(ApiModel):
    statement_id: UUID
    number: str
    cents: int


class ReceiptOut(ApiModel):
    """Money that came in for the claim."""

    id: UUID
    step: Literal["reference", "hand", "told"] = Field(
        description="Found by the reference, matched by a person, or told from the accounting system"
    )
    received_on: date
    cents: int
    undone: bool


class LateInterestOut(ApiModel):
    """What interest has run on a late claim, by the Interest Act (§§ 4 and 6): for information, booked nowhere."""

    cents: int = Field(examples=[52])
    until: date = Field(description="The last day counted")
    days_without_rate: int = Field(
        description="Days of half years whose reference rate is not set here: nothing is counted for them"
    )


class ClaimOut(ClaimRowOut):
    statements: list[ClaimedOut]
    receipts: list[ReceiptOut]
    late_interest: LateInterestOut | None = Field(
        default=None, description="None where nothing of it is late, or it is not to be paid"
    )


class ClaimIn(ApiModel):
    """A new claim: statements of one provider by which it owes."""

    statements: list[UUID] = Field(
        min_length=1, max_length=100, examples=[["018f2f7e-6a3c-7c3e-9d5a-0f1e2d3c4b5a"]]
    )


class CancellationIn(ApiModel):
    reason: Prose = Field(
        min_length=1,
        max_length=LONGEST_REASON,
        examples=["Palveluntuottaja jatkaa, summa vähennetään maksusta."],
    )


def _told(row: ClaimRow, to_provider: bool) -> dict[str, Any]:
    """What one is told of a claim. That a debt was given up is the organiser's own bookkeeping: it may still be paid."""
    told = {name: getattr(row, name) for name in ClaimRowOut.model_fields} | {"state": row.state.value}
    if to_provider:
        told["written_off_cents"] = None
        if row.state is ClaimState.WRITTEN_OFF:
            told["state"] = "closed"
    return told


def _late_interest(found: ClaimView, to_provider: bool, today: date) -> LateInterestOut | None:
    ran = found.late_interest(today) if found.row.open or not to_provider else None
    if ran is None:
        return None
    unset = sum((part.until - part.since).days + 1 for part in ran.unknown)
    return LateInterestOut(cents=ran.cents, until=ran.until, days_without_rate=unset)


def _out(found: ClaimView, to_provider: bool, today: date) -> ClaimOut:
    return ClaimOut(
        **_told(found.row, to_provider),
        statements=[
            ClaimedOut(statement_id=one.statement_id, number=one.number, cents=one.cents)
            for one in found.statements
        ],
        receipts=[
            ReceiptOut.model_validate({name: getattr(one, name) for name in ReceiptOut.model_fields})
            for one in found.receipts
        ],
        late_interest=_late_interest(found, to_provider, today),
    )


async def _one(request: AnyRequest, session: AsyncSession, claim_id: UUID) -> ClaimOut:
    found = await claim_view(session, claim_id=claim_id)
    if found is None:
        raise NotFound("claim.unknown")
    to_provider = signed_in(request).role == Role.PROVIDER_USER
    return _out(found, to_provider, local_date(services(request).now()))


async def _once(
    request: AnyRequest, operation: str, body: dict[str, Any], run: Callable[[AsyncSession], Awaitable[UUID]]
) -> ClaimOut:
    async def answer(session: AsyncSession) -> Answer:
        made: Answer = (await _one(request, session, await run(session))).model_dump(mode="json")
        return made

    return ClaimOut(
        **await once(request, operation=operation, key=header_key(request), body=body, run=answer)
    )


@get("/api/v1/claimable-statements", who=READERS, scope="settlement:read", tags=["settlement"])
async def list_claimable(request: AnyRequest) -> Page[OwedOut]:
    """Statements by which providers owe and that can be claimed: the provider has left, or no payment has taken them
    along in 90 days."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await claimable(session, organiser_id=actor.organiser_id, now=held.now())
    return Page(items=[OwedOut(**{n: getattr(row, n) for n in OwedOut.model_fields}) for row in rows])


@get("/api/v1/claims", who=PARTIES, scope="settlement:read", tags=["settlement"])
async def list_claims(request: AnyRequest) -> Page[ClaimRowOut]:
    """Claims in sight, what is open first: a provider’s own, from all its organisers."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await claims(session, organisers=actor.sight.organisers)
    to_provider = actor.role == Role.PROVIDER_USER
    return Page(items=[ClaimRowOut(**_told(row, to_provider)) for row in rows])


@get("/api/v1/claims/{claim_id:uuid}", who=PARTIES, scope="settlement:read", tags=["settlement"])
async def get_claim(request: AnyRequest, claim_id: FromPath[UUID]) -> ClaimOut:
    """A claim with what it is made of and what has come in for it."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return await _one(request, session, claim_id)


@post("/api/v1/claims", who=FINANCE, scope="settlement:write", tags=["settlement"])
async def post_claim(
    request: AnyRequest, data: JSONBody[ClaimIn], idempotency_key: IdempotencyKey = None
) -> ClaimOut:
    """Claim statements from the provider that owes by them. No payment takes them along any more."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> UUID:
        return await make_claim(session, actor=actor, now=now, statement_ids=data.statements)

    body = {"statements": sorted({str(one) for one in data.statements})}
    return await _once(request, "claim.make", body, run)


@post(
    "/api/v1/claims/{claim_id:uuid}/cancellation",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_claim_cancellation(
    request: AnyRequest,
    claim_id: FromPath[UUID],
    data: JSONBody[CancellationIn],
    idempotency_key: IdempotencyKey = None,
) -> ClaimOut:
    """Cancel a claim of which nothing has been paid. A payment may take its statements along again."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> UUID:
        await cancel_claim(session, actor=actor, now=now, claim_id=claim_id, reason=data.reason)
        return claim_id

    return await _once(request, "claim.cancel", {"claim": str(claim_id), "reason": data.reason}, run)


ROUTES: list[Any] = [list_claimable, list_claims, get_claim, post_claim, post_claim_cancellation]
