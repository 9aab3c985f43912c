"""Who acts for a client: added and ended by the case worker, with a sign-in link to hand over in person."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import add_guardian, end_guardian, guardian_sign_in_link
from registry.people.queries import ClientCard, guardians_of
from registry.people.rules import LANGUAGES
from registry.shared.actor import Role
from registry.shared.errors import Forbidden, Invalid, Refused
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.clients import card_with_reason, why_page
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import language_name

AnyRequest = Request[Any, Any, Any]

KEEPERS: Final = frozenset({Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR})
"""Who may say that somebody acts for a client."""

LINK_HOURS: Final = 24
DONE: Final = {
    "added": N_("The guardian was added. The client has been told."),
    "ended": N_("The guardian no longer acts for the client. The client has been told."),
}


async def _card(request: AnyRequest, client_id: UUID) -> ClientCard | None:
    """The client, for whoever has a reason to look; None: it must be stated first. Asked before each act too, for a
    guardian's sign-in opens all that is held."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
    own = card is not None and (card.case_worker_id == actor.id or actor.role is Role.ORGANISER_ADMINISTRATOR)
    if card is not None and card.protected and not own:
        raise Forbidden("guardian.protected")
    return card


async def _guardians_page(
    request: AnyRequest, client_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    path = f"/clients/{client_id}/guardians"
    card = await _card(request, client_id)
    if card is None:
        return why_page(request, client_id, path)
    async with held.database.transaction(actor.sight) as session:
        found = await guardians_of(session, client_id=client_id)
    if not form.value("language"):
        form.set("language", card.language)
    return page(
        request,
        "vouchers/guardians.html",
        status=status,
        get_path=path,
        card=card,
        by_administrator=actor.role is Role.ORGANISER_ADMINISTRATOR,
        here=path,
        guardians=[(guardian, new_key()) for guardian in found],
        languages=[(code, language_name(code)) for code in LANGUAGES],
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/clients/{client_id:uuid}/guardians", who=KEEPERS, include_in_schema=False)
async def guardians(
    request: AnyRequest, client_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """Those who act for the client and those who did."""
    return await _guardians_page(request, client_id, Form(), done=done)


@post("/clients/{client_id:uuid}/guardians", who=KEEPERS, include_in_schema=False)
async def add(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Let somebody act for the client."""
    held, actor = services(request), signed_in(request)
    if await _card(request, client_id) is None:
        return why_page(request, client_id, f"/clients/{client_id}/guardians")
    form = await read_form(request)
    name, email = form.text("name", longest=100), form.text("email", longest=254)
    language = form.choice("language", LANGUAGES)
    if not form.ok:
        return await _guardians_page(request, client_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await add_guardian(
            session,
            actor=actor,
            now=held.now(),
            client_id=client_id,
            name=name,
            email=email,
            language=language,
        )
        return {"role_grant": str(made)}

    try:
        body = {"client": str(client_id), "name": name, "email": email, "language": language}
        await once(request, operation="guardian.add", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _guardians_page(request, client_id, form, status_of(error))
    return redirect(f"/clients/{client_id}/guardians?done=added")


@post("/clients/{client_id:uuid}/guardians/{grant_id:uuid}/end", who=KEEPERS, include_in_schema=False)
async def end(request: AnyRequest, client_id: FromPath[UUID], grant_id: FromPath[UUID]) -> Response[str]:
    """Nobody acts for the client with this any more."""
    held, actor = services(request), signed_in(request)
    if await _card(request, client_id) is None:
        return why_page(request, client_id, f"/clients/{client_id}/guardians")
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await end_guardian(session, actor=actor, now=held.now(), role_grant_id=grant_id, client_id=client_id)
        return {}

    try:
        body = {"role_grant": str(grant_id)}
        await once(request, operation="guardian.end", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _guardians_page(request, client_id, form, status_of(error))
    return redirect(f"/clients/{client_id}/guardians?done=ended")


@post("/clients/{client_id:uuid}/guardians/{grant_id:uuid}/link", who=KEEPERS, include_in_schema=False)
async def link(request: AnyRequest, client_id: FromPath[UUID], grant_id: FromPath[UUID]) -> Response[str]:
    """A link that signs the guardian in once, shown this once."""
    held, actor = services(request), signed_in(request)
    if await _card(request, client_id) is None:
        return why_page(request, client_id, f"/clients/{client_id}/guardians")
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        code = await guardian_sign_in_link(session, actor=actor, now=held.now(), role_grant_id=grant_id)
        return {"code": code}

    try:
        body = {"role_grant": str(grant_id)}
        made = await once(
            request, operation="guardian.link", key=form.key(), body=body, run=run, shown_once=("code",)
        )
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _guardians_page(request, client_id, form, status_of(error))
    base = held.settings.base_url.rstrip("/")
    return page(
        request,
        "vouchers/guardian_link.html",
        back_label=None,
        get_path=f"/clients/{client_id}/guardians",
        back=f"/clients/{client_id}/guardians",
        link=f"{base}/sign-in/link#{made['code']}" if "code" in made else None,
        hours=LINK_HOURS,
    )


ROUTES: list[Any] = [guardians, add, end, link]
