"""Comments for machines: what waits for a moderator, decisions, and what is published of a provider.

A text holds marks such as `⟦name⟧` where something personal was masked; which there are is in `masked_kinds`.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.comments.commands import moderate_answer, moderate_comment
from registry.quality.comments.patterns import KINDS
from registry.quality.comments.queries import Waiting, published_comments, waiting
from registry.quality.comments.rules import REJECTIONS, Verdict
from registry.shared.actor import Role
from web.idempotency import Answer, header_key, once
from web.schema import LARGEST_PAGE, ApiModel, IdempotencyKey, Page, cursor, read_cursor
from web.security import PUBLIC
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})
SCOPE: Final = "register:write"
MOST: Final = 200

About = Literal["comment", "answer"]
Moment = Annotated[str, Field(examples=["after"], description="after | half_year")]
After = Annotated[
    str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=200)
]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Texts on a page")]


class WaitingOut(ApiModel):
    """A text that waits for a moderator, masked. What was written before masking is nowhere in the API."""

    about: About
    id: UUID = Field(description="Of the comment or of the comment that is answered; for the decision")
    provider_id: UUID
    service_id: UUID
    moment: Moment
    masked: str = Field(examples=["Valmentajani ⟦name⟧ auttoi."])
    masked_kinds: list[str] = Field(examples=[["name"]], description=" | ".join(KINDS))
    answers: str | None = Field(description="The comment that an answer is to")
    submitted_at: datetime


class DecisionIn(ApiModel):
    """What a moderator says."""

    about: About
    id: UUID
    verdict: Literal["approve", "reject"]
    reason: str | None = Field(
        default=None,
        examples=["names_a_person"],
        max_length=50,
        description="With reject: " + " | ".join(REJECTIONS),
    )


class DecisionOut(ApiModel):
    """The text that was decided on."""

    about: About
    id: UUID
    verdict: Literal["approve", "reject"]


class CommentOut(ApiModel):
    """A published comment. It has no date, and the order of the list says nothing."""

    id: UUID
    service_id: UUID
    moment: Moment
    comment: str = Field(examples=["Minut otettiin hyvin vastaan."])
    answer: str | None = Field(description="The provider's answer")


def _out(row: Waiting) -> WaitingOut:
    return WaitingOut(
        about="answer" if row.about == "answer" else "comment",
        id=row.id,
        provider_id=row.provider_id,
        service_id=row.service_id,
        moment=row.moment,
        masked=row.masked,
        masked_kinds=list(row.masked_kinds),
        answers=row.answers,
        submitted_at=row.submitted_at,
    )


@get("/api/v1/comments/queue", who=OFFICER, scope=SCOPE, tags=["quality"])
async def list_waiting(request: AnyRequest, after: After = None, limit: Limit = 50) -> Page[WaitingOut]:
    """Comments and answers that wait for a moderator, oldest first."""
    held, actor = services(request), signed_in(request)
    place = read_cursor(after, datetime.fromisoformat, UUID)
    async with held.database.transaction(actor.sight) as session:
        found, following = await waiting(session, after=(place[0], place[1]) if place else None, limit=limit)
    return Page[WaitingOut](
        items=[_out(row) for row in found],
        next=cursor(following[0].isoformat(), str(following[1])) if following else None,
    )


@post("/api/v1/comments/decisions", who=OFFICER, scope=SCOPE, tags=["quality"], status_code=200)
async def decide(request: AnyRequest, data: JSONBody[DecisionIn], key: IdempotencyKey = None) -> DecisionOut:
    """Let a text through or keep it back. One that somebody decided on meanwhile is refused (409 `comment.decided`)."""
    held, actor = services(request), signed_in(request)
    verdict = Verdict(data.verdict)

    async def run(session: AsyncSession) -> Answer:
        if data.about == "answer":
            await moderate_answer(
                session, actor=actor, now=held.now(), comment_id=data.id, verdict=verdict, reason=data.reason
            )
        else:
            await moderate_comment(
                session, actor=actor, now=held.now(), review_id=data.id, verdict=verdict, reason=data.reason
            )
        return {"id": str(data.id)}

    body = data.model_dump(mode="json")
    await once(request, operation="comment.moderate", key=header_key(request), body=body, run=run)
    return DecisionOut(about=data.about, id=data.id, verdict=data.verdict)


@get("/api/v1/providers/{provider_id:uuid}/comments", who=PUBLIC, tags=["quality"])
async def list_published(request: AnyRequest, provider_id: FromPath[UUID]) -> Page[CommentOut]:
    """What clients wrote about a provider and what it answered, as far as it is published."""
    held = services(request)
    async with held.database.transaction() as session:
        found = await published_comments(session, provider_ids=[provider_id], now=held.now(), most=MOST)
    return Page[CommentOut](
        items=[
            CommentOut(
                id=row.id,
                service_id=row.service_id,
                moment=row.moment,
                comment=row.comment,
                answer=row.answer,
            )
            for row in found.get(provider_id, [])
        ]
    )


ROUTES: list[Any] = [list_waiting, decide, list_published]
