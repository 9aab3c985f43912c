"""The register officer's desk: applications in the order of their waiting, decisions, and the standing admissions."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.commands import (
    ask_for_information,
    reactivate_admission,
    remove_admission,
    suspend_admission,
)
from registry.providers.decisions.deciding import approve, reject
from registry.providers.queries import (
    admission_of,
    admissions_of_organiser,
    application_detail,
    application_queue,
    count_by_state,
    decided_applications,
)
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Role
from registry.shared.errors import DomainError, Invalid
from registry.shared.period import local_date
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.providers import names_of
from web.pages.providers_offers import summary
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

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
    """What waits for the officer (or for the applicant), the longest first."""
    held, actor = services(request), signed_in(request)
    waiting_for = request.query_params.get("view", "officer")
    states = ("more_information",) if waiting_for == "applicant" else ("submitted", "hearing")
    position = read_cursor(request.query_params.get("after"), str, UUID)
    after = (_read_moment(position[0]), position[1]) if position else None
    async with held.database.transaction(actor.sight) as session:
        counts = await count_by_state(session)
        rows = await application_queue(session, states=states, limit=PAGE + 1, after=after)
    shown, rest = rows[:PAGE], rows[PAGE:]
    following = ""
    if rest and shown[-1].submitted_at:
        following = cursor(shown[-1].submitted_at.isoformat(), str(shown[-1].id))
    today = local_date(held.now())
    return page(
        request,
        "providers/queue.html",
        view="applicant" if waiting_for == "applicant" else "officer",
        rows=[(row, (today - local_date(row.submitted_at)).days) for row in shown if row.submitted_at],
        waiting=counts.get("submitted", 0) + counts.get("hearing", 0),
        asked=counts.get("more_information", 0),
        following=f"/applications?{urlencode({'view': waiting_for, 'after': following})}"
        if following
        else None,
        flashes=_flashes(request),
    )


def _read_moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or not 1990 <= at.year <= 2100:
            raise ValueError("no moment of ours")
    except ValueError as error:
        raise Invalid("request.invalid", errors={"after": "field.invalid"}) from error
    return at


@get("/applications/decided", who=OFFICER, include_in_schema=False)
async def decided(request: AnyRequest) -> Response[str]:
    """The latest decisions."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        counts = await count_by_state(session)
        rows = await decided_applications(session, limit=100)
    return page(
        request,
        "providers/decided.html",
        rows=rows,
        waiting=counts.get("submitted", 0) + counts.get("hearing", 0),
        asked=counts.get("more_information", 0),
    )


# --- one application ------------------------------------------------------------------------------------------------


async def _application_page(
    request: AnyRequest, application_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await application_detail(session, application_id)
    form = form or Form()
    today = local_date(held.now())
    return page(
        request,
        "providers/application.html",
        status=status,
        get_path=f"/applications/{application_id}",
        application=found,
        days=(today - local_date(found.submitted_at)).days if found.submitted_at else 0,
        place_names=names_of(found.offer.municipality_codes, found.municipalities),
        languages_text=languages_text,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        longest=LONGEST_TEXT,
        flashes=_flashes(request),
    )


@get("/applications/{application_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_application(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    return await _application_page(request, application_id)


Command = Callable[..., Awaitable[Any]]


async def _decide(
    request: AnyRequest, application_id: UUID, command: Command, field: str, parameter: str, *, needed: bool
) -> Form | None:
    """Carry out one decision once; the form, with its errors, when it cannot be."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    said = form.text(field, longest=LONGEST_TEXT, required=needed, lines=True)
    key = form.key()
    if not form.ok:
        return form

    async def run(session: AsyncSession) -> Answer:
        await command(
            session, actor=actor, now=held.now(), application_id=application_id, **{parameter: said}
        )
        return {"id": str(application_id)}

    try:
        await once(
            request,
            operation=f"application.{command.__name__}",
            key=key,
            body={"application": str(application_id), parameter: said},
            run=run,
        )
    except DomainError as error:
        form.blame(error)
        return form
    return None


async def _answered(
    request: AnyRequest, application_id: UUID, failed: Form | None, done: str
) -> Response[str]:
    if failed is None:
        return redirect(f"/applications/{application_id}?done={done}")
    return await _application_page(request, application_id, failed, 409 if "" in failed.errors else 422)


@post("/applications/{application_id:uuid}/approve", who=OFFICER, include_in_schema=False)
async def approve_it(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    failed = await _decide(request, application_id, approve, "approval_reason", "reason", needed=False)
    return await _answered(request, application_id, failed, "approved")


@post("/applications/{application_id:uuid}/reject", who=OFFICER, include_in_schema=False)
async def reject_it(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    failed = await _decide(request, application_id, reject, "rejection_reason", "reason", needed=True)
    return await _answered(request, application_id, failed, "rejected")


@post("/applications/{application_id:uuid}/ask", who=OFFICER, include_in_schema=False)
async def ask(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    failed = await _decide(request, application_id, ask_for_information, "question", "text", needed=True)
    return await _answered(request, application_id, failed, "asked")


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
        counts = await count_by_state(session)
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
        waiting=counts.get("submitted", 0) + counts.get("hearing", 0),
        asked=counts.get("more_information", 0),
    )


async def _admission_page(
    request: AnyRequest, admission_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, organiser_id=actor.organiser_id)
    form = form or Form()
    return page(
        request,
        "providers/admission.html",
        status=status,
        get_path=f"/applications/register/{admission_id}",
        row=row,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        longest=LONGEST_TEXT,
        languages_text=languages_text,
        flashes=_flashes(request),
    )


@get("/applications/register/{admission_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_admission(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    return await _admission_page(request, admission_id)


ACTS: Final[dict[str, tuple[Command, str]]] = {
    "suspend": (suspend_admission, "suspended"),
    "reactivate": (reactivate_admission, "reactivated"),
    "remove": (remove_admission, "removed"),
}


@post("/applications/register/{admission_id:uuid}", who=OFFICER, include_in_schema=False)
async def change_admission(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """Suspend, lift or remove, each with its reason."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    act = form.choice("act", ACTS)
    said = form.text("reason", longest=LONGEST_TEXT, lines=True)
    key = form.key()
    if not form.ok:
        return await _admission_page(request, admission_id, form, 422)
    command, done = ACTS[act]

    async def run(session: AsyncSession) -> Answer:
        await command(session, actor=actor, now=held.now(), admission_id=admission_id, reason=said)
        return {"id": str(admission_id)}

    body = {"admission": str(admission_id), "reason": said}
    try:
        await once(request, operation=f"admission.{act}", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return await _admission_page(request, admission_id, form, 409)
    return redirect(f"/applications/register/{admission_id}?done={done}")


ROUTES: list[Any] = [
    queue,
    decided,
    show_application,
    approve_it,
    reject_it,
    ask,
    own_register,
    show_admission,
    change_admission,
]
