"""The roles of the person who is signed in, and acting in another of them. One acts in one role at a time: it decides
what may be seen and done, and stands with each act in the audit trail."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from registry.people.commands import switch_role
from registry.people.queries import OwnRole, own_roles
from registry.shared.actor import EVERYONE, GUARDIAN
from registry.shared.errors import NotFound
from registry.vouchers.queries import provider_names
from web.cookies import session_cookie
from web.forms import read_form
from web.navigation import HOMES, role_text
from web.page import page, redirect
from web.services import services, signed_in
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]


def _label(role: OwnRole) -> str:
    return role_text(GUARDIAN if role.guardian else str(role.role))


def _where(role: OwnRole, names: dict[UUID, str]) -> str:
    """For whom one acts in the role."""
    if role.provider_id is not None:
        return names.get(role.provider_id, "")
    organiser = role.organiser[current_language.get()] if role.organiser else ""
    return f"{role.client_name}, {organiser}" if role.client_name else organiser


@get("/roles", who=EVERYONE, include_in_schema=False)
async def roles(request: AnyRequest) -> Response[str]:
    """Every role of one's own, with a button for each but the present one."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction() as session:
        mine = await own_roles(session, account_id=actor.id, session_id=actor.session_id) if actor.id else []
        firms = {role.provider_id for role in mine if role.provider_id}
        names = await provider_names(session, ids=firms)
    return page(
        request,
        "people/own_roles.html",
        roles=[(role, _label(role), _where(role, names)) for role in mine],
        home=HOMES[actor.role] if actor.role else "/",
    )


@post("/roles", who=EVERYONE, include_in_schema=False)
async def act_as(request: AnyRequest) -> Response[str]:
    """Go on in another role, from its first page."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    wanted = form.identifier("role")
    if wanted is None:
        raise NotFound("request.not_found")
    async with held.database.transaction(actor.sight) as session:
        token, role = await switch_role(session, actor=actor, now=held.now(), role_grant_id=wanted)
    return redirect(HOMES[role], cookies=[session_cookie(token, held.settings)])


ROUTES: list[Any] = [roles, act_as]
