"""The first time that a provider proposes to a client it has confirmed."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import AwareDatetime, Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.vouchers.commands import propose_meeting
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey, Line
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDERS: Final = frozenset({Role.PROVIDER_USER})


class MeetingIn(ApiModel):
    """When, and where or how."""

    at: Annotated[AwareDatetime, Field(examples=["2026-11-24T09:30:00+02:00"])]
    place: Annotated[Line | None, Field(examples=["Torikatu 1, Oulu"])] = None


class MeetingOut(ApiModel):
    """The pick with what was proposed."""

    id: UUID
    first_meeting_at: datetime
    first_meeting_place: str | None


@post(
    "/api/v1/assignments/{assignment_id:uuid}/first-meeting",
    who=PROVIDERS,
    scope="choices:write",
    tags=["choices"],
    status_code=200,
    refusals=("choice.not_confirmed", "meeting.in_the_past", "meeting.after_validity"),
)
async def post_meeting(
    request: AnyRequest,
    assignment_id: FromPath[UUID],
    data: JSONBody[MeetingIn],
    idempotency_key: IdempotencyKey = None,
) -> MeetingOut:
    """Propose a first time to a client who is confirmed, or another one instead. The client is told."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await propose_meeting(
            session, actor=actor, now=now, assignment_id=assignment_id, at=data.at, place=data.place
        )
        return {
            "id": str(assignment_id),
            "first_meeting_at": data.at.isoformat(),
            "first_meeting_place": data.place,
        }

    body = {"assignment": str(assignment_id), **data.model_dump(mode="json")}
    return MeetingOut(
        **await once(request, operation="choice.meeting", key=header_key(request), body=body, run=run)
    )


ROUTES: list[Any] = [post_meeting]
