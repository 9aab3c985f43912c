"""Refusing a voucher: by the client, or by the case worker with the client at the counter or on the phone."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands import REASONS, refuse
from registry.choice.queries import own_voucher
from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.choice import CASE_WORKER, CLIENT, own_base, staff_base
from web.pages.picking import Heard, heard, itself, speech_options
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

REASON_TEXTS: Final = {
    "got_job": N_("I have found work"),
    "got_study_place": N_("I have got a study place"),
    "other_service": N_("I already have another service"),
    "no_suitable_provider": N_("No provider suits me"),
    "not_now": N_("Now is not the right time"),
}


async def _refusal_page(
    request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
    for_client = actor.role is Role.CLIENT
    base = own_base(voucher_id) if for_client else staff_base(voucher_id)
    return page(
        request,
        "choice/refuse.html",
        status=status,
        get_path=f"{base}/refuse",
        voucher=voucher,
        held=voucher.held,
        base=base,
        back="/my" if for_client else base,
        for_client=for_client,
        reasons=[(code, gettext(REASON_TEXTS[code])) for code in REASONS],
        **speech_options(),
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


async def _refuse(
    request: AnyRequest, voucher_id: UUID, said: Callable[[Form], Heard], done: str
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    (by, said_by), reason = said(form), form.choice("reason", REASONS, required=False)
    if not form.ok:
        return await _refusal_page(request, voucher_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await refuse(
            session,
            actor=actor,
            now=held.now(),
            voucher_id=voucher_id,
            channel=by,
            said_by=said_by,
            reason=reason or None,
        )
        return {}

    body = {"voucher": str(voucher_id), "channel": by, "said_by": said_by, "reason": reason}
    try:
        await once(request, operation="choice.refuse", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _refusal_page(request, voucher_id, form, 409)
    return redirect(done)


@get("/my/vouchers/{voucher_id:uuid}/refuse", who=CLIENT, include_in_schema=False)
async def refusing_own(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """What follows from refusing, before it is done."""
    return await _refusal_page(request, voucher_id, Form())


@post("/my/vouchers/{voucher_id:uuid}/refuse", who=CLIENT, include_in_schema=False)
async def refuse_own(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The client refuses the voucher."""
    return await _refuse(request, voucher_id, itself, "/my?done=refused")


@get("/vouchers/{voucher_id:uuid}/refuse", who=CASE_WORKER, include_in_schema=False)
async def refusing_with_client(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The same, read to the client."""
    return await _refusal_page(request, voucher_id, Form())


@post("/vouchers/{voucher_id:uuid}/refuse", who=CASE_WORKER, include_in_schema=False)
async def refuse_with_client(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The case worker records a refusal said at the counter or on the phone."""
    return await _refuse(request, voucher_id, heard, staff_base(voucher_id))


ROUTES: list[Any] = [refusing_own, refuse_own, refusing_with_client, refuse_with_client]
