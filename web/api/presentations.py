"""A provider's side before redemption: picks to answer, and vouchers that are shown to it."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Refusal, Refused, TooManyAttempts
from registry.vouchers.commands import confirm, decline, present
from registry.vouchers.queries import (
    AssignmentRow,
    PresentedVoucher,
    assignment_page,
    presentation_page,
    presented_voucher,
)
from registry.vouchers.rules import AssignmentState
from web.idempotency import Answer, header_key, once
from web.schema import LARGEST_PAGE, ApiModel, IdempotencyKey, Line, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

PROVIDERS: Final = frozenset({Role.PROVIDER_USER})
State = Literal["asked", "confirmed", "declined", "lapsed", "ended"]


class PresentationIn(ApiModel):
    """The number and the secret that the holder shows; spaces and dashes do not matter."""

    number: Annotated[Line, Field(max_length=40)] = Field(examples=["7KQ4-M2XD-9FA1"])
    secret: Annotated[Line, Field(max_length=60)] = Field(examples=["A1B2-C3D4-E5F6-G7H8"])


class PresentationOut(ApiModel):
    """A voucher as this provider may see it; redeem with `id`."""

    id: UUID
    voucher: UUID
    number: str
    state: str
    presented_at: datetime
    ended_at: datetime | None
    agreed_unit_price_cents: int
    unit_name: str | None
    available_cents: int
    reserved_cents: int
    units_available: int | None = Field(description="Hundredths; null on a voucher in euros")
    last_day: date


class AssignmentOut(ApiModel):
    """A client's pick of this provider. Name and contact are there only once it was confirmed."""

    id: UUID
    service: str
    state: State
    municipality_code: str | None
    languages: list[str]
    agreed_unit_price_cents: int
    chosen_at: datetime
    answer_due_at: datetime
    answered_at: datetime | None
    first_meeting_at: datetime | None = Field(description="The first time that was proposed to the client")
    first_meeting_place: str | None
    name: str | None
    email: str | None
    phone: str | None


class AnsweredOut(ApiModel):
    """A pick after its answer."""

    id: UUID
    state: State


def _presentation(seen: PresentedVoucher) -> PresentationOut:
    return PresentationOut(
        id=seen.presentation_id,
        voucher=seen.voucher_id,
        number=seen.number,
        state=seen.state,
        presented_at=seen.presented_at,
        ended_at=seen.ended_at,
        agreed_unit_price_cents=seen.agreed_unit_price_cents,
        unit_name=seen.unit_name,
        available_cents=seen.available_cents,
        reserved_cents=seen.reserved_cents,
        units_available=seen.units_available,
        last_day=seen.last_day,
    )


@post(
    "/api/v1/presentations",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    refusals=("presentation.wrong_code", "choice.not_confirmed", "voucher.used_up", "voucher.expired"),
    limited=True,
)
async def post_presentation(
    request: AnyRequest, data: JSONBody[PresentationIn], idempotency_key: IdempotencyKey = None
) -> PresentationOut:
    """Open a voucher that its holder shows. An unknown number, a wrong secret and a voucher for another provider get
    the same 409 `presentation.wrong_code`; too many wrong tries a 429."""
    held, actor = services(request), signed_in(request)
    header_key(request)
    # The same voucher shown again gives the same presentation, so a repeat needs no record of its key; and every
    # try must be kept, also the wrong ones, which a record of the first answer would hide.
    async with held.database.transaction(actor.sight) as session:
        opened = await present(
            session, actor=actor, now=held.now(), keys=held.keys, number=data.number, secret=data.secret
        )
        seen = None
        if not isinstance(opened, Refusal):
            seen = await presented_voucher(session, actor=actor, presentation_id=opened, redemptions=False)
    if isinstance(opened, Refusal):
        kind = TooManyAttempts if opened.code == "presentation.too_many_attempts" else Refused
        raise kind(opened.code, **opened.facts)
    if seen is None:
        raise LookupError("a presentation that was opened can be seen")
    return _presentation(seen)


@get(
    "/api/v1/presentations/{presentation_id:uuid}", who=PROVIDERS, scope="vouchers:read", tags=["redemptions"]
)
async def get_presentation(request: AnyRequest, presentation_id: FromPath[UUID]) -> PresentationOut:
    """What is left on a voucher that was shown to this provider."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        seen = await presented_voucher(
            session, actor=actor, presentation_id=presentation_id, redemptions=False
        )
    return _presentation(seen)


@get("/api/v1/presentations", who=PROVIDERS, scope="vouchers:read", tags=["redemptions"])
async def get_presentations(
    request: AnyRequest,
    after: Annotated[str | None, QueryParameter(description="Cursor from `next`", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Page[PresentationOut]:
    """The vouchers that were shown to this provider and can still be redeemed by it, oldest first."""
    place = read_cursor(after, UUID)
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await presentation_page(session, actor=actor, after=place[0] if place else None, limit=limit)
    following = cursor(str(rows[limit - 1].presentation_id)) if len(rows) > limit else None
    return Page(items=[_presentation(row) for row in rows[:limit]], next=following)


@get("/api/v1/assignments", who=PROVIDERS, scope="vouchers:read", tags=["choices"])
async def get_assignments(
    request: AnyRequest,
    in_state: Annotated[
        AssignmentState | None, QueryParameter(name="state", description="Only in this state")
    ] = None,
    after: Annotated[str | None, QueryParameter(description="Cursor from `next`", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Page[AssignmentOut]:
    """Clients who picked this provider, oldest first."""
    place = read_cursor(after, UUID)
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await assignment_page(
            session,
            actor=actor,
            after=place[0] if place else None,
            limit=limit,
            states=[in_state] if in_state else (),
        )
        for row in rows[:limit]:
            if row.contact is not None:
                log_read(
                    session, actor=actor, now=held.now(), client_id=row.client_id, organiser_id=row.organiser_id,
                    what="assignments", reason="chosen_provider",
                )  # fmt: skip
    following = cursor(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page(items=[_assignment(row) for row in rows[:limit]], next=following)


def _assignment(row: AssignmentRow) -> AssignmentOut:
    contact = row.contact
    return AssignmentOut(
        id=row.id,
        service=row.service_code,
        state=row.state,
        municipality_code=row.municipality_code,
        languages=list(row.languages),
        agreed_unit_price_cents=row.agreed_unit_price_cents,
        chosen_at=row.chosen_at,
        answer_due_at=row.answer_due_at,
        answered_at=row.answered_at,
        first_meeting_at=row.first_meeting_at,
        first_meeting_place=row.first_meeting_place,
        name=contact.name if contact else None,
        email=contact.email if contact else None,
        phone=contact.phone if contact else None,
    )


@post(
    "/api/v1/assignments/{assignment_id:uuid}/confirmation",
    who=PROVIDERS,
    scope="choices:write",
    tags=["choices"],
    status_code=200,
)
async def post_confirmation(
    request: AnyRequest, assignment_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> AnsweredOut:
    """Take the client; from now on name and contact are shown."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await confirm(session, actor=actor, now=now, assignment_id=assignment_id)
        return {"id": str(assignment_id), "state": "confirmed"}

    body = {"assignment": str(assignment_id)}
    return AnsweredOut(
        **await once(request, operation="choice.confirm", key=header_key(request), body=body, run=run)
    )


@post(
    "/api/v1/assignments/{assignment_id:uuid}/declination",
    who=PROVIDERS,
    scope="choices:write",
    tags=["choices"],
    status_code=200,
)
async def post_declination(
    request: AnyRequest, assignment_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> AnsweredOut:
    """Say no: the client chooses anew."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await decline(session, actor=actor, now=now, assignment_id=assignment_id)
        return {"id": str(assignment_id), "state": "declined"}

    body = {"assignment": str(assignment_id)}
    return AnsweredOut(
        **await once(request, operation="choice.decline", key=header_key(request), body=body, run=run)
    )


ROUTES: list[Any] = [
    post_presentation, get_presentations, get_presentation, get_assignments, post_confirmation, post_declination,
]  # fmt: skip
