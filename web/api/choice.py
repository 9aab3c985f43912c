"""The choice by machine: the pick and the refusal that a case worker records for a client."""

from typing import Any, Final, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands import pick, refuse
from registry.shared.actor import Role
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

Channel = Literal["counter", "phone"]


class NewChoice(ApiModel):
    """What the client said at the counter or on the phone."""

    admission_id: UUID
    channel: Channel = "counter"
    said_by: Literal["client", "guardian"] = "client"
    shown_id: UUID | None = Field(default=None, description="The comparison that the client was shown")


class ChoiceOut(ApiModel):
    """The pick, which the provider is now asked to confirm."""

    assignment_id: UUID
    voucher_id: UUID


class NewRefusal(ApiModel):
    """The client refuses the voucher; the reason is the client's own affair and may be left out."""

    channel: Channel = "counter"
    said_by: Literal["client", "guardian"] = "client"
    reason: (
        Literal["got_job", "got_study_place", "other_service", "no_suitable_provider", "not_now"] | None
    ) = None


class RefusalOut(ApiModel):
    """The voucher that was refused. The client's case worker now has a case."""

    voucher_id: UUID
    state: Literal["refused"]


@post("/api/v1/vouchers/{voucher_id:uuid}/choice", who=CASE_WORKER, scope="choices:write", tags=["choice"])
async def post_choice(
    request: AnyRequest,
    voucher_id: FromPath[UUID],
    data: JSONBody[NewChoice],
    idempotency_key: IdempotencyKey = None,
) -> ChoiceOut:
    """Record the client's pick, or a change of it. Takes one of the provider's free places."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        assignment_id = await pick(
            session,
            actor=actor,
            now=now,
            voucher_id=voucher_id,
            admission_id=data.admission_id,
            channel=data.channel,
            said_by=data.said_by,
            shown_id=data.shown_id,
        )
        return {"assignment_id": str(assignment_id), "voucher_id": str(voucher_id)}

    body = {"voucher_id": str(voucher_id), **data.model_dump(mode="json")}
    made = await once(request, operation="choice.choose", key=header_key(request), body=body, run=run)
    return ChoiceOut(**made)


@post("/api/v1/vouchers/{voucher_id:uuid}/refusal", who=CASE_WORKER, scope="choices:write", tags=["choice"])
async def post_refusal(
    request: AnyRequest,
    voucher_id: FromPath[UUID],
    data: JSONBody[NewRefusal],
    idempotency_key: IdempotencyKey = None,
) -> RefusalOut:
    """Record that the client refuses the voucher: the rest of its value goes back to the budget."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await refuse(
            session,
            actor=actor,
            now=now,
            voucher_id=voucher_id,
            channel=data.channel,
            said_by=data.said_by,
            reason=data.reason,
        )
        return {"voucher_id": str(voucher_id), "state": "refused"}

    body = {"voucher_id": str(voucher_id), **data.model_dump(mode="json")}
    made = await once(request, operation="choice.refuse", key=header_key(request), body=body, run=run)
    return RefusalOut(**made)


ROUTES: list[Any] = [post_choice, post_refusal]
