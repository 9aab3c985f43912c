"""A voucher goes on as a new one, with the same provider or with a new choice."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import budget_lines
from registry.choice.commands import renew_voucher
from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import grouped
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.changing import read_voucher
from web.pages.clients import why_page
from web.services import services, signed_in
from web.translations import current_language, format_money, gettext

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})


async def _renew_page(request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    path = f"/vouchers/{voucher_id}/renew"
    async with held.database.transaction(actor.sight) as session:
        found = await read_voucher(session, request, voucher_id)
        lines = await budget_lines(session, organiser_id=actor.organiser_id, active_only=True)
    if isinstance(found, UUID):
        return why_page(request, found, path)
    view, client_name = found
    return page(
        request,
        "vouchers/renew.html",
        status=status,
        get_path=path,
        view=view,
        client_name=client_name,
        number=grouped(view.number),
        service=view.service[current_language.get()],
        lines=[
            (
                str(line.id),
                f"{line.code} {line.name}",
                gettext("%(amount)s left", amount=format_money(line.left_cents)),
            )
            for line in lines
        ],
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/vouchers/{voucher_id:uuid}/renew", who=CASE_WORKER, include_in_schema=False)
async def renew_page(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """From which line, and with whom it goes on."""
    return await _renew_page(request, voucher_id, Form())


@post("/vouchers/{voucher_id:uuid}/renew", who=CASE_WORKER, include_in_schema=False)
async def renew(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """Grant the new voucher; sent twice, it is granted once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    line_id, stays = form.identifier("budget_line"), form.choice("provider", ("same", "new")) == "same"
    if not form.ok or line_id is None:
        return await _renew_page(request, voucher_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await renew_voucher(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            voucher_id=voucher_id,
            budget_line_id=line_id,
            same_provider=stays,
        )
        return {"id": str(made.voucher_id)}

    body = {"voucher": str(voucher_id), "line": str(line_id), "same_provider": stays}
    try:
        done = await once(request, operation="voucher.renew", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _renew_page(request, voucher_id, form, status_of(error))
    return redirect(f"/vouchers/{done['id']}?done=renewed")


ROUTES: list[Any] = [renew_page, renew]
