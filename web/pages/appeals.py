"""Requests for review, as the officers decide them: never the one who made the decision."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.catalogue.rule_books.queries import rule_book_of
from registry.providers.decisions.appeals import LONGEST, Verdict, decide_appeal
from registry.providers.decisions.checklist import LONGEST_NOTE, Marked
from registry.providers.decisions.corrections.requests import corrections_waiting
from registry.providers.decisions.people import declare_impartiality, declared_by, person_behind
from registry.providers.decisions.queries import (
    appeal_row,
    appeals_waiting,
    decision_detail,
)
from registry.providers.decisions.queue import queue_counts
from registry.providers.decisions.rules import AppealState, Mark, Subject
from registry.providers.model import Provider
from registry.shared.period import local_date
from registry.shared.working_days import NoticeBy
from web.decision_words import CAME_BY, GROUNDS, MARKS, NOTICE, appeal_state, options
from web.forms import Form, read_form
from web.page import new_key, page, redirect
from web.pages.application_desk import OFFICER
from web.pages.deciding import carry_out, read_declaration
from web.pages.decisions import flashes
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

OUTCOMES: Final[dict[str, str]] = {
    AppealState.UPHELD: N_("Uphold it: the decision is corrected"),
    AppealState.REJECTED: N_("Reject it: the decision stays"),
    AppealState.NOT_EXAMINED: N_("Do not examine it: it came too late"),
}


@get("/appeals", who=OFFICER, include_in_schema=False)
async def list_appeals(request: AnyRequest) -> Response[str]:
    """What waits, the longest first."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        counts = await queue_counts(session, organiser_id=actor.organiser_id, today=local_date(held.now()))
        rows = await appeals_waiting(session)
        errors = await corrections_waiting(session)
    return page(
        request,
        "deciding/appeals.html",
        rows=rows,
        told=errors,
        today=local_date(held.now()),
        counts=counts,
        came_by=dict(options(CAME_BY)),
        flashes=flashes(request),
    )


async def _page(
    request: AnyRequest, appeal_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await appeal_row(session, appeal_id)
        first = await decision_detail(session, row.decision_id)
        person = await person_behind(session, actor)
        declared = await declared_by(session, person, appeal_id) if person else None
        provider = await session.get_one(Provider, row.provider_id)
        failed = [one["code"] for one in first.points if one["mark"] == Mark.NOT_MET]
        book = await rule_book_of(session, first.service_id, version=first.rule_book_version)
        points = {point.code: point for point in (book.criteria if book else ())}
    form = form or Form()
    return page(
        request,
        "deciding/appeal.html",
        status=status,
        get_path=f"/appeals/{appeal_id}",
        appeal=row,
        decision=first,
        own=first.decider_id is not None and first.decider_id == person,
        declared=declared,
        own_unit=provider.own_production_of == first.organiser_id,
        failed=[(code, points[code].text if code in points else None) for code in failed],
        outcomes=[
            (code, text) for code, text in options(OUTCOMES) if (code == AppealState.NOT_EXAMINED) == row.late
        ],
        marks=[(code, text) for code, text in options(MARKS) if code != Mark.NOT_MET],
        came_by=dict(options(CAME_BY)),
        appeal_state=appeal_state,
        grounds=options(GROUNDS),
        ground_text=lambda code: gettext(GROUNDS[code]),
        notices=options(NOTICE),
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST,
        longest_note=LONGEST_NOTE,
        flashes=flashes(request),
    )


@get("/appeals/{appeal_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_appeal(request: AnyRequest, appeal_id: FromPath[UUID]) -> Response[str]:
    return await _page(request, appeal_id)


@post("/appeals/{appeal_id:uuid}/declaration", who=OFFICER, include_in_schema=False)
async def declare(request: AnyRequest, appeal_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    said = read_declaration(form)
    values = {"subject": Subject.APPEAL, "subject_id": appeal_id, **said}
    body = {"appeal": str(appeal_id)} | {name: str(value) for name, value in said.items()}
    if await carry_out(request, form, "impartiality.declare", declare_impartiality, values, body):
        return redirect(f"/appeals/{appeal_id}")
    return await _page(request, appeal_id, form, 409 if "" in form.errors else 422)


@post("/appeals/{appeal_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, appeal_id: FromPath[UUID]) -> Response[str]:
    """Uphold, reject, or leave unexamined."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await appeal_row(session, appeal_id)
        first = await decision_detail(session, row.decision_id)
    form = await read_form(request)
    outcome = form.choice("outcome", OUTCOMES)
    marks = {
        one["code"]: _marked(form, one["code"])
        for one in first.points
        if one["mark"] == Mark.NOT_MET and outcome == AppealState.UPHELD
    }
    reasons = form.text("reasons", longest=LONGEST, lines=True)
    law = form.text("legal_basis", longest=2000, required=False, lines=True)
    notice = form.choice("notice", NOTICE, required=False) or "electronic"
    body: dict[str, Any] = {
        "appeal": str(appeal_id), "outcome": outcome, "reasons": reasons, "law": law, "notice": notice,
        "marks": {code: f"{marked.mark} {marked.note}" for code, marked in marks.items()},
    }  # fmt: skip
    if form.ok:
        verdict = Verdict(AppealState(outcome), reasons, law, marks, NoticeBy(notice))
        values = {"appeal_id": appeal_id, "verdict": verdict}
        if await carry_out(request, form, "appeal.decide", decide_appeal, values, body):
            return redirect(f"/appeals/{appeal_id}?done=decided")
    return await _page(request, appeal_id, form, 409 if "" in form.errors else 422)


def _marked(form: Form, code: str) -> Marked:
    mark = form.choice(f"mark_{code}", [Mark.MET, Mark.NOT_APPLICABLE])
    note = form.text(f"note_{code}", longest=LONGEST_NOTE, required=False, lines=True)
    return Marked(Mark(mark) if mark else None, note)


ROUTES: list[Any] = [list_appeals, show_appeal, declare, decide]
