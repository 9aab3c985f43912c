"""Users and roles of an organiser: who works here, and changes that wait for a second pair of eyes."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import (
    decide_role_change,
    request_role_end,
    request_role_for,
    request_role_for_new_person,
)
from registry.people.queries import administrators, role_changes, staff_of
from registry.people.rules import may_hold
from registry.shared.actor import STAFF, Actor, Role
from registry.shared.errors import ACCEPTED, DomainError, Forbidden, NotFound
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.navigation import ROLE_LABELS
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import LANGUAGES, N_, gettext

AnyRequest = Request[Any, Any, Any]
ADMINISTRATORS: Final = frozenset({Role.ORGANISER_ADMINISTRATOR})
STAFF_ROLES: Final = [role for role in Role if role in STAFF]

ROLE_HINTS: Final[dict[Role, str]] = {
    Role.CASE_WORKER: N_("grants vouchers and looks after clients"),
    Role.REGISTER_OFFICER: N_("decides providers’ applications"),
    Role.FINANCE_OFFICER: N_("closes months and approves payments"),
    Role.ORGANISER_ADMINISTRATOR: N_("manages users, services and budget lines, and cannot move money"),
    Role.AUDITOR: N_("sees everything that was done, and changes nothing"),
}
DONE: Final[dict[str, str]] = {
    "requested": N_("The change was sent for approval. Another administrator has to approve it."),
    "approved": N_("The change was approved and is in force."),
    "rejected": N_("The change was rejected."),
    "withdrawn": N_("The request was withdrawn."),
}


async def _people_page(
    request: AnyRequest, *, status: int = 200, form: Form | None = None, done: str = ""
) -> Response[str]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        people = await staff_of(session, organiser_id=actor.organiser_id)
        changes = await role_changes(session, actor=actor)
        count = await administrators(session, organiser_id=actor.organiser_id)
    flashes = [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []
    return page(
        request,
        "people/people.html",
        status=status,
        get_path="/admin/people",
        people=people,
        waiting=[change for change in changes if change.state == "requested"],
        decided=[change for change in changes if change.state != "requested"],
        alone=count < 2,
        role_labels=_labels(),
        errors=form.errors if form else {},
        flashes=flashes,
    )


def _labels() -> dict[Role, str]:
    return {role: gettext(label) for role, label in ROLE_LABELS.items()}


def role_options(roles: list[Role]) -> list[tuple[str, str, str]]:
    """Roles as radio buttons, each with what it may do."""
    return [(str(role), gettext(ROLE_LABELS[role]), gettext(ROLE_HINTS[role])) for role in roles]


@get("/admin/people", who=ADMINISTRATORS, include_in_schema=False)
async def people(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The staff, and the changes of roles that wait."""
    return await _people_page(request, done=done)


def _new_person_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "people/new_person.html",
        status=status,
        get_path="/admin/people/new",
        form=form,
        errors=form.errors,
        key=new_key(),
        roles=role_options(STAFF_ROLES),
    )


@get("/admin/people/new", who=ADMINISTRATORS, include_in_schema=False)
async def new_person(request: AnyRequest) -> Response[str]:
    return _new_person_page(request, Form())


@post("/admin/people/new", who=ADMINISTRATORS, include_in_schema=False)
async def add_person(request: AnyRequest) -> Response[str]:
    """Add somebody and ask for their first role in one step."""
    actor, now = signed_in(request), services(request).now()
    form = await read_form(request)
    body = {
        "display_name": form.text("display_name", longest=100),
        "email": form.text("email", longest=254),
        "language": form.choice("language", LANGUAGES),
        "role": form.choice("role", [str(role) for role in STAFF_ROLES]),
    }
    key = form.key()
    if not form.ok:
        return _new_person_page(request, form, 422)
    try:
        await once(
            request,
            operation="person.request",
            key=key,
            body=body,
            run=lambda session: _add_person(session, actor, now, body),
        )
    except DomainError as error:
        form.blame(error)
        return _new_person_page(request, form, 422)
    return redirect("/admin/people?done=requested")


async def _add_person(session: AsyncSession, actor: Actor, now: datetime, body: dict[str, str]) -> Answer:
    request_id = await request_role_for_new_person(
        session,
        actor=actor,
        now=now,
        display_name=body["display_name"],
        email=body["email"],
        language=body["language"],
        role=Role(body["role"]),
    )
    return {"id": str(request_id)}


async def _person_page(request: AnyRequest, account_id: UUID, form: Form, status: int = 200) -> Response[str]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        staff = await staff_of(session, organiser_id=actor.organiser_id)
    person = next((person for person in staff if person.account_id == account_id), None)
    if person is None:
        raise NotFound("person.unknown")
    held = [role.role for role in person.roles]
    possible = [role for role in STAFF_ROLES if may_hold(role, held=held) is ACCEPTED]
    return page(
        request,
        "people/person.html",
        status=status,
        get_path=f"/admin/people/{account_id}",
        person_shown=person,
        role_labels=_labels(),
        role_hints={role: gettext(hint) for role, hint in ROLE_HINTS.items()},
        roles=role_options(possible),
        form=form,
        errors=form.errors,
    )


@get("/admin/people/{account_id:uuid}", who=ADMINISTRATORS, include_in_schema=False)
async def person(request: AnyRequest, account_id: FromPath[UUID]) -> Response[str]:
    """One person's roles, and asking to change them."""
    return await _person_page(request, account_id, Form())


@post("/admin/people/{account_id:uuid}/roles", who=ADMINISTRATORS, include_in_schema=False)
async def ask_for_role(request: AnyRequest, account_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    role = form.choice("role", [str(role) for role in STAFF_ROLES])
    held, actor = services(request), signed_in(request)
    if form.ok:
        try:
            async with held.database.transaction(actor.sight) as session:
                await request_role_for(
                    session, actor=actor, now=held.now(), account_id=account_id, role=Role(role)
                )
            return redirect("/admin/people?done=requested")
        except (NotFound, Forbidden):
            raise
        except DomainError as error:
            form.blame(error)
    return await _person_page(request, account_id, form, 422)


@post(
    "/admin/people/{account_id:uuid}/roles/{role_grant_id:uuid}/end",
    who=ADMINISTRATORS,
    include_in_schema=False,
)
async def ask_to_end_role(
    request: AnyRequest, account_id: FromPath[UUID], role_grant_id: FromPath[UUID]
) -> Response[str]:
    form = await read_form(request)
    held, actor = services(request), signed_in(request)
    try:
        async with held.database.transaction(actor.sight) as session:
            await request_role_end(session, actor=actor, now=held.now(), role_grant_id=role_grant_id)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        form.blame(error)
        return await _person_page(request, account_id, form, 409)
    return redirect("/admin/people?done=requested")


@post("/admin/role-changes/{request_id:uuid}", who=ADMINISTRATORS, include_in_schema=False)
async def decide(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
    """Approve or reject a colleague's request, or withdraw one's own."""
    form = await read_form(request)
    decision = form.choice("decision", ("approved", "rejected", "withdrawn"))
    if not form.ok:
        return await _people_page(request, status=422, form=form)
    held, actor = services(request), signed_in(request)
    try:
        async with held.database.transaction(actor.sight) as session:
            await decide_role_change(
                session, actor=actor, now=held.now(), request_id=request_id, to_state=decision
            )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        form.blame(error)
        return await _people_page(request, status=409, form=form)
    return redirect(f"/admin/people?done={decision}")


ROUTES: list[Any] = [people, new_person, add_person, person, ask_for_role, ask_to_end_role, decide]
