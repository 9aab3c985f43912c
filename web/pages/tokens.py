"""Tokens of the API: made by people, shown once, revoked at once."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import create_api_token, revoke_api_token
from registry.people.queries import tokens_of
from registry.people.rules import MAX_TOKEN_DAYS, scopes_offered
from registry.shared.actor import EVERYONE, STAFF, Actor, Role
from registry.shared.errors import DomainError
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.navigation import ROLE_LABELS
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
HOLDERS: Final = EVERYONE - {Role.CLIENT}

SCOPE_TEXTS: Final[dict[str, str]] = {
    "vouchers:redeem": N_("receive and redeem vouchers"),
    "vouchers:read": N_("read vouchers"),
    "vouchers:grant": N_("add clients and grant vouchers"),
    "guardians:write": N_("see, add and end clients’ guardians"),
    "choices:write": N_("record choices and answer them"),
    "register:write": N_("send and decide applications"),
    "catalogue:write": N_("manage services and budget lines"),
    "settlement:write": N_("send invoices and close months"),
    "settlement:read": N_("read statements"),
    "audit:read": N_("read the audit trail"),
}
DAYS: Final = (30, 90, 180, MAX_TOKEN_DAYS - 1)


def _roles_offered(actor: Actor) -> list[Role]:
    """Roles that the actor may make a token of."""
    own = [actor.role] if actor.role else []
    others = [role for role in Role if role in STAFF and actor.role == Role.ORGANISER_ADMINISTRATOR]
    return [role for role in dict.fromkeys([*own, *others]) if scopes_offered(creator=actor.role, role=role)]


def _rights(actor: Actor) -> list[tuple[str, str, str]]:
    """Every right that the actor may give, as `role/scope`, with what it means and whose it is. One list of boxes
    instead of a role and then its rights, so that the form works without JavaScript."""
    return [
        (f"{role}/{scope}", gettext(SCOPE_TEXTS[scope]), f"{gettext(ROLE_LABELS[role])} · {scope}")
        for role in _roles_offered(actor)
        for scope in scopes_offered(creator=actor.role, role=role)
    ]


@get("/tokens", who=HOLDERS, include_in_schema=False)
async def tokens(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The tokens that the reader may revoke."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        listed = await tokens_of(session, actor=actor)
    now = held.now()
    flashes = [{"kind": "success", "text": gettext("The token was revoked. It no longer works.")}]
    return page(
        request,
        "people/tokens.html",
        tokens=[(token, token.state(now)) for token in listed],
        role_labels={role: gettext(label) for role, label in ROLE_LABELS.items()},
        scope_texts={scope: gettext(text) for scope, text in SCOPE_TEXTS.items()},
        flashes=flashes if done == "revoked" else [],
    )


def _form_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    actor = signed_in(request)
    return page(
        request,
        "people/new_token.html",
        status=status,
        get_path="/tokens/new",
        form=form,
        errors=form.errors,
        key=new_key(),
        rights=_rights(actor),
        several_roles=len(_roles_offered(actor)) > 1,
        days=[(str(days), gettext("%(days)s days", days=days)) for days in DAYS],
    )


@get("/tokens/new", who=HOLDERS, include_in_schema=False)
async def new_token(request: AnyRequest) -> Response[str]:
    return _form_page(request, Form())


@post("/tokens/new", who=HOLDERS, include_in_schema=False)
async def make_token(request: AnyRequest) -> Response[str]:
    """Make a token and show it, this once: sending the form again answers without it."""
    actor, held = signed_in(request), services(request)
    form = await read_form(request)
    rights = form.choices("rights", [value for value, _, _ in _rights(actor)])
    name = form.text("name", longest=100)
    days = int(form.choice("days", [str(days) for days in DAYS]) or 0)
    key = form.key()
    roles = {right.partition("/")[0] for right in rights}
    if not rights:
        form.fail("rights", "token.no_scope")
    elif len(roles) > 1:
        form.fail("rights", "token.one_role")
    if not form.ok:
        return _form_page(request, form, 422)
    scopes = [right.partition("/")[2] for right in rights]
    body = {"name": name, "role": roles.pop(), "scopes": scopes, "days": days}
    try:
        made = await once(
            request,
            operation="api_token.create",
            key=key,
            body=body,
            run=lambda session: _make(session, actor, held.now(), body),
            shown_once=("token",),
        )
    except DomainError as error:
        form.blame(error)
        return _form_page(request, form, 422)
    return page(
        request,
        "people/token_made.html",
        get_path="/tokens",
        name=name,
        bearer=made.get("token"),
        scopes=[(scope, gettext(SCOPE_TEXTS[scope])) for scope in scopes],
        expires_at=held.now() + timedelta(days=days),
    )


async def _make(session: AsyncSession, actor: Actor, now: datetime, body: dict[str, Any]) -> Answer:
    made = await create_api_token(
        session,
        actor=actor,
        now=now,
        name=body["name"],
        role=Role(body["role"]),
        scopes=body["scopes"],
        days=body["days"],
    )
    return {"id": str(made.id), "token": made.token}


@post("/tokens/{token_id:uuid}/revoke", who=HOLDERS, include_in_schema=False)
async def revoke(request: AnyRequest, token_id: FromPath[UUID]) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        await revoke_api_token(session, actor=actor, now=held.now(), token_id=token_id)
    return redirect("/tokens?done=revoked")


ROUTES: list[Any] = [tokens, new_token, make_token, revoke]
