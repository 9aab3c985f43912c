"""De minimis aid: what a company declares, how it stands to the ceiling, and the certificates of what it was granted."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.companies.commands import AidLine, declare_aid
from registry.vouchers.companies.queries import company_aid, granted_aid
from registry.vouchers.queries import voucher_view
from registry.vouchers.reading import reason_to_read
from web.amounts import typed_money
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.clients import card_with_reason, why_page
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
CLIENT: Final = frozenset({Role.CLIENT})
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})
READERS: Final = frozenset({Role.CLIENT, Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR})
LINES: Final = 6
"""Empty lines on the form; whoever had more aid sends them by the API or asks the case worker."""
DONE: Final = {"declared": N_("The declaration was kept. It counts from now on.")}


async def _aid_page(
    request: AnyRequest, client_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    own = actor.role is Role.CLIENT
    path = "/my/aid" if own else f"/clients/{client_id}/aid"
    async with held.database.transaction(actor.sight) as session:
        if own:
            log_read(
                session, actor=actor, now=held.now(), client_id=client_id, organiser_id=actor.organiser_id,
                what="person", reason="own_data",
            )  # fmt: skip
            name: str | None = ""
        else:
            card = await card_with_reason(session, request, client_id, what="person")
            if card is not None and card.kind != "company":
                raise NotFound("aid.unknown")
            name = card.name if card else None
        stands = await company_aid(session, client_id=client_id, on=local_date(held.now()))
    if name is None:
        return why_page(request, client_id, path)
    if not form.value("sent"):
        for place, line in enumerate((stands.declared or [])[:LINES]):
            form.set(f"granted_on_{place}", line["granted_on"])
            form.set(f"granter_{place}", line["granter"])
            form.set(f"value_{place}", typed_money(line["cents"]))
    return page(
        request,
        "vouchers/aid.html",
        status=status,
        get_path=path,
        aid=stands,
        own=own,
        client_id=client_id,
        client_name=name,
        lines=range(LINES),
        today=local_date(held.now()),
        grouped=grouped,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/my/aid", who=CLIENT, include_in_schema=False)
async def own_aid(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """How the company stands, and its declaration."""
    return await _aid_page(request, signed_in(request).client_id, Form(), done=done)


@get("/clients/{client_id:uuid}/aid", who=CASE_WORKER, include_in_schema=False)
async def clients_aid(
    request: AnyRequest, client_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """The same for the case worker, who may have the signed form."""
    return await _aid_page(request, client_id, Form(), done=done)


def _lines(form: Form) -> list[AidLine]:
    """The lines that were filled in; a line that was begun has to be whole."""
    found: list[AidLine] = []
    for place in range(LINES):
        names = (f"granted_on_{place}", f"granter_{place}", f"value_{place}")
        if not any(form.value(name).strip() for name in names):
            continue
        day, granter, cents = form.day(names[0]), form.text(names[1]), form.money(names[2])
        found.append((day or date.min, granter, cents))
    return found


async def _declare(request: AnyRequest, client_id: UUID, done: str) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    form.set("sent", "yes")
    lines = _lines(form)
    if form.choice("none", ("yes",), required=not lines) and lines:
        form.fail("none", "aid.none_and_some")
    if not form.ok:
        return await _aid_page(request, client_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await declare_aid(session, actor=actor, now=held.now(), client_id=client_id, aid=lines)
        return {"declaration": str(made)}

    body = {"client": str(client_id), "aid": [[day.isoformat(), who, cents] for day, who, cents in lines]}
    try:
        await once(request, operation="aid.declare", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _aid_page(request, client_id, form, status_of(error))
    return redirect(done)


@post("/my/aid", who=CLIENT, include_in_schema=False)
async def declare_own(request: AnyRequest) -> Response[str]:
    """A representative declares."""
    return await _declare(request, signed_in(request).client_id, "/my/aid?done=declared")


@post("/clients/{client_id:uuid}/aid", who=CASE_WORKER, include_in_schema=False)
async def declare_for(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Written down from a signed form."""
    return await _declare(request, client_id, f"/clients/{client_id}/aid?done=declared")


@get("/aid/{aid_id:uuid}", who=READERS, include_in_schema=False)
async def certificate(request: AnyRequest, aid_id: FromPath[UUID]) -> Response[str]:
    """The certificate of one grant of aid, to print."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        one = await granted_aid(session, aid_id=aid_id)
        view = await voucher_view(session, voucher_id=one.voucher_id)
        reason = await reason_to_read(
            session, actor=actor, now=held.now(), client_id=view.client_id, case_worker_id=view.case_worker_id
        )
        if reason is not None:
            log_read(
                session, actor=actor, now=held.now(), client_id=view.client_id, organiser_id=view.organiser_id,
                what="voucher", reason=reason,
            )  # fmt: skip
    if reason is None:
        return why_page(request, view.client_id, f"/aid/{aid_id}")
    return page(
        request,
        "vouchers/aid_certificate.html",
        get_path=f"/aid/{aid_id}",
        aid=one,
        number=grouped(one.number),
        service=one.service[current_language.get()],
        organiser=view.organiser[current_language.get()],
        voucher_id=view.id,
    )


ROUTES: list[Any] = [own_aid, clients_aid, declare_own, declare_for, certificate]
