"""Vouchers by machine: granted, read, cancelled. The holder's secret is nowhere here: it is
shown to the holder alone."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refusal, Refused
from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.batch_import import resolve
from registry.vouchers.commands import cancel
from registry.vouchers.queries import VoucherLine, redemptions_of, voucher_line, voucher_page
from registry.vouchers.reading import log_listed, reason_of
from registry.vouchers.rules import VoucherState
from web.api.redemptions_made import RedemptionOut
from web.api.voucher_batches import GrantIn, row_of
from web.granting import facts_of, grant_vouchers
from web.idempotency import Answer, header_key, once
from web.schema import (
    LARGEST_PAGE,
    ApiModel,
    IdempotencyKey,
    Page,
    cursor,
    read_cursor,
)
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
CASE_WORKERS: Final = frozenset({Role.CASE_WORKER})
READERS: Final = frozenset({Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR})

HeardCode = Literal["meeting", "phone", "writing", "own_wish", "not_needed"]
State = Literal["granted", "chosen", "in_use", "used_up", "refused", "cancelled", "expired"]
CancelReason = Literal[
    "client_asked", "moved_away", "no_longer_entitled", "service_ended", "granted_in_error"
]

GRANT_REFUSALS: Final = (
    "budget.short",
    "grant.like_open",
    "grant.other_audience",
    "grant.value_out_of_terms",
    "grant.units_out_of_terms",
    "grant.validity_out_of_terms",
)


class GrantedOut(ApiModel):
    """A voucher that was granted. Its number says nothing without the holder's secret."""

    id: UUID
    number: str = Field(examples=["7KQ4M2XD9FA1"])
    client_id: UUID
    value_cents: int = Field(examples=[60000])


class VoucherOut(ApiModel):
    """A voucher; always granted = available + reserved + captured + returned, in cents. Units are hundredths."""

    id: UUID
    number: str = Field(examples=["7KQ4M2XD9FA1"])
    state: State
    client_id: UUID
    service: str = Field(examples=["nuorten-tyonhakuvalmennus"])
    service_id: UUID
    budget_line_id: UUID
    in_plan: bool
    granted_at: datetime
    last_day: date = Field(description="The last day on which the service may be given")
    granted_cents: int = Field(examples=[60000])
    available_cents: int = Field(examples=[51000])
    reserved_cents: int = Field(examples=[0])
    captured_cents: int = Field(examples=[9000])
    returned_cents: int = Field(examples=[0])
    committed_cents: int = Field(
        description="Set aside in the budget for the months to come of an allowance; not granted yet",
        examples=[0],
    )
    unit_name: str | None = Field(examples=["hour"])
    units_granted: int | None = Field(examples=[1000])
    units_available: int | None = Field(examples=[850])
    provider_id: UUID | None
    pick: Literal["asked", "confirmed", "declined", "lapsed", "ended"] | None = Field(
        description="How the chosen provider has answered"
    )
    chosen_at: datetime | None
    first_used_at: datetime | None
    last_used_at: datetime | None
    ended_at: datetime | None


class VoucherDetail(VoucherOut):
    """A voucher with everything that was redeemed on it."""

    redemptions: list[RedemptionOut]


class CancellationIn(ApiModel):
    """Why: the client is told, together with the remedy."""

    reason: CancelReason = Field(examples=["moved_away"])
    heard: HeardCode = Field(description="How the client was heard before it", examples=["phone"])
    heard_on: date | None = Field(default=None, description="The day of a hearing", examples=["2026-11-20"])


class CancelledOut(ApiModel):
    """The voucher after it was cancelled; what was left is back in the budget."""

    id: UUID
    state: State
    returned_cents: int = Field(examples=[51000])


_FIELDS: Final = {
    "row.client_unknown": "client_id",
    "row.identity_malformed": "identity",
    "row.service_unknown": "service",
    "row.budget_line_unknown": "budget_line",
}


def unresolved(refusals: Sequence[Refusal]) -> Invalid:
    errors = {_FIELDS.get(refusal.code, "body"): refusal.code for refusal in refusals}
    return Invalid("request.invalid", errors=errors)


@post(
    "/api/v1/vouchers",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    refusals=GRANT_REFUSALS,
)
async def post_voucher(
    request: AnyRequest, data: JSONBody[GrantIn], idempotency_key: IdempotencyKey = None
) -> GrantedOut:
    """Grant a voucher: takes its value from the budget line. A code that is not known is a 422 at its field."""
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
        (answer,) = await grant_vouchers(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            orders=[row.order],
            facts=[facts_of(data.months_unemployed, data.education or "")],
        )
        if isinstance(answer, Refusal):
            raise Refused(answer.code, **answer.facts)
        return {
            "id": str(answer.id),
            "number": answer.number,
            "client_id": str(answer.client_id),
            "value_cents": answer.value_cents,
        }

    body = data.model_dump(mode="json")
    done = await once(request, operation="voucher.grant", key=header_key(request), body=body, run=run)
    return GrantedOut(**done)


def _out(line: VoucherLine) -> dict[str, Any]:
    """The columns that a voucher's list and its own answer share."""
    named = {"service": line.service_code, "pick": line.assignment_state, "last_day": line.last_day}
    columns = {name: getattr(line, name) for name in VoucherOut.model_fields if name not in named}
    return columns | named


async def _log(session: AsyncSession, request: AnyRequest, lines: Sequence[VoucherLine]) -> None:
    """A machine reads too: the token's name stands for its reason, and the client sees it."""
    actor = signed_in(request)
    await log_listed(
        session,
        actor=actor,
        now=services(request).now(),
        clients=[(line.client_id, line.organiser_id) for line in lines],
        what="voucher",
        reason=reason_of(actor),
    )


@get("/api/v1/vouchers", who=READERS, scope="vouchers:read", tags=["vouchers"])
async def get_vouchers(
    request: AnyRequest,
    in_state: Annotated[
        VoucherState | None, QueryParameter(name="state", description="Only in this state")
    ] = None,
    client: Annotated[UUID | None, QueryParameter(description="Only of this client")] = None,
    after: Annotated[str | None, QueryParameter(description="Cursor from `next`", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Page[VoucherOut]:
    """The organiser's vouchers in order of grant. Clients are ids; each is told that it was read."""
    place = read_cursor(after, UUID)
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await voucher_page(
            session,
            after=place[0] if place else None,
            limit=limit,
            states=[in_state] if in_state else (),
            client_id=client,
        )
        await _log(session, request, rows[:limit])
    return Page(
        items=[VoucherOut(**_out(row)) for row in rows[:limit]],
        next=cursor(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@get("/api/v1/vouchers/{voucher_id:uuid}", who=READERS, scope="vouchers:read", tags=["vouchers"])
async def get_voucher(request: AnyRequest, voucher_id: FromPath[UUID]) -> VoucherDetail:
    """One voucher with its redemptions, newest first."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        line = await voucher_line(session, voucher_id=voucher_id)
        redemptions = await redemptions_of(session, voucher_id=voucher_id)
        await _log(session, request, [line])
    return VoucherDetail(**_out(line), redemptions=[RedemptionOut.model_validate(row) for row in redemptions])


@post(
    "/api/v1/vouchers/{voucher_id:uuid}/cancellation",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    status_code=200,
    refusals=(
        "choice.reservation_open", "voucher.used_up", "voucher.cancelled", "voucher.expired", "decision.not_heard",
        "decision.heard_when", "milestone.waits",
    ),
)  # fmt: skip
async def post_cancellation(
    request: AnyRequest,
    voucher_id: FromPath[UUID],
    data: JSONBody[CancellationIn],
    idempotency_key: IdempotencyKey = None,
) -> CancelledOut:
    """Cancel what is left of a voucher. An adverse act: the client is told the reason and the remedy."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        await cancel(
            session,
            actor=actor,
            now=held.now(),
            voucher_id=voucher_id,
            reason=data.reason,
            hearing=Hearing(HeardHow(data.heard), data.heard_on),
        )
        await session.flush()
        line = await voucher_line(session, voucher_id=voucher_id)
        return {"id": str(line.id), "state": line.state, "returned_cents": line.returned_cents}

    body = {"voucher": str(voucher_id), **data.model_dump(mode="json")}
    done = await once(request, operation="voucher.cancel", key=header_key(request), body=body, run=run)
    return CancelledOut(**done)


ROUTES: list[Any] = [post_voucher, get_vouchers, get_voucher, post_cancellation]
