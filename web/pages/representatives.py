"""Who acts for a company: added and ended by the case worker, with a sign-in link to hand over in person."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import add_representative, end_representative, representative_sign_in_link
from registry.people.queries import ClientCard, representatives_of
from registry.people.rules import LANGUAGES
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.clients import card_with_reason, why_page
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import language_name

AnyRequest = Request[Any, Any, Any]

KEEPERS: Final = frozenset({Role.CASE_WORKER})
LINK_HOURS: Final = 24
DONE: Final = {
    "added": N_("The representative was added."),
    "ended": N_("The representative no longer acts for the company."),
}


async def _card(request: AnyRequest, client_id: UUID) -> ClientCard | None:
    """The company, for whoever has a reason to look; None: it must be stated first."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
    if card is not None and card.kind != "company":
        raise NotFound("client.unknown")
    return card


async def _representatives_page(
    request: AnyRequest, client_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    path = f"/clients/{client_id}/representatives"
    card = await _card(request, client_id)
    if card is None:
        return why_page(request, client_id, path)
    async with held.database.transaction(actor.sight) as session:
        found = await representatives_of(session, client_id=client_id)
    if not form.value("language"):
        form.set("language", card.language)
    return page(
        request,
        "vouchers/representatives.html",
        status=status,
        get_path=path,
        card=card,
        here=path,
        people=[(one, new_key()) for one in found],
        languages=[(code, language_name(code)) for code in LANGUAGES],
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/clients/{client_id:uuid}/representatives", who=KEEPERS, include_in_schema=False)
async def representatives(
    request: AnyRequest, client_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """Those who act for the company and those who did."""
    return await _representatives_page(request, client_id, Form(), done=done)


@post("/clients/{client_id:uuid}/representatives", who=KEEPERS, include_in_schema=False)
async def add(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Let somebody act for the company."""
    held, actor = services(request), signed_in(request)
    if await _card(request, client_id) is None:
        return why_page(request, client_id, f"/clients/{client_id}/representatives")
    form = await read_form(request)
    name, email = form.text("name", longest=100), form.text("email", longest=254)
    language = form.choice("language", LANGUAGES)
    if not form.ok:
        return await _representatives_page(request, client_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await add_representative(
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
        await once(request, operation="representative.add", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _representatives_page(request, client_id, form, status_of(error))
    return redirect(f"/clients/{client_id}/representatives?done=added")


@post("/clients/{client_id:uuid}/representatives/{grant_id:uuid}/end", who=KEEPERS, include_in_schema=False)
async def end(request: AnyRequest, client_id: FromPath[UUID], grant_id: FromPath[UUID]) -> Response[str]:
    """Nobody acts for the company with this any more."""
    held, actor = services(request), signed_in(request)
    if await _card(request, client_id) is None:
        return why_page(request, client_id, f"/clients/{client_id}/representatives")
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await end_representative(
            session, actor=actor, now=held.now(), role_grant_id=grant_id, client_id=client_id
        )
        return {}

    try:
        body = {"role_grant": str(grant_id)}
        await once(request, operation="representative.end", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _representatives_page(request, client_id, form, status_of(error))
    return redirect(f"/clients/{client_id}/representatives?done=ended")


@post("/clients/{client_id:uuid}/representatives/{grant_id:uuid}/link", who=KEEPERS, include_in_schema=False)
async def link(request: AnyRequest, client_id: FromPath[UUID], grant_id: FromPath[UUID]) -> Response[str]:
    """A link that signs the representative in once, shown this once."""
    held, actor = services(request), signed_in(request)
    if await _card(request, client_id) is None:
        return why_page(request, client_id, f"/clients/{client_id}/representatives")
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        code = await representative_sign_in_link(
            session, actor=actor, now=held.now(), role_grant_id=grant_id, client_id=client_id
        )
        return {"code": code}

    try:
        body = {"role_grant": str(grant_id)}
        made = await once(
            request, operation="representative.link", key=form.key(), body=body, run=run, shown_once=("code",)
        )
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _representatives_page(request, client_id, form, status_of(error))
    base = held.settings.base_url.rstrip("/")
    return page(
        request,
        "vouchers/guardian_link.html",
        back_label=gettext("Representatives"),
        get_path=f"/clients/{client_id}/representatives",
        back=f"/clients/{client_id}/representatives",
        link=f"{base}/sign-in/link#{made['code']}" if "code" in made else None,
        hours=LINK_HOURS,
    )


ROUTES: list[Any] = [representatives, add, end, link]
