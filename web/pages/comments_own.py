"""What clients wrote about a provider, for the provider itself, and its one answer to each comment."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.comments.commands import answer_comment
from registry.quality.comments.queries import OwnComment, own_comments
from registry.quality.comments.rules import ANSWER_LENGTH
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
DONE: Final[dict[str, str]] = {
    "answered": N_("Your answer was sent. It is published once a moderator has read it; you get a message."),
}


async def _own(request: AnyRequest) -> list[OwnComment]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await own_comments(session, provider_id=actor.provider_id)


@get("/provider/comments", who=PROVIDER, include_in_schema=False)
async def comments(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The comments that are out or about to be."""
    return page(
        request,
        "comments/own.html",
        rows=await _own(request),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


async def _answer_page(request: AnyRequest, comment_id: UUID, form: Form, status: int = 200) -> Response[str]:
    row = next((row for row in await _own(request) if row.comment.id == comment_id), None)
    if row is None:
        raise NotFound("comment.unknown")
    return page(
        request,
        "comments/answer.html",
        status=status,
        get_path=f"/provider/comments/{comment_id}",
        row=row,
        longest=ANSWER_LENGTH,
        values=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/provider/comments/{comment_id:uuid}", who=PROVIDER, include_in_schema=False)
async def answering(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str]:
    """One comment, and the form for the answer to it."""
    return await _answer_page(request, comment_id, Form())


@post("/provider/comments/{comment_id:uuid}", who=PROVIDER, include_in_schema=False)
async def answer(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str]:
    """Take in the answer; there is only one."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    words = form.text("words", longest=ANSWER_LENGTH, lines=True)
    key = form.key()
    if not form.ok:
        return await _answer_page(request, comment_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await answer_comment(session, actor=actor, now=held.now(), comment_id=comment_id, words=words)
        return {"id": str(comment_id)}

    body = {"comment": str(comment_id), "words": words}
    try:
        await once(request, operation="comment.answer", key=key, body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _answer_page(request, comment_id, form, 409)
    return redirect("/provider/comments?done=answered")


ROUTES: list[Any] = [comments, answering, answer]
