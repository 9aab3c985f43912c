"""A provider leaves the register for a service, and says what becomes of the clients who are there."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import withdraw_admission
from registry.providers.queries import admission_of
from registry.shared.errors import Refused
from web.decision_words import options
from web.forms import Form, read_form
from web.keeping_words import CLIENTS_MAY
from web.page import page, redirect
from web.pages.providers_own import PROVIDER
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


async def _leaving_page(
    request: AnyRequest, admission_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, provider_id=actor.provider_id)
    return page(
        request,
        "providers/leave.html",
        status=status,
        get_path=f"/provider/offer/{admission_id}/leave",
        row=row,
        clients_options=options(CLIENTS_MAY),
        form=form,
        errors=form.errors,
    )


@get("/provider/offer/{admission_id:uuid}/leave", who=PROVIDER, include_in_schema=False)
async def ask_to_leave(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """A page of its own before an act that cannot be undone."""
    return await _leaving_page(request, admission_id, Form({"clients_may": [str(Clients.FINISH)]}))


@post("/provider/offer/{admission_id:uuid}/leave", who=PROVIDER, include_in_schema=False)
async def leave(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    may = form.choice("clients_may", CLIENTS_MAY)
    if not form.ok:
        return await _leaving_page(request, admission_id, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await withdraw_admission(
                session, actor=actor, now=held.now(), admission_id=admission_id, clients_may=Clients(may)
            )
    except Refused as refused:
        form.blame(refused)
        return await _leaving_page(request, admission_id, form, 409)
    return redirect("/provider/offer?done=left")


ROUTES: list[Any] = [ask_to_leave, leave]
