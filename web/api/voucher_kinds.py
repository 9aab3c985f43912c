"""Results claimed and decided, renewals, and companies' aid, by machine. Late grants are not here: two persons decide
those."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands import renew_voucher
from registry.quality.results import decide_result
from registry.shared.actor import Role
from registry.shared.period import local_date
from registry.vouchers.companies.commands import declare_aid
from registry.vouchers.companies.queries import company_aid
from registry.vouchers.queries import voucher_line
from registry.vouchers.reading import log_listed, reason_of
from registry.vouchers.results.commands import claim_milestone
from registry.vouchers.results.queries import milestone_rows
from web.api.vouchers import CASE_WORKERS, READERS
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, Cents, Flag, IdempotencyKey, Line, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDERS: Final = frozenset({Role.PROVIDER_USER})

Code = Literal["start", "half_way", "completed", "employed_3_months", "employed_6_months"]
ClaimStates = Literal["claimed", "held", "paid", "refused", "reversed"]


class ClaimIn(ApiModel):
    """A result that was reached, with the evidence in words. A file is added on the page."""

    milestone: Code = Field(examples=["start"])
    reached_on: date = Field(description="The day, in Finland", examples=["2026-11-20"])
    words: Annotated[Prose, Field(max_length=1000)] = Field(examples=["The first meeting was held."])


class ClaimMade(ApiModel):
    """The claim; its confirmer has been told."""

    id: UUID


class DecisionIn(ApiModel):
    """The confirmer's word. A `reason` where it was not reached, and only then."""

    reached: Flag
    reason: Literal["not_reached", "evidence_missing", "other_person", "too_early"] | None = Field(
        default=None, examples=[None]
    )

    @model_validator(mode="after")
    def _reason_of_a_no(self) -> "DecisionIn":
        if self.reached == (self.reason is not None):
            raise ValueError("a reason where it was not reached")
        return self


class DecisionOut(ApiModel):
    """What became of the claim."""

    id: UUID
    state: ClaimStates


class MilestoneStanding(ApiModel):
    """A milestone of a voucher's terms, and the last claim on it."""

    milestone: Code
    amount_cents: int = Field(examples=[30000])
    confirmer: Literal["client", "staff", "authority"]
    above_expected: bool
    claim: UUID | None
    state: ClaimStates | None
    reason: str | None


class RenewalIn(ApiModel):
    """From which budget line, and whether the client stays with the same provider."""

    budget_line_id: UUID
    same_provider: Flag = False


class RenewalOut(ApiModel):
    """The new voucher, which names the old one."""

    id: UUID
    number: str = Field(examples=["7KQ4M2XD9FA1"])
    renews: UUID
    value_cents: int = Field(examples=[60000])
    assignment: UUID | None = Field(description="The choice of the same provider, which has been asked")


class AidLineIn(ApiModel):
    """Aid that the company has had from somebody else."""

    granted_on: date = Field(examples=["2025-05-20"])
    granter: Line = Field(examples=["Business Finland"])
    cents: Annotated[Cents, Field(ge=1)] = Field(examples=[1200000])


class DeclarationIn(ApiModel):
    """All de minimis aid from others in the rolling years; an empty list says that there was none."""

    aid: Annotated[list[AidLineIn], Field(max_length=50)]


class DeclarationOut(ApiModel):
    """How the company stands to the ceiling after it."""

    declared_at: datetime | None
    regulation: str | None = Field(examples=["(EU) 2023/2831"])
    ceiling_cents: int = Field(examples=[30000000])
    years: int = Field(examples=[3])
    counted_cents: int = Field(examples=[1200000])
    left_cents: int = Field(examples=[28800000])


@post(
    "/api/v1/presentations/{presentation_id:uuid}/milestone-claims",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    refusals=(
        "presentation.ended", "milestone.claimed_already", "milestone.not_by_results", "milestone.file_missing",
        "voucher.expired", "redemption.date_outside_validity", "redemption.date_in_future",
    ),
)  # fmt: skip
async def post_claim(
    request: AnyRequest,
    presentation_id: FromPath[UUID],
    data: JSONBody[ClaimIn],
    idempotency_key: IdempotencyKey = None,
) -> ClaimMade:
    """Claim a milestone of a voucher by results. The client need not be there; each milestone is paid once."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await claim_milestone(
            session,
            actor=actor,
            now=held.now(),
            presentation_id=presentation_id,
            milestone=data.milestone,
            reached_on=data.reached_on,
            words=data.words,
        )
        return {"id": str(made)}

    body = {"presentation": str(presentation_id), **data.model_dump(mode="json")}
    done = await once(request, operation="milestone.claim", key=header_key(request), body=body, run=run)
    return ClaimMade(**done)


@get("/api/v1/vouchers/{voucher_id:uuid}/milestones", who=READERS, scope="vouchers:read", tags=["vouchers"])
async def get_milestones(request: AnyRequest, voucher_id: FromPath[UUID]) -> Page[MilestoneStanding]:
    """The milestones of a voucher by results; none of another kind."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        line = await voucher_line(session, voucher_id=voucher_id)
        rows = await milestone_rows(session, voucher_id=voucher_id)
        await log_listed(
            session,
            actor=actor,
            now=held.now(),
            clients=[(line.client_id, line.organiser_id)],
            what="voucher",
            reason=reason_of(actor),
        )
    return Page(
        items=[
            MilestoneStanding.model_validate(
                {
                    "milestone": row.code,
                    "amount_cents": row.amount_cents,
                    "confirmer": row.confirmer,
                    "above_expected": row.above_expected,
                    "claim": row.claim.id if row.claim else None,
                    "state": row.claim.state if row.claim else None,
                    "reason": row.claim.reason if row.claim else None,
                }
            )
            for row in rows
        ],
        next=None,
    )


@post(
    "/api/v1/milestone-claims/{claim_id:uuid}/decision",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    status_code=200,
    refusals=("milestone.other_confirmer", "milestone.decided_already", "milestone.no_figure"),
)
async def post_decision(
    request: AnyRequest,
    claim_id: FromPath[UUID],
    data: JSONBody[DecisionIn],
    idempotency_key: IdempotencyKey = None,
) -> DecisionOut:
    """What the authority's own records say of a claim that waits for them. What a client or a case worker confirms, no
    machine does."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        state = await decide_result(
            session,
            actor=actor,
            now=held.now(),
            claim_id=claim_id,
            reached=data.reached,
            reason=data.reason,
        )
        return {"id": str(claim_id), "state": str(state)}

    body = {"claim": str(claim_id), **data.model_dump(mode="json")}
    done = await once(request, operation="milestone.decide", key=header_key(request), body=body, run=run)
    return DecisionOut(**done)


@post(
    "/api/v1/vouchers/{voucher_id:uuid}/renewal",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    refusals=(
        "renewal.too_early", "renewal.ended_otherwise", "renewal.renewed_already", "renewal.no_provider",
        "budget.short", "choice.no_free_place",
    ),
)  # fmt: skip
async def post_renewal(
    request: AnyRequest,
    voucher_id: FromPath[UUID],
    data: JSONBody[RenewalIn],
    idempotency_key: IdempotencyKey = None,
) -> RenewalOut:
    """Grant a new voucher that goes on from an old one. With `same_provider` the client has said so, and the provider is
    asked as of any choice."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await renew_voucher(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            voucher_id=voucher_id,
            budget_line_id=data.budget_line_id,
            same_provider=data.same_provider,
        )
        return {
            "id": str(made.voucher_id),
            "number": made.number,
            "renews": str(voucher_id),
            "value_cents": made.value_cents,
            "assignment": str(made.assignment_id) if made.assignment_id else None,
        }

    body = {"voucher": str(voucher_id), **data.model_dump(mode="json")}
    done = await once(request, operation="voucher.renew", key=header_key(request), body=body, run=run)
    return RenewalOut(**done)


@post(
    "/api/v1/clients/{client_id:uuid}/aid-declarations",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    refusals=("aid.companies_only", "aid.business_id_missing"),
)
async def post_declaration(
    request: AnyRequest,
    client_id: FromPath[UUID],
    data: JSONBody[DeclarationIn],
    idempotency_key: IdempotencyKey = None,
) -> DeclarationOut:
    """Keep a company's signed declaration of the de minimis aid that it has had from others."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        aid = [(line.granted_on, line.granter, line.cents) for line in data.aid]
        await declare_aid(session, actor=actor, now=held.now(), client_id=client_id, aid=aid)
        stands = await company_aid(session, client_id=client_id, on=local_date(held.now()))
        return {
            "declared_at": stands.declared_at.isoformat() if stands.declared_at else None,
            "regulation": stands.regulation,
            "ceiling_cents": stands.ceiling_cents,
            "years": stands.years,
            "counted_cents": stands.counted_cents,
            "left_cents": stands.left_cents,
        }

    body = {"client": str(client_id), **data.model_dump(mode="json")}
    done = await once(request, operation="aid.declare", key=header_key(request), body=body, run=run)
    return DeclarationOut(**done)


ROUTES: list[Any] = [post_claim, get_milestones, post_decision, post_renewal, post_declaration]
