"""The register officer's desk: applications in the order of their waiting, decisions, and the standing admissions."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get

from registry.catalogue.queries import services as own_services
from registry.providers.decisions.queue import FOR_APPLICANT, FOR_OFFICER, queue_counts, work_queue
from registry.providers.keeping.queries import changes_waiting
from registry.providers.queries import (
    admissions_of_organiser,
    decided_applications,
)
from registry.providers.representing.queries import representations_asked
from registry.shared.actor import Role
from registry.shared.period import local_date
from web.page import page
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})
PAGE: Final = 50

DONE: Final[dict[str, str]] = {
    "approved": N_("The application was approved. The provider is in the register and has been told."),
    "rejected": N_("The application was rejected. The provider has been told."),
    "asked": N_("Your question was sent. The application waits for the answer."),
    "suspended": N_("The approval was suspended. The provider cannot be chosen now."),
    "reactivated": N_("The suspension was lifted."),
    "removed": N_("The provider was removed from the register for this service."),
    "ties": N_("What the provider belongs to was saved."),
}


def _flashes(request: AnyRequest) -> list[dict[str, str]]:
    done = request.query_params.get("done", "")
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


@get("/applications", who=OFFICER, include_in_schema=False)
async def queue(request: AnyRequest) -> Response[str]:
    """What waits for the officer (or for the applicant), by the day on which it should be decided: the overdue first."""
    held, actor = services(request), signed_in(request)
    asked = request.query_params
    view = asked.get("view", "officer")
    view = view if view in ("officer", "applicant", "overdue") else "officer"
    today = local_date(held.now())
    position = read_cursor(asked.get("after"), date.fromisoformat, UUID)
    async with held.database.transaction(actor.sight) as session:
        counts = await queue_counts(session, organiser_id=actor.organiser_id, today=today)
        offered = await own_services(session, organiser_id=actor.organiser_id)
        wanted = next((one for one in offered if str(one.id) == asked.get("service")), None)
        rows = await work_queue(
            session,
            organiser_id=actor.organiser_id,
            states=FOR_APPLICANT if view == "applicant" else FOR_OFFICER,
            service_id=wanted.id if wanted else None,
            overdue_on=today if view == "overdue" else None,
            limit=PAGE + 1,
            after=(position[0], position[1]) if position else None,
        )
        changes = await changes_waiting(session) if view != "applicant" and position is None else []
        representations = (
            await representations_asked(session, organiser_id=actor.organiser_id)
            if view != "applicant" and position is None
            else []
        )
    if view == "overdue":
        changes = [change for change in changes if change.due_on < today]
        representations = [one for one in representations if one.answer_by < today]
    shown = rows[:PAGE]
    following = None
    if len(rows) > PAGE:
        place = cursor(shown[-1].due_on.isoformat(), str(shown[-1].id))
        following = "/applications?" + urlencode(
            {"view": view, "service": str(wanted.id) if wanted else "", "after": place}
        )
    return page(
        request,
        "providers/queue.html",
        view=view,
        rows=[(row, (today - local_date(row.submitted_at)).days, (row.due_on - today).days) for row in shown],
        representations=[
            (one, (today - local_date(one.asked_at)).days, (one.answer_by - today).days)
            for one in representations
        ],
        changes=[(change, (change.due_on - today).days) for change in changes],
        counts=counts,
        service_options=[(str(one.id), one.names[current_language.get()]) for one in offered],
        service=str(wanted.id) if wanted else "",
        following=following,
        flashes=_flashes(request),
    )


@get("/applications/decided", who=OFFICER, include_in_schema=False)
async def decided(request: AnyRequest) -> Response[str]:
    """The latest decisions."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        counts = await queue_counts(session, organiser_id=actor.organiser_id, today=local_date(held.now()))
        rows = await decided_applications(session, limit=100)
    return page(
        request,
        "providers/decided.html",
        rows=rows,
        counts=counts,
    )


# --- the standing admissions ------------------------------------------------------------------------------------------


@get("/applications/register", who=OFFICER, include_in_schema=False)
async def own_register(request: AnyRequest) -> Response[str]:
    """The organiser's own part of the register."""
    held, actor = services(request), signed_in(request)
    words = request.query_params.get("q", "")[:200]
    state = request.query_params.get("state", "")
    state = state if state in {"active", "suspended", "removed", "withdrawn", "lapsed"} else ""
    after = read_cursor(request.query_params.get("after"), str, UUID)
    async with held.database.transaction(actor.sight) as session:
        counts = await queue_counts(session, organiser_id=actor.organiser_id, today=local_date(held.now()))
        rows = await admissions_of_organiser(
            session,
            organiser_id=actor.organiser_id,
            state=state or None,
            words=words,
            limit=PAGE + 1,
            after=(after[0], after[1]) if after else None,
        )
    shown = rows[:PAGE]
    following = None
    if len(rows) > PAGE:
        place = cursor(shown[-1].sort_key, str(shown[-1].id))
        following = "/applications/register?" + urlencode({"q": words, "state": state, "after": place})
    return page(
        request,
        "providers/register.html",
        rows=shown,
        words=words,
        state=state,
        following=following,
        counts=counts,
    )


ROUTES: list[Any] = [
    queue,
    decided,
    own_register,
]
