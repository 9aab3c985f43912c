"""Days on which a client did not come, told by the provider's own system."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.vouchers.no_shows.commands import record_no_show
from web.api.presentations import PROVIDERS
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class NoShowIn(ApiModel):
    """A day on which the client of a voucher did not come to what was agreed."""

    agreed_for: date = Field(examples=["2026-11-20"])


class NoShowOut(ApiModel):
    id: UUID


@post(
    "/api/v1/presentations/{presentation_id:uuid}/no-shows",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
)
async def post_no_show(
    request: AnyRequest,
    presentation_id: FromPath[UUID],
    data: JSONBody[NoShowIn],
    idempotency_key: IdempotencyKey = None,
) -> NoShowOut:
    """Note that the client did not come. No charge follows, no chooser sees it; the client is told and may contest it."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        made = await record_no_show(
            session, actor=actor, now=now, presentation_id=presentation_id, agreed_for=data.agreed_for
        )
        return {"id": str(made)}

    body = {"presentation": str(presentation_id), "agreed_for": data.agreed_for.isoformat()}
    return NoShowOut(
        **await once(request, operation="no_show.record", key=header_key(request), body=body, run=run)
    )


@post(
    "/api/v1/assignments/{assignment_id:uuid}/no-shows",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
)
async def post_first_no_show(
    request: AnyRequest,
    assignment_id: FromPath[UUID],
    data: JSONBody[NoShowIn],
    idempotency_key: IdempotencyKey = None,
) -> NoShowOut:
    """The same of a client who was confirmed and never came to show the voucher."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        made = await record_no_show(
            session, actor=actor, now=now, assignment_id=assignment_id, agreed_for=data.agreed_for
        )
        return {"id": str(made)}

    body = {"assignment": str(assignment_id), "agreed_for": data.agreed_for.isoformat()}
    return NoShowOut(
        **await once(request, operation="no_show.record", key=header_key(request), body=body, run=run)
    )


ROUTES: list[Any] = [post_no_show, post_first_no_show]
