"""Verifying a client company from the company register, where it could not be asked before."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import verify_company
from registry.people.queries import identity_of_client
from registry.shared.errors import Invalid, NotFound
from web.company_register import ask_about_client, is_same_company
from web.forms import read_form
from web.idempotency import once
from web.page import redirect
from web.pages.clients import CASE_WORKER, card_with_reason, client_page, why_page
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


@post("/clients/{client_id:uuid}/business-id", who=CASE_WORKER, include_in_schema=False)
async def verify(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Ask the register about the business id on file, which is not shown."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
        if card is None:
            return why_page(request, client_id, f"/clients/{client_id}")
        code = await identity_of_client(session, keys=held.keys, client_id=client_id)
    if card.kind != "company" or code is None:
        raise NotFound("client.unknown")

    async def run(session: AsyncSession) -> dict[str, Any]:
        await verify_company(session, actor=actor, now=held.now(), client_id=client_id, name=card.name)
        return {}

    try:
        same = is_same_company(await ask_about_client(request, code), card.name)
        if same:
            body = {"client": str(client_id)}
            await once(request, operation="client.verify", key=form.key(), body=body, run=run)
    except Invalid as error:
        form.blame(error)
        return await client_page(request, client_id, status=422, errors=form.errors)
    return redirect(f"/clients/{client_id}?done={'verified' if same else 'unverified'}")


ROUTES: list[Any] = [verify]
