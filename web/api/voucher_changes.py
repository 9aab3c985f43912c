"""Vouchers raised, lowered and lengthened by machine."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.changing.commands import extend_voucher, lower_voucher, raise_voucher
from registry.vouchers.queries import voucher_line
from web.api.vouchers import CASE_WORKERS, HeardCode
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, Cents, Hundredths, IdempotencyKey, Whole
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class ChangeIn(ApiModel):
    """A raise, a lowering or more days, with the reason that the client reads. Exactly one of `units`, `value_cents` and
    `days`, as the kind and the voucher want it."""

    kind: Literal["raised", "lowered", "extended"] = Field(examples=["raised"])
    reason: Literal[
        "agreed_in_plan", "more_needed", "less_needed", "could_not_be_used", "client_asked", "corrected"
    ] = Field(examples=["more_needed"])
    units: Hundredths | None = Field(default=None, description="Hundredths: 2 hours = 200", examples=[200])
    value_cents: Cents | None = Field(default=None, description="For a voucher in euros", examples=[None])
    days: Annotated[Whole, Field(ge=1, le=2000)] | None = Field(default=None, examples=[None])

    heard: HeardCode | None = Field(
        default=None, description="Of a lowering: how the client was heard before it", examples=[None]
    )
    heard_on: date | None = Field(default=None, examples=[None])

    @model_validator(mode="after")
    def _one_amount(self) -> "ChangeIn":
        given = [self.units is not None, self.value_cents is not None, self.days is not None]
        if sum(given) != 1 or (self.days is not None) != (self.kind == "extended"):
            raise ValueError("days for more days; units or value_cents for the others")
        if (self.heard is not None) != (self.kind == "lowered") or (self.heard_on and not self.heard):
            raise ValueError("how the client was heard, of a lowering alone")
        return self


class ChangeOut(ApiModel):
    """The record of the change, and how the voucher stands now."""

    id: UUID
    voucher: UUID
    available_cents: int = Field(examples=[72000])
    units_available: int | None = Field(examples=[1200])
    last_day: date = Field(examples=["2027-02-20"])


@post(
    "/api/v1/vouchers/{voucher_id:uuid}/changes",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    refusals=(
        "budget.short", "change.not_open", "change.above_terms", "change.below_used", "change.days_range",
        "change.in_units", "change.in_euros", "change.reason_unknown", "change.by_results", "change.line_closed",
        "decision.not_heard", "decision.heard_when", "aid.above_ceiling",
    ),
)  # fmt: skip
async def post_change(
    request: AnyRequest,
    voucher_id: FromPath[UUID],
    data: JSONBody[ChangeIn],
    idempotency_key: IdempotencyKey = None,
) -> ChangeOut:
    """Raise, lower or lengthen an open voucher. Lowering is an adverse act: hear the client first; the client is told the
    reason and the remedy."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        common: dict[str, Any] = {
            "actor": actor, "now": held.now(), "voucher_id": voucher_id, "reason": data.reason,
        }  # fmt: skip
        if data.days is not None:
            made = await extend_voucher(session, days=data.days, **common)
        elif data.heard is None:
            made = await raise_voucher(session, cents=data.value_cents, units=data.units, **common)
        else:
            hearing = Hearing(HeardHow(data.heard), data.heard_on)
            made = await lower_voucher(
                session, cents=data.value_cents, units=data.units, hearing=hearing, **common
            )
        await session.flush()
        line = await voucher_line(session, voucher_id=voucher_id)
        return {
            "id": str(made),
            "voucher": str(voucher_id),
            "available_cents": line.available_cents,
            "units_available": line.units_available,
            "last_day": line.last_day.isoformat(),
        }

    body = {"voucher": str(voucher_id), **data.model_dump(mode="json")}
    done = await once(request, operation="voucher.change", key=header_key(request), body=body, run=run)
    return ChangeOut(**done)


ROUTES: list[Any] = [post_change]
