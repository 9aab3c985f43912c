"""Reports on published comments: anybody makes one, without signing in; an officer decides."""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import consume_rate_limit
from registry.quality.comments.commands import decide_reports, report_comment
from registry.quality.comments.queries import CommentView, counts, public_comment, reported
from registry.quality.comments.rules import ABOUT, REJECTIONS, REPORT_LENGTH, ReportVerdict
from registry.shared.errors import Invalid, NotFound, Refused
from web.comment_words import REASONS
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.comments import OFFICER, comment_tabs, flashes
from web.security import PUBLIC
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
ATTEMPTS: Final = 10
FROM_EVERYBODY: Final = 120
WINDOW: Final = timedelta(hours=1)

VERDICTS: Final[dict[str, str]] = {
    str(ReportVerdict.KEEP): N_("Leave it as it is"),
    str(ReportVerdict.WITHDRAW_ANSWER): N_("Take down the provider’s answer"),
    str(ReportVerdict.WITHDRAW_COMMENT): N_("Take down the comment, with the answer to it"),
}


# --- the public's -------------------------------------------------------------------------------------------------


async def _public(request: AnyRequest, comment_id: UUID) -> CommentView:
    held = services(request)
    async with held.database.transaction() as session:
        found = await public_comment(session, comment_id=comment_id, now=held.now())
    if found is None:
        raise NotFound("comment.unknown")
    return found


def _report_page(request: AnyRequest, comment: CommentView, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "comments/report.html",
        status=status,
        get_path=f"/comments/{comment.id}/report",
        comment=comment,
        reasons=[(reason, gettext(REASONS[reason])) for reason in REJECTIONS],
        about_options=[
            ("comment", gettext("The client’s comment")),
            ("answer", gettext("The provider’s answer")),
        ],
        longest=REPORT_LENGTH,
        values=form,
        errors=form.errors,
    )


@get("/comments/{comment_id:uuid}/report", who=PUBLIC, include_in_schema=False)
async def reporting(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str]:
    """The form for whoever thinks that a comment should not stand."""
    return _report_page(request, await _public(request, comment_id), Form())


@post("/comments/{comment_id:uuid}/report", who=PUBLIC, include_in_schema=False)
async def report(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str]:
    """Take in the report; nothing of who makes it is kept."""
    held = services(request)
    comment = await _public(request, comment_id)
    form = await read_form(request)
    about = form.choice("about", ABOUT) if comment.answer is not None else "comment"
    reason = form.choice("reason", REJECTIONS)
    words = form.text("words", longest=REPORT_LENGTH, required=False, lines=True)
    if not form.ok:
        return _report_page(request, comment, form, 422)
    async with held.database.transaction() as session:
        for bucket, limit in ((_bucket(request), ATTEMPTS), ("comment_report", FROM_EVERYBODY)):
            await consume_rate_limit(session, bucket=bucket, limit=limit, window=WINDOW, now=held.now())
    async with held.database.transaction() as session:
        await report_comment(
            session, now=held.now(), comment_id=comment_id, about=about, reason=reason, words=words
        )
    return redirect("/comments/report-sent")


def _bucket(request: AnyRequest) -> str:
    """Counted per address, of which only a hash is kept, and that for a day."""
    address = request.client.host if request.client else ""
    return f"comment_report:{sha256(address.encode()).hexdigest()[:32]}"


@get("/comments/report-sent", who=PUBLIC, include_in_schema=False)
async def report_sent(request: AnyRequest) -> Response[str]:
    return page(request, "comments/report_sent.html")


# --- the officer's ------------------------------------------------------------------------------------------------


@get("/comments/reported", who=OFFICER, include_in_schema=False)
async def reported_list(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The comments on which somebody waits for a decision."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found, counted = await reported(session), await counts(session)
    return page(
        request,
        "comments/reported.html",
        tabs=comment_tabs("reported", counted),
        rows=found,
        flashes=flashes(done),
    )


async def _decision_page(
    request: AnyRequest, comment_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await reported(session, comment_id=comment_id)
    if not found:
        raise NotFound("comment.unknown")
    (only,) = found
    return page(
        request,
        "comments/reports.html",
        status=status,
        get_path=f"/comments/{comment_id}/reports",
        row=only,
        verdicts=_verdicts(only.comment.answer is not None),
        values=form,
        errors=form.errors,
        key=new_key(),
    )


def _verdicts(answered: bool) -> list[tuple[str, str]]:
    return [
        (value, gettext(text))
        for value, text in VERDICTS.items()
        if answered or value != ReportVerdict.WITHDRAW_ANSWER
    ]


@get("/comments/{comment_id:uuid}/reports", who=OFFICER, include_in_schema=False)
async def reports(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str]:
    """A comment, what is said against it, and the verdicts."""
    return await _decision_page(request, comment_id, Form())


@post("/comments/{comment_id:uuid}/reports", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str]:
    """Decide all open reports on the comment at once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    picked = form.choice("verdict", list(VERDICTS))
    key = form.key()
    if not form.ok:
        return await _decision_page(request, comment_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await decide_reports(
            session, actor=actor, now=held.now(), comment_id=comment_id, verdict=ReportVerdict(picked)
        )
        return {"id": str(comment_id)}

    body = {"comment": str(comment_id), "verdict": picked}
    try:
        await once(request, operation="comment.decide_reports", key=key, body=body, run=run)
    except (Refused, Invalid) as error:
        if error.code == "report.decided":  # nothing is left to decide on this page
            raise
        form.blame(error)
        return await _decision_page(request, comment_id, form, 409)
    return redirect(f"/comments/reported?done={'kept' if picked == ReportVerdict.KEEP else 'withdrawn'}")


ROUTES: list[Any] = [reporting, report, report_sent, reported_list, reports, decide]
