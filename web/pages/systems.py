"""A provider's own systems: credentials, their secrets and what they may do."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from registry.people.api_clients.commands import (
    create_api_client,
    end_old_secret,
    new_client_secret,
    revoke_api_client,
)
from registry.people.api_clients.queries import api_client_of, api_clients_of
from registry.people.rules import scopes_for
from registry.shared.actor import Role
from registry.shared.errors import DomainError
from web.api.oauth import TOKEN_PATH
from web.forms import Form, read_form
from web.idempotency import Answer
from web.page import new_key, page, redirect
from web.pages.tokens import SCOPE_TEXTS
from web.services import services, signed_in
from web.shown_once import act, flashes, make_secret
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER = frozenset({Role.PROVIDER_USER})
DONE = {
    "ended": N_("The former secret no longer works."),
    "revoked": N_("The system is revoked. Neither its secret nor its tokens work any more."),
}


def _scope_texts() -> dict[str, str]:
    return {scope: gettext(SCOPE_TEXTS[scope]) for scope in scopes_for(Role.PROVIDER_USER)}


def _token_address(request: AnyRequest) -> str:
    return f"{services(request).settings.base_url.rstrip('/')}{TOKEN_PATH}"


@get("/provider/systems", who=PROVIDER, include_in_schema=False)
async def systems(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The provider's systems, and the ways in for them."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        listed = await api_clients_of(session, provider_id=actor.provider_id)
    return page(
        request,
        "systems/systems.html",
        systems=listed,
        scope_texts=_scope_texts(),
        flashes=flashes(done, DONE),
    )


def _form_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "systems/new_system.html",
        status=status,
        get_path="/provider/systems/new",
        form=form,
        errors=form.errors,
        key=new_key(),
        scopes=[(scope, text, scope) for scope, text in _scope_texts().items()],
    )


@get("/provider/systems/new", who=PROVIDER, include_in_schema=False)
async def new_system(request: AnyRequest) -> Response[str]:
    return _form_page(request, Form())


@post("/provider/systems/new", who=PROVIDER, include_in_schema=False)
async def make_system(request: AnyRequest) -> Response[str]:
    """Give a system its credentials and show the secret, this once."""
    form = await read_form(request)
    name = form.text("name", longest=100)
    scopes = form.choices("scopes", scopes_for(Role.PROVIDER_USER))
    key = form.key()
    if not scopes and "scopes" not in form.errors:
        form.fail("scopes", "token.no_scope")
    if not form.ok:
        return _form_page(request, form, 422)

    try:
        made = await make_secret(
            request,
            "api_client.create",
            key,
            {"name": name, "scopes": scopes},
            create_api_client,
            name=name,
            scopes=scopes,
        )
    except DomainError as error:
        form.blame(error)
        return _form_page(request, form, 422)
    return _secret_page(request, name, made)


def _secret_page(request: AnyRequest, name: str, made: Answer) -> Response[str]:
    return page(
        request,
        "systems/secret.html",
        get_path=f"/provider/systems/{made['id']}",
        name=name,
        client_id=made["id"],
        secret=made.get("secret"),
        token_address=_token_address(request),
    )


@get("/provider/systems/{client_id:uuid}", who=PROVIDER, include_in_schema=False)
async def show_system(
    request: AnyRequest, client_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await api_client_of(session, provider_id=actor.provider_id, client_id=client_id)
    return page(
        request,
        "systems/system.html",
        system=found,
        scope_texts=_scope_texts(),
        token_address=_token_address(request),
        key=new_key(),
        flashes=flashes(done, DONE),
    )


@post("/provider/systems/{client_id:uuid}/secret", who=PROVIDER, include_in_schema=False)
async def change_secret(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """A new secret; the one in use goes on working for a week."""
    actor, held = signed_in(request), services(request)
    key = (await read_form(request)).key()
    made = await make_secret(
        request,
        "api_client.new_secret",
        key,
        {"client": str(client_id)},
        new_client_secret,
        client_id=client_id,
    )
    async with held.database.transaction(actor.sight) as session:
        found = await api_client_of(session, provider_id=actor.provider_id, client_id=client_id)
    return _secret_page(request, found.name, made)


@post("/provider/systems/{client_id:uuid}/old-secret", who=PROVIDER, include_in_schema=False)
async def end_old(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    await act(request, end_old_secret, client_id=client_id)
    return redirect(f"/provider/systems/{client_id}?done=ended")


@post("/provider/systems/{client_id:uuid}/revoke", who=PROVIDER, include_in_schema=False)
async def revoke(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    await act(request, revoke_api_client, client_id=client_id)
    return redirect("/provider/systems?done=revoked")


ROUTES: list[Any] = [systems, new_system, make_system, show_system, change_secret, end_old, revoke]
