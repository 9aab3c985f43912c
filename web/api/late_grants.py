"""Grants for a service that has begun already, by machine: one person proposes, another decides."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.vouchers.batch_import import resolve
from registry.vouchers.reading import log_listed, reason_of
from registry.vouchers.retroactive.commands import propose_retroactive
from registry.vouchers.retroactive.queries import Proposal, proposal_page
from web.api.voucher_batches import OrderIn, row_of
from web.api.vouchers import CASE_WORKERS, GRANT_REFUSALS, unresolved
from web.granting import decide_late
from web.idempotency import Answer, header_key, once
from web.schema import LARGEST_PAGE, ApiModel, Flag, IdempotencyKey, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

LateReason = Literal["began_before_decision", "authority_delayed", "urgent_start", "corrected"]
LateState = Literal["proposed", "approved", "rejected", "withdrawn"]


class LateGrantIn(OrderIn):
    """A voucher to grant whose visits count from a day that has passed, and why."""

    events_from: date = Field(description="The first day, in Finland", examples=["2026-11-02"])
    reason: LateReason = Field(examples=["urgent_start"])


class LateGrantMade(ApiModel):
    """The proposal; another person decides on it."""

    id: UUID


class LateGrantOut(ApiModel):
    """A proposal of a late grant, and what became of it."""

    id: UUID
    state: LateState
    client_id: UUID
    service_id: UUID
    events_from: date
    reason: LateReason
    proposed_at: datetime
    proposed_by: UUID = Field(description="The person, also where a token sent it")
    voucher_id: UUID | None


class LateDecisionIn(ApiModel):
    """Yes or no. A no of whoever proposed it takes it back."""

    approve: Flag


class LateDecisionOut(ApiModel):
    """The proposal, and the voucher that was granted where it was approved."""

    id: UUID
    approved: bool
    voucher_id: UUID | None
    number: str | None = Field(examples=["7KQ4M2XD9FA1"])
    value_cents: int | None = Field(examples=[60000])


def _out(row: Proposal) -> LateGrantOut:
    return LateGrantOut(**{name: getattr(row, name) for name in LateGrantOut.model_fields})


@get("/api/v1/late-grants", who=CASE_WORKERS, scope="vouchers:read", tags=["vouchers"])
async def list_late(
    request: AnyRequest,
    in_state: Annotated[
        LateState | None, QueryParameter(name="state", description="Only in this state")
    ] = None,
    after: Annotated[str | None, QueryParameter(description="Cursor from `next`", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Page[LateGrantOut]:
    """Late grants that were proposed, newest first. Clients are ids; each is told that it was read."""
    place = read_cursor(after, UUID)
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await proposal_page(session, after=place[0] if place else None, limit=limit, state=in_state)
        await log_listed(
            session,
            actor=actor,
            now=held.now(),
            clients=[(row.client_id, row.organiser_id) for row in rows[:limit]],
            what="voucher",
            reason=reason_of(actor),
        )
    return Page(
        items=[_out(row) for row in rows[:limit]],
        next=cursor(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@post(
    "/api/v1/late-grants",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    refusals=(
        *GRANT_REFUSALS, "retroactive.not_allowed", "retroactive.days_range", "retroactive.proposed_already",
    ),
)  # fmt: skip
async def post_late(
    request: AnyRequest, data: JSONBody[LateGrantIn], idempotency_key: IdempotencyKey = None
) -> LateGrantMade:
    """Propose a grant for a service that has begun already. Nothing is granted yet; what would be refused then is refused
    now."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        (row,) = await resolve(
            session,
            organiser_id=actor.organiser_id,
            keys=held.keys,
            rows=[row_of(1, data)],
            fictional=held.settings.demo,
        )
        if row.order is None:
            raise unresolved(row.refusals)
        made = await propose_retroactive(
            session,
            actor=actor,
            now=held.now(),
            order=row.order,
            events_from=data.events_from,
            reason=data.reason,
        )
        return {"id": str(made)}

    body = data.model_dump(mode="json")
    done = await once(request, operation="retroactive.propose", key=header_key(request), body=body, run=run)
    return LateGrantMade(**done)


@post(
    "/api/v1/late-grants/{proposal_id:uuid}/decision",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    status_code=200,
    refusals=(
        "retroactive.same_person", "retroactive.approved", "retroactive.rejected", "retroactive.withdrawn",
        "retroactive.days_range", "budget.short", "decision.person_unknown",
    ),
)  # fmt: skip
async def post_late_decision(
    request: AnyRequest,
    proposal_id: FromPath[UUID],
    data: JSONBody[LateDecisionIn],
    idempotency_key: IdempotencyKey = None,
) -> LateDecisionOut:
    """Decide on a late grant. Another person than its proposer approves it: behind a token stands whoever made it."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        granted = await decide_late(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            proposal_id=proposal_id,
            approve=data.approve,
        )
        return {
            "id": str(proposal_id),
            "approved": granted is not None,
            "voucher_id": str(granted.id) if granted else None,
            "number": granted.number if granted else None,
            "value_cents": granted.value_cents if granted else None,
        }

    body = {"proposal": str(proposal_id), "approve": data.approve}
    done = await once(request, operation="retroactive.decide", key=header_key(request), body=body, run=run)
    return LateDecisionOut(**done)


ROUTES: list[Any] = [list_late, post_late, post_late_decision]
