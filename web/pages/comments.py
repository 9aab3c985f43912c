"""Comments and answers that wait for a moderator, one at a time and the oldest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.comments.commands import moderate_answer, moderate_comment
from registry.quality.comments.masking import MEASURED
from registry.quality.comments.queries import Counts, Waiting, counts, let_through, waiting
from registry.quality.comments.rules import REJECTIONS, CommentState, Verdict
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from web.comment_words import KEEP_BACK, masked_text
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})
VIEWS: Final = ("comment", "answer", "let_through")
LET_THROUGH: Final = "approve"

DONE: Final[dict[str, str]] = {
    "approved": N_(
        "Let through. It comes out with a release, once at least five people have reviewed there."
    ),
    "rejected": N_("Kept back. The scores of the review count all the same."),
    "answer_approved": N_("The answer now stands under the comment."),
    "answer_rejected": N_("The answer was kept back."),
    "kept": N_("The comment stays as it is."),
    "withdrawn": N_("It was taken down at once."),
}


@dataclass(frozen=True, slots=True)
class Card:
    """What the moderator reads."""

    waiting: Waiting
    masked: list[str]
    """What was masked, in words."""


def comment_tabs(view: str, counted: Counts) -> list[tuple[str, str, bool, int | None]]:
    """The moderator's four lists."""
    return [
        ("/comments", gettext("Comments to read"), view == "comment", counted.comments),
        ("/comments?view=answer", gettext("Answers to read"), view == "answer", counted.answers),
        ("/comments/reported", gettext("Reported comments"), view == "reported", counted.reported),
        ("/comments?view=let_through", gettext("Let through, not out yet"), view == "let_through", None),
    ]


def flashes(done: str) -> list[dict[str, str]]:
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


def _options(view: str) -> list[tuple[str, str]]:
    """The verdicts as one list of radio buttons: let through, or kept back for one of the reasons."""
    kept_back = [(reason, gettext(KEEP_BACK[reason])) for reason in REJECTIONS]
    return kept_back if view == "let_through" else [(LET_THROUGH, gettext("Let it through")), *kept_back]


async def _queue_page(
    request: AnyRequest, view: str, form: Form, *, after: str | None = None, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    place = read_cursor(after, datetime.fromisoformat, UUID)
    at = (place[0], place[1]) if place else None
    async with held.database.transaction(actor.sight) as session:
        counted = await counts(session)
        found, following = (
            await let_through(session, after=at, limit=1)
            if view == "let_through"
            else await waiting(session, about=view, after=at, limit=1)
        )
    return page(
        request,
        "comments/queue.html",
        status=status,
        get_path="/comments",
        view=view,
        tabs=comment_tabs(view, counted),
        card=Card(found[0], masked_text(found[0].masked_kinds)) if found else None,
        options=_options(view),
        skip_href=_address(view, cursor(following[0].isoformat(), str(following[1]))) if following else None,
        first_href=_address(view) if after else None,
        measured=MEASURED,
        values=form,
        errors=form.errors,
        key=new_key(),
        flashes=flashes(done),
    )


def _address(view: str, after: str | None = None, done: str = "") -> str:
    asked = {"view": view if view != "comment" else "", "after": after or "", "done": done}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/comments?{query}" if query else "/comments"


@get("/comments", who=OFFICER, include_in_schema=False)
async def queue(
    request: AnyRequest,
    view: FromQuery[str] = "comment",
    after: FromQuery[str | None] = None,
    done: FromQuery[str] = "",
) -> Response[str]:
    """The text that has waited longest, masked, and the verdicts."""
    return await _queue_page(request, view if view in VIEWS else VIEWS[0], Form(), after=after, done=done)


@post("/comments/{view:str}/{subject_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, view: FromPath[str], subject_id: FromPath[UUID]) -> Response[str]:
    """Let through or keep back, and go on to the next one."""
    held, actor = services(request), signed_in(request)
    if view not in VIEWS:
        raise NotFound("comment.unknown")
    form = await read_form(request)
    picked = form.choice("verdict", [value for value, _ in _options(view)])
    key = form.key()
    if not form.ok:
        return await _queue_page(request, view, form, status=422)
    verdict = Verdict.APPROVE if picked == LET_THROUGH else Verdict.REJECT
    reason = None if verdict is Verdict.APPROVE else picked

    async def run(session: AsyncSession) -> Answer:
        if view == "answer":
            await moderate_answer(
                session, actor=actor, now=held.now(), comment_id=subject_id, verdict=verdict, reason=reason
            )
        else:
            await moderate_comment(
                session,
                actor=actor,
                now=held.now(),
                review_id=subject_id,
                verdict=verdict,
                reason=reason,
                seen=CommentState.APPROVED if view == "let_through" else CommentState.SUBMITTED,
            )
        return {"id": str(subject_id)}

    body = {"view": view, "id": str(subject_id), "verdict": picked}
    try:
        await once(request, operation="comment.moderate", key=key, body=body, run=run)
    except (Refused, Invalid) as error:
        blamed = Form()
        blamed.blame(error)
        return await _queue_page(request, view, blamed, status=409)
    done = "approved" if verdict is Verdict.APPROVE else "rejected"
    return redirect(_address(view, done=f"answer_{done}" if view == "answer" else done))


ROUTES: list[Any] = [queue, decide]
