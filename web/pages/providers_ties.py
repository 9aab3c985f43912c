"""The register officer states whom a provider belongs to: a group of companies, or the officer's own organiser."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.commands import Ties, state_ties
from registry.providers.queries import admission_of, ties_of
from registry.shared.errors import DomainError
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.providers_desk import OFFICER
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


async def _ties_page(
    request: AnyRequest, admission_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, organiser_id=actor.organiser_id)
        ties = await ties_of(session, provider_id=row.provider_id)
    own = ties.own_production_of == actor.organiser_id
    form = form or Form(
        {"company_group": [ties.company_group or ""], "own_production": ["yes"] if own else []}
    )
    return page(
        request,
        "providers/ties.html",
        status=status,
        get_path=f"/applications/register/{admission_id}/ties",
        row=row,
        another=ties.own_production_of is not None and not own,
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/applications/register/{admission_id:uuid}/ties", who=OFFICER, include_in_schema=False)
async def show_ties(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """What is stated now."""
    return await _ties_page(request, admission_id)


@post("/applications/register/{admission_id:uuid}/ties", who=OFFICER, include_in_schema=False)
async def save_ties(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """State it anew."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    ties = Ties(form.text("company_group", longest=120, required=False), form.ticked("own_production"))
    key = form.key()
    if not form.ok:
        return await _ties_page(request, admission_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await state_ties(session, actor=actor, now=held.now(), admission_id=admission_id, ties=ties)
        return {}

    body = {
        "admission": str(admission_id),
        "company_group": ties.company_group,
        "own_production": ties.own_production,
    }
    try:
        await once(request, operation="provider.state_ties", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return await _ties_page(request, admission_id, form, status_of(error))
    return redirect(f"/applications/register/{admission_id}?done=ties")


ROUTES: list[Any] = [show_ties, save_ties]
