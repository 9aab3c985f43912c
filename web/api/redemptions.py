"""Redemption by a provider's own system: redeem or reserve, capture, release, reverse."""

from datetime import date
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.idempotency import field_digests
from registry.vouchers.commands import RedemptionLine, capture, release, reverse
from registry.vouchers.redemption.commands import Call
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.redemption.rules import MAX_GROUP, UNTOLD, Activity, Attended, Event
from web.idempotency import Answer, answered, header_key, once
from web.schema import (
    ApiModel,
    Cents,
    Hundredths,
    IdempotencyKey,
    Prose,
)
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

PROVIDERS: Final = frozenset({Role.PROVIDER_USER})

REDEMPTION_REFUSALS: Final = (
    "presentation.unknown",
    "presentation.ended",
    "voucher.used_up",
    "voucher.expired",
    "voucher.cancelled",
    "redemption.date_in_future",
    "redemption.date_outside_validity",
    "redemption.price_above_agreed",
    "redemption.price_above_ceiling",
    "redemption.too_few_units",
    "redemption.too_little_value",
    "redemption.nothing_to_pay",
    "admission.not_active",
)

State = Literal["reserved", "captured", "released", "lapsed", "reversed"]
ActivityCode = Literal[
    "meeting", "remote", "group", "workplace", "training", "assessment", "writing", "other"
]
AttendedCode = Literal["client", "client_and_other", "group", "nobody"]


class RedemptionIn(ApiModel):
    """One service event. `units` are hundredths: 1.25 hours = 125. With `reserve` the value is only held."""

    presentation: UUID = Field(description="The id that presenting the voucher gave to this provider")
    units: Hundredths = Field(examples=[150])
    unit_price_cents: Cents = Field(description="Price of one unit including VAT", examples=[6000])
    service_date: date = Field(description="The day of the service, in Finland", examples=["2026-11-20"])
    reserve: bool = False
    activity: ActivityCode | None = Field(
        default=None, description="What was done; the client is shown it", examples=["meeting"]
    )
    attended: AttendedCode | None = Field(
        default=None, description="Who was there besides the provider", examples=["client"]
    )
    group_size: Annotated[int, Field(ge=2, le=MAX_GROUP)] | None = Field(
        default=None, description="How many were there; only with `attended` group", examples=[None]
    )

    @model_validator(mode="after")
    def _only_a_group_has_a_size(self) -> Self:
        if self.group_size is not None and self.attended != "group":
            raise ValueError("only a group has a size")
        return self


class RedeemedOut(ApiModel):
    """What was redeemed or reserved: price = value + own share."""

    id: UUID
    voucher: UUID
    state: State
    price_cents: int = Field(examples=[9000])
    value_cents: int = Field(description="Drawn from the voucher", examples=[9000])
    own_share_cents: int = Field(description="Paid by a company client", examples=[0])
    available_cents: int = Field(description="What the voucher has left", examples=[51000])


class CaptureIn(ApiModel):
    """How much of the reservation to redeem; all of it when `units` is left out. The rest is released."""

    units: Hundredths | None = Field(default=None, examples=[100])


class ReversalIn(ApiModel):
    """Why the redemption is undone."""

    reason: Annotated[Prose, Field(max_length=500)] = Field(examples=["Redeemed for the wrong day"])


class ReversalOut(ApiModel):
    """The new record that undoes a redemption."""

    id: UUID
    redemption: UUID
    value_cents: int


def call_of(request: AnyRequest, key: str, data: RedemptionIn) -> Call:
    """What is asked, as it is carried out once under its key."""
    event = UNTOLD
    if data.activity or data.attended:
        event = Event(
            Activity(data.activity) if data.activity else None,
            Attended(data.attended) if data.attended else None,
            data.group_size,
        )
    line = RedemptionLine(
        data.presentation, data.units, data.unit_price_cents, data.service_date, data.reserve, event
    )
    body = {
        "presentation": str(data.presentation),
        "units": data.units,
        "unit_price_cents": data.unit_price_cents,
        "service_date": data.service_date.isoformat(),
        "reserve": data.reserve,
        **event.told(),
    }
    fields = field_digests("redemption", body, services(request).keys.field_digest)
    return Call(signed_in(request), key, fields, line)


@post(
    "/api/v1/redemptions",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    refusals=REDEMPTION_REFUSALS,
)
async def post_redemption(
    request: AnyRequest, data: JSONBody[RedemptionIn], idempotency_key: IdempotencyKey = None
) -> RedeemedOut:
    """Redeem or reserve one service event on a voucher that was shown to this provider. Each refusal (409) has its own
    `code`, with the amounts in `facts`."""
    call = call_of(request, header_key(request), data)
    return RedeemedOut(**answered(await services(request).redemptions.ask(call)))


def _now(redemption: Redemption) -> Answer:
    return {"id": str(redemption.id), "state": redemption.state, "value_cents": redemption.value_cents}


class SettledOut(ApiModel):
    """A reservation after its capture or release."""

    id: UUID
    state: State
    value_cents: int = Field(description="What was redeemed, or had been held", examples=[6000])


@post(
    "/api/v1/redemptions/{redemption_id:uuid}/capture",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    status_code=200,
    refusals=(
        "redemption.captured",
        "redemption.released",
        "redemption.lapsed",
        "redemption.more_than_reserved",
    ),
)
async def post_capture(
    request: AnyRequest,
    redemption_id: FromPath[UUID],
    data: JSONBody[CaptureIn],
    idempotency_key: IdempotencyKey = None,
) -> SettledOut:
    """Redeem a reservation, whole or in part."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        return _now(
            await capture(session, actor=actor, now=now, redemption_id=redemption_id, units=data.units)
        )

    body = {"redemption": str(redemption_id), "units": data.units}
    return SettledOut(
        **await once(request, operation="redemption.capture", key=header_key(request), body=body, run=run)
    )


@post(
    "/api/v1/redemptions/{redemption_id:uuid}/release",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    status_code=200,
    refusals=("redemption.captured", "redemption.released", "redemption.lapsed"),
)
async def post_release(
    request: AnyRequest, redemption_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> SettledOut:
    """Give a reservation up: all of it goes back to the voucher."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        return _now(await release(session, actor=actor, now=now, redemption_id=redemption_id))

    body = {"redemption": str(redemption_id)}
    return SettledOut(
        **await once(request, operation="redemption.release", key=header_key(request), body=body, run=run)
    )


@post(
    "/api/v1/redemptions/{redemption_id:uuid}/reversal",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    refusals=("redemption.reserved", "redemption.reversed"),
)
async def post_reversal(
    request: AnyRequest,
    redemption_id: FromPath[UUID],
    data: JSONBody[ReversalIn],
    idempotency_key: IdempotencyKey = None,
) -> ReversalOut:
    """Undo a redemption, with a reason. What a statement already carries is netted on the next one."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        made = await reverse(session, actor=actor, now=now, redemption_id=redemption_id, reason=data.reason)
        return {"id": str(made.id), "redemption": str(made.redemption_id), "value_cents": made.value_cents}

    body = {"redemption": str(redemption_id), "reason": data.reason}
    return ReversalOut(
        **await once(request, operation="redemption.reverse", key=header_key(request), body=body, run=run)
    )


ROUTES: list[Any] = [post_redemption, post_capture, post_release, post_reversal]
