"""Asking for help: the client is called back by the own case worker."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.queries import CaseView, cases_about
from registry.choice.queries import own_voucher
from registry.people.queries import client_card
from registry.shared.errors import Invalid, Refused
from registry.vouchers.commands import ask_for_call
from registry.vouchers.commands.calling import CALL, WISHES
from web.case_details import CALL_WISHES
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.choice import CLIENT, own_base
from web.services import services, signed_in
from web.translations import format_date, gettext

AnyRequest = Request[Any, Any, Any]


async def _waiting(session: AsyncSession, client_id: UUID) -> CaseView | None:
    """The call that the client waits for already."""
    about = await cases_about(session, [client_id])
    return next((case for case in about[client_id] if case.kind == CALL and case.is_open), None)


async def _help_page(
    request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200, *, asked: bool = False
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
        waiting = await _waiting(session, actor.client_id)
        card = await client_card(session, client_id=actor.client_id)
    known = (card.phone if card else None) or ""
    if not form.value("wish"):
        facts = waiting.facts if waiting else {}
        form.set("wish", str(facts.get("wish", "any")))
        form.set("phone", str(facts.get("phone", known)))
    flashes = []
    if asked and waiting:
        text = gettext(
            "Your request has been sent. You will be called on %(day)s at the latest.",
            day=format_date(waiting.due_on, "weekday"),
        )
        flashes.append({"kind": "success", "text": text})
    return page(
        request,
        "choice/help.html",
        status=status,
        get_path=f"{own_base(voucher_id)}/help",
        held=voucher.held,
        action=f"{own_base(voucher_id)}/help",
        waiting=waiting,
        wishes=[(code, gettext(CALL_WISHES[code])) for code in WISHES],
        filled=form,
        errors=form.errors,
        flashes=flashes,
        key=new_key(),
    )


@get("/my/vouchers/{voucher_id:uuid}/help", who=CLIENT, include_in_schema=False)
async def asking_for_help(
    request: AnyRequest, voucher_id: FromPath[UUID], asked: FromQuery[bool] = False
) -> Response[str]:
    """When to be called and at which number, by when that is, and whom to call oneself."""
    return await _help_page(request, voucher_id, Form(), asked=asked)


@post("/my/vouchers/{voucher_id:uuid}/help", who=CLIENT, include_in_schema=False)
async def help_wanted(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The client asks to be called back."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    wish, phone = form.choice("wish", WISHES), form.text("phone", longest=40)
    if not form.ok:
        return await _help_page(request, voucher_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        card = await client_card(session, client_id=actor.client_id)
        other = phone if card is None or phone != card.phone else None
        asked = await ask_for_call(
            session, actor=actor, now=held.now(), voucher_id=voucher_id, wish=wish, phone=other
        )
        return {"case": str(asked.case_id)}

    body = {"voucher": str(voucher_id), "wish": wish, "phone": phone}
    try:
        await once(request, operation="choice.help", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _help_page(request, voucher_id, form, 409)
    return redirect(f"{own_base(voucher_id)}/help?asked=true")


ROUTES: list[Any] = [asking_for_help, help_wanted]
