"""The officer's inspections, and what providers have to put right."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from registry.providers.keeping.correcting import require_correction, settle_correction
from registry.providers.keeping.inspections import cancel_inspection, hold_inspection, plan_inspection
from registry.providers.keeping.model import CorrectiveRequirement
from registry.providers.keeping.oversight_queries import (
    corrective_of,
    correctives,
    inspection_of,
    inspections,
)
from registry.providers.keeping.rules import CorrectiveState
from registry.providers.queries import admission_of
from registry.shared.period import local_date
from web.decision_words import options
from web.forms import Form, read_form
from web.keeping_words import CORRECTIVE_OUTCOMES
from web.page import new_key, page, redirect
from web.pages.deciding import carry_out
from web.pages.providers_desk import OFFICER
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
LONGEST: Final = 4000
REPORT: Final = 10_000
DONE: Final[dict[str, str]] = {
    "planned": N_("The inspection was planned."),
    "held": N_("The report was saved. The provider has been told."),
    "cancelled": N_("The inspection was called off."),
    "required": N_("The provider has been told what to put right."),
    "settled": N_("What you found was saved. The provider has been told."),
}


def _flashes(request: AnyRequest) -> list[dict[str, str]]:
    done = request.query_params.get("done", "")
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


def _status(form: Form) -> int:
    return 409 if "" in form.errors else 422


@get("/oversight/inspections", who=OFFICER, include_in_schema=False)
async def list_them(request: AnyRequest) -> Response[str]:
    """What is planned and held, and what is to be put right."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found, to_do = await inspections(session), await correctives(session)
    return page(
        request,
        "keeping/inspections.html",
        rows=found,
        correctives=to_do,
        today=local_date(held.now()),
        flashes=_flashes(request),
    )


async def _new_page(request: AnyRequest, admission_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, organiser_id=actor.organiser_id)
    return page(
        request,
        "keeping/new_inspection.html",
        status=status,
        get_path=f"/oversight/inspections/new?admission={admission_id}",
        row=row,
        today=local_date(held.now()).isoformat(),
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/oversight/inspections/new", who=OFFICER, include_in_schema=False)
async def new_one(request: AnyRequest, admission: FromQuery[UUID]) -> Response[str]:
    return await _new_page(request, admission, Form({"announced": ["yes"]}))


@post("/oversight/inspections/new", who=OFFICER, include_in_schema=False)
async def plan(request: AnyRequest, admission: FromQuery[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission, organiser_id=actor.organiser_id)
    form = await read_form(request)
    values = {
        "provider_id": row.provider_id,
        "service_id": row.service_id,
        "planned_on": form.day("planned_on"),
        "subject": form.text("subject", longest=2000, lines=True),
        "announced": form.ticked("announced"),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "inspection.plan", plan_inspection, values, body):
        return redirect("/oversight/inspections?done=planned")
    return await _new_page(request, admission, form, _status(form))


async def _inspection_page(
    request: AnyRequest, inspection_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await inspection_of(session, inspection_id)
        required = await correctives(session, CorrectiveRequirement.inspection_id == inspection_id)
    today = local_date(held.now())
    form = form or Form({"held_on": [today.isoformat()]})
    return page(
        request,
        "keeping/inspection.html",
        status=status,
        get_path=f"/oversight/inspections/{inspection_id}",
        row=row,
        correctives=required,
        today=today,
        form=form,
        errors=form.errors,
        key=new_key(),
        flashes=_flashes(request),
    )


@get("/oversight/inspections/{inspection_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_one(request: AnyRequest, inspection_id: FromPath[UUID]) -> Response[str]:
    return await _inspection_page(request, inspection_id)


@post("/oversight/inspections/{inspection_id:uuid}/report", who=OFFICER, include_in_schema=False)
async def report(request: AnyRequest, inspection_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    values = {
        "inspection_id": inspection_id,
        "held_on": form.day("held_on"),
        "report": form.text("report", longest=REPORT, lines=True),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "inspection.hold", hold_inspection, values, body):
        return redirect(f"/oversight/inspections/{inspection_id}?done=held")
    return await _inspection_page(request, inspection_id, form, _status(form))


@post("/oversight/inspections/{inspection_id:uuid}/cancellation", who=OFFICER, include_in_schema=False)
async def cancel(request: AnyRequest, inspection_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    values = {"inspection_id": inspection_id}
    if await carry_out(
        request, form, "inspection.cancel", cancel_inspection, values, {"id": str(inspection_id)}
    ):
        return redirect("/oversight/inspections?done=cancelled")
    return await _inspection_page(request, inspection_id, form, _status(form))


@post("/oversight/inspections/{inspection_id:uuid}/correction", who=OFFICER, include_in_schema=False)
async def require(request: AnyRequest, inspection_id: FromPath[UUID]) -> Response[str]:
    """Ask the provider to put right what was seen."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await inspection_of(session, inspection_id)
    form = await read_form(request)
    values = {
        "provider_id": row.provider_id,
        "inspection_id": inspection_id,
        "text": form.text("text", longest=LONGEST, lines=True),
        "due_on": form.day("due_on"),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "corrective.require", require_correction, values, body):
        return redirect(f"/oversight/inspections/{inspection_id}?done=required")
    return await _inspection_page(request, inspection_id, form, _status(form))


async def _corrective_page(
    request: AnyRequest, corrective_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await corrective_of(session, corrective_id)
    return page(
        request,
        "keeping/corrective.html",
        status=status,
        get_path=f"/oversight/corrections/{corrective_id}",
        row=row,
        today=local_date(held.now()),
        outcomes=options(CORRECTIVE_OUTCOMES),
        form=form,
        errors=form.errors,
        key=new_key(),
        flashes=_flashes(request),
    )


@get("/oversight/corrections/{corrective_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_corrective(request: AnyRequest, corrective_id: FromPath[UUID]) -> Response[str]:
    return await _corrective_page(request, corrective_id, Form())


@post("/oversight/corrections/{corrective_id:uuid}", who=OFFICER, include_in_schema=False)
async def settle(request: AnyRequest, corrective_id: FromPath[UUID]) -> Response[str]:
    """Say what came of it."""
    form = await read_form(request)
    outcome = form.choice("outcome", CORRECTIVE_OUTCOMES)
    again = outcome == CorrectiveState.OPEN
    values = {
        "corrective_id": corrective_id,
        "outcome": CorrectiveState(outcome) if outcome else None,
        "words": form.text("words", longest=LONGEST, lines=True),
        "due_on": form.day("due_on", required=again),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "corrective.settle", settle_correction, values, body):
        return redirect("/oversight/inspections?done=settled")
    return await _corrective_page(request, corrective_id, form, _status(form))


ROUTES: list[Any] = [
    list_them,
    new_one,
    plan,
    show_one,
    report,
    cancel,
    require,
    show_corrective,
    settle,
]
