"""Asking for help: the client is called back by the own case worker."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.queries import own_voucher
from registry.shared.errors import Invalid, Refused
from registry.vouchers.commands import ask_for_help
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.choice import CLIENT, own_base
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


async def _help_page(request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
    return page(
        request,
        "choice/help.html",
        status=status,
        get_path=f"{own_base(voucher_id)}/help",
        held=voucher.held,
        action=f"{own_base(voucher_id)}/help",
        errors=form.errors,
        key=new_key(),
    )


@get("/my/vouchers/{voucher_id:uuid}/help", who=CLIENT, include_in_schema=False)
async def asking_for_help(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """Whom to call, and how to be called."""
    return await _help_page(request, voucher_id, Form())


@post("/my/vouchers/{voucher_id:uuid}/help", who=CLIENT, include_in_schema=False)
async def help_wanted(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The client asks to be called back."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        case_id = await ask_for_help(session, actor=actor, now=held.now(), voucher_id=voucher_id)
        return {"case": str(case_id)}

    try:
        key = form.key()
        await once(request, operation="choice.help", key=key, body={"voucher": str(voucher_id)}, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _help_page(request, voucher_id, form, 409)
    return redirect("/my?done=help")


ROUTES: list[Any] = [asking_for_help, help_wanted]
