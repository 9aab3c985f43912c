"""An approval before the register officer: what it holds, hearings, decisions, changes that were asked for."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.coaches.queries import coaches_under
from registry.providers.company_register.lookups import facts_behind
from registry.providers.decisions.hearings import earliest_due
from registry.providers.decisions.people import acts_for, declare_impartiality, declared_by
from registry.providers.decisions.queries import decisions_of, hearing_views
from registry.providers.decisions.rules import Subject
from registry.providers.keeping.queries import changes_of, company_checked, prices_of
from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import (
    hear_admitted,
    reactivate_admission,
    remove_admission,
    suspend_admission,
)
from registry.providers.queries import admission_of, ties_of
from registry.providers.rules import LONGEST_TEXT
from web.decision_words import GROUNDS, options
from web.draft_words import unverified_text
from web.forms import Form, read_form
from web.keeping_words import CLIENTS_MAY, concern_text
from web.page import new_key, page, redirect
from web.pages.deciding import Command, carry_out, read_declaration
from web.pages.providers_desk import OFFICER
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
LONGEST: Final = 4000

DONE: Final[dict[str, str]] = {
    "declared": N_("What you declared was recorded."),
    "heard": N_("The provider is being heard. It can be chosen as before until you decide."),
    "suspended": N_("The approval was suspended. The provider cannot be chosen now."),
    "reactivated": N_("The suspension was lifted."),
    "removed": N_("The provider was removed from the register for this service."),
    "ties": N_("What the provider belongs to was saved."),
    "changed": N_("The change was decided. The provider has been told."),
}


async def approval_page(
    request: AnyRequest, admission_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    """The page, also with a form that came back."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, organiser_id=actor.organiser_id)
        hearings = await hearing_views(session, admission_id)
        decisions = await decisions_of(session, admission_id)
        prices = await prices_of(session, admission_id)
        changes = await changes_of(session, admission_id)
        known = await facts_behind(session, provider_id=row.provider_id)
        coaches = await coaches_under(session, admission_id=admission_id)
        checked = await company_checked(session, row.provider_id)
        earliest = await earliest_due(session, service_id=row.service_id, now=held.now())
        ties = await ties_of(session, provider_id=row.provider_id)
        declared = await declared_by(session, actor.id, admission_id) if actor.id else None
        barred = await acts_for(session, actor.id, row.provider_id, held.now()) if actor.id else False
    if form is None:
        form = Form()
        form.set("due_on", earliest.isoformat())
    done = request.query_params.get("done", "")
    return page(
        request,
        "keeping/approval.html",
        status=status,
        get_path=f"/applications/register/{admission_id}",
        row=row,
        hearings=hearings,
        hearing_open=any(one.closed_at is None for one in hearings),
        decisions=decisions,
        prices=prices,
        changes=changes,
        coaches=coaches,
        unverified=unverified_text(known),
        checked=checked,
        concern_text=concern_text,
        clients_options=options(CLIENTS_MAY),
        earliest=earliest,
        matter={
            "acts_for_provider": barred,
            "declared": declared,
            "own_unit": ties.own_production_of == actor.organiser_id,
        },
        may_take_part=declared is not None and declared.ground is None and not barred,
        grounds=options(GROUNDS),
        ground_text=lambda code: gettext(GROUNDS[code]),
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST_TEXT,
        languages_text=languages_text,
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


def _status(form: Form) -> int:
    return 409 if "" in form.errors else 422


@get("/applications/register/{admission_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_approval(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    return await approval_page(request, admission_id)


@post("/applications/register/{admission_id:uuid}/declaration", who=OFFICER, include_in_schema=False)
async def declare(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """Nothing disqualifies me, or this does."""
    form = await read_form(request)
    said = read_declaration(form)
    values = {"subject": Subject.ADMISSION, "subject_id": admission_id, **said}
    body = {"admission": str(admission_id)} | {name: str(value) for name, value in said.items()}
    if await carry_out(request, form, "impartiality.declare", declare_impartiality, values, body):
        return redirect(f"/applications/register/{admission_id}?done=declared#decision")
    return await approval_page(request, admission_id, form, _status(form))


@post("/applications/register/{admission_id:uuid}/hearing", who=OFFICER, include_in_schema=False)
async def hear(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """Before a suspension or a removal."""
    form = await read_form(request)
    values = {
        "admission_id": admission_id,
        "text": form.text("hearing_text", longest=LONGEST, lines=True),
        "due_on": form.day("due_on"),
    }
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "admission.hear", hear_admitted, values, body):
        return redirect(f"/applications/register/{admission_id}?done=heard")
    return await approval_page(request, admission_id, form, _status(form))


AGAINST: Final[dict[str, tuple[Command, str]]] = {
    "suspend": (suspend_admission, "suspended"),
    "remove": (remove_admission, "removed"),
}


@post("/applications/register/{admission_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """Suspend, lift or remove, each with its reasons."""
    form = await read_form(request)
    act = form.choice("act", ["suspend", "reactivate", "remove"])
    values: dict[str, Any] = {
        "admission_id": admission_id,
        "reason": form.text("reason", longest=LONGEST_TEXT, lines=True),
    }
    command: Command = reactivate_admission
    done = "reactivated"
    if act in AGAINST:
        command, done = AGAINST[act]
        values["legal_basis"] = form.text("legal_basis", longest=LONGEST_TEXT, lines=True)
        may = form.choice("clients_may", CLIENTS_MAY)
        values["clients_may"] = Clients(may) if may else None
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, f"admission.{act}", command, values, body):
        return redirect(f"/applications/register/{admission_id}?done={done}")
    return await approval_page(request, admission_id, form, _status(form))


ROUTES: list[Any] = [show_approval, declare, hear, decide]
