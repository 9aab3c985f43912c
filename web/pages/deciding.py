"""What an officer does on the way to a decision: declares, looks at each criterion, hears the applicant, decides."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.company_register.lookups import facts_behind
from registry.providers.decisions.checklist import LONGEST_NOTE, Marked, save_checklist
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.hearings import earliest_due, open_hearing
from registry.providers.decisions.people import declare_impartiality, read_ground
from registry.providers.decisions.rules import Mark, Subject
from registry.providers.decisions.sheet import Sheet, decision_sheet
from registry.shared.errors import DomainError
from registry.shared.working_days import NoticeBy
from web.decision_words import GROUNDS, MARKS, NOTICE, options
from web.draft_words import kind_label, unverified_text
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.application_desk import OFFICER, application_page
from web.services import services, signed_in
from web.translations import format_date

AnyRequest = Request[Any, Any, Any]
LONGEST: Final = 4000
Command = Callable[..., Awaitable[Any]]


async def carry_out(
    request: AnyRequest,
    form: Form,
    operation: str,
    command: Command,
    values: dict[str, Any],
    body: dict[str, Any],
) -> bool:
    """One command, once, from a form; False, with the form's errors, when it cannot be."""
    held, actor = services(request), signed_in(request)
    key = form.key()
    if not form.ok:
        return False

    async def run(session: AsyncSession) -> Answer:
        made = await command(session, actor=actor, now=held.now(), **values)
        return {"id": str(made)}

    try:
        await once(request, operation=operation, key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return False
    return True


def _status(form: Form) -> int:
    return 409 if "" in form.errors else 422


# --- impartiality ---------------------------------------------------------------------------------------------------


def read_declaration(form: Form) -> dict[str, Any]:
    """What was declared, as the command takes it."""
    ground = form.choice("ground", ["none", *GROUNDS])
    return {
        "ground": read_ground(ground) if ground else None,
        "note": form.text("note", longest=1000, required=False, lines=True),
        "body_running": form.text("body_running", required=False),
        "body_deciding": form.text("body_deciding", required=False),
    }


@post("/applications/{application_id:uuid}/declaration", who=OFFICER, include_in_schema=False)
async def declare(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    """Nothing disqualifies me, or this does."""
    form = await read_form(request)
    said = read_declaration(form)
    values = {"subject": Subject.APPLICATION, "subject_id": application_id, **said}
    body = {"application": str(application_id)} | {name: str(value) for name, value in said.items()}
    if await carry_out(request, form, "impartiality.declare", declare_impartiality, values, body):
        return redirect(f"/applications/{application_id}?done=declared")
    return await application_page(request, application_id, form, _status(form))


# --- the checklist ----------------------------------------------------------------------------------------------------


async def _sheet(request: AnyRequest, application_id: UUID) -> Sheet:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await decision_sheet(session, actor=actor, application_id=application_id, now=held.now())


async def _checklist_page(
    request: AnyRequest, sheet: Sheet, form: Form, *, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        known = await facts_behind(session, provider_id=sheet.provider_id)
    return page(
        request,
        "deciding/checklist.html",
        status=status,
        get_path=f"/applications/{sheet.application_id}/checklist",
        sheet=sheet,
        unverified=unverified_text(known),
        marks=options(MARKS),
        paper_options=[
            (str(paper.id), f"{kind_label(paper.kind)}, {format_date(paper.issued_on)}")
            for paper in sheet.papers
        ],
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST_NOTE,
    )


@get("/applications/{application_id:uuid}/checklist", who=OFFICER, include_in_schema=False)
async def show_checklist(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    """Every criterion, with what is noted of it so far."""
    sheet = await _sheet(request, application_id)
    form = Form()
    for code, noted in sheet.marks.items():
        form.set(f"mark_{code}", noted.mark or "")
        form.set(f"note_{code}", noted.note)
        form.set(f"paper_{code}", str(noted.paper_id) if noted.paper_id else "")
    return await _checklist_page(request, sheet, form)


@post("/applications/{application_id:uuid}/checklist", who=OFFICER, include_in_schema=False)
async def keep_checklist(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    """Keep what is there so far; half of it is fine."""
    sheet = await _sheet(request, application_id)
    form = await read_form(request)
    marks = {point.code: _marked(form, point.code, sheet) for point in sheet.criteria}
    body = {"application": str(application_id)} | {
        code: f"{marked.mark} {marked.paper_id} {marked.note}" for code, marked in marks.items()
    }
    values = {"application_id": application_id, "marks": marks}
    if not await carry_out(request, form, "checklist.save", save_checklist, values, body):
        return await _checklist_page(request, sheet, form, status=_status(form))
    return redirect(f"/applications/{application_id}?done=checklist#decision")


def _marked(form: Form, code: str, sheet: Sheet) -> Marked:
    mark = form.choice(f"mark_{code}", MARKS, required=False)
    paper = form.choice(f"paper_{code}", [str(one.id) for one in sheet.papers], required=False)
    return Marked(
        Mark(mark) if mark else None,
        form.text(f"note_{code}", longest=LONGEST_NOTE, required=False, lines=True),
        UUID(paper) if paper else None,
    )


# --- hearing ----------------------------------------------------------------------------------------------------------


async def _hearing_page(
    request: AnyRequest, application_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        sheet = await decision_sheet(session, actor=actor, application_id=application_id, now=held.now())
        earliest = await earliest_due(session, service_id=sheet.service_id, now=held.now())
    if form is None:
        form = Form()
        form.set("due_on", earliest.isoformat())
        form.set_all("points", sheet.not_met)
    return page(
        request,
        "deciding/hearing.html",
        status=status,
        get_path=f"/applications/{application_id}/hearing",
        sheet=sheet,
        earliest=earliest,
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST,
    )


@get("/applications/{application_id:uuid}/hearing", who=OFFICER, include_in_schema=False)
async def show_hearing(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    """The form for what is about to be held against the applicant."""
    return await _hearing_page(request, application_id)


@post("/applications/{application_id:uuid}/hearing", who=OFFICER, include_in_schema=False)
async def hear(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    sheet = await _sheet(request, application_id)
    form = await read_form(request)
    points = form.choices("points", [point.code for point in sheet.criteria])
    values = {
        "application_id": application_id,
        "text": form.text("hearing_text", longest=LONGEST, lines=True),
        "points": points,
        "due_on": form.day("due_on"),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "hearing.open", open_hearing, values, body):
        return redirect(f"/applications/{application_id}?done=heard")
    return await _hearing_page(request, application_id, form, _status(form))


# --- deciding ---------------------------------------------------------------------------------------------------------


@post("/applications/{application_id:uuid}/approve", who=OFFICER, include_in_schema=False)
async def approve_it(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    said = form.text("approval_reason", longest=2000, required=False, lines=True)
    notice = form.choice("approval_notice", NOTICE, required=False) or "electronic"
    values = {"application_id": application_id, "reason": said, "notice_by": NoticeBy(notice)}
    body = {"application": str(application_id), "reason": said, "notice_by": notice}
    if await carry_out(request, form, "application.approve", approve, values, body):
        return redirect(f"/applications/{application_id}?done=approved")
    return await application_page(request, application_id, form, _status(form))


@post("/applications/{application_id:uuid}/reject", who=OFFICER, include_in_schema=False)
async def reject_it(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    said = form.text("rejection_reason", longest=2000, required=False, lines=True)
    law = form.text("legal_basis", longest=2000, lines=True)
    notice = form.choice("rejection_notice", NOTICE, required=False) or "electronic"
    values = {
        "application_id": application_id,
        "reason": said,
        "legal_basis": law,
        "notice_by": NoticeBy(notice),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "application.reject", reject, values, body):
        return redirect(f"/applications/{application_id}?done=rejected")
    return await application_page(request, application_id, form, _status(form))


ROUTES: list[Any] = [
    declare,
    show_checklist,
    keep_checklist,
    show_hearing,
    hear,
    approve_it,
    reject_it,
]
