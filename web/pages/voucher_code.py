"""The holder's code: on the page, on paper, and made new. Nobody but the signed-in holder gets here."""

import asyncio
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import grouped, voucher_secret
from registry.vouchers.commands import new_code
from registry.vouchers.queries import VoucherView, voucher_view
from web.amounts import value_text
from web.documents.qr import svg_file, voucher_code
from web.documents.voucher_pdf import voucher_pdf
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import current_language, format_date, format_datetime, gettext

AnyRequest = Request[Any, Any, Any]
CLIENT: Final = frozenset({Role.CLIENT})


def secret_of(request: AnyRequest, view: VoucherView) -> str:
    """The voucher's secret, made anew each time: it is stored nowhere."""
    return voucher_secret(services(request).keys.voucher_secret, view.id, view.secret_generation)


@get("/vouchers/{voucher_id:uuid}/pdf", who=CLIENT, include_in_schema=False)
async def paper(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[bytes]:
    """The voucher to print or to keep, with the code: only for its holder, and kept in no cache."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        view = await voucher_view(session, voucher_id=voucher_id)
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=view.client_id,
            organiser_id=view.organiser_id,
            what="voucher",
            reason="own_data",
        )
    if not view.is_open:
        raise Refused(f"voucher.{view.state}")
    made = await asyncio.to_thread(voucher_pdf, _paper_facts(view, secret_of(request, view), held.now()))
    name = {"fi": "palveluseteli", "sv": "servicesedel"}.get(current_language.get(), "voucher")
    return Response(
        made,
        media_type="application/pdf",
        headers={"content-disposition": f'attachment; filename="{name}.pdf"', "cache-control": "no-store"},
    )


def _provider(view: VoucherView) -> str:
    """Who was chosen, with the contact that the public register shows."""
    if view.provider is None:
        return gettext("Not chosen yet")
    return ", ".join(part for part in (view.provider, view.provider_phone, view.provider_email) if part)


def _meeting(view: VoucherView) -> str:
    if view.meeting_at is None:
        return ""
    at = format_datetime(view.meeting_at)
    return f"{at}, {view.meeting_place}" if view.meeting_place else at


def _paper_facts(view: VoucherView, secret: str, now: datetime) -> dict[str, Any]:
    lang = current_language.get()
    left = value_text(view.available_cents, view.units_available, view.unit_name)
    return {
        "lang": lang,
        "title": gettext("Service voucher"),
        "register": gettext("Service voucher register"),
        "organiser": view.organiser[lang],
        "service": view.service[lang],
        "qr": svg_file(voucher_code(view.number, secret)).decode(),
        "qr_label": gettext("QR code of your voucher"),
        "number_label": gettext("Number"),
        "number": grouped(view.number),
        "secret_label": gettext("Code"),
        "secret": grouped(secret),
        "code_note": gettext(
            "Show this to the provider that you chose, the first time you meet. Nobody else needs it."
        ),
        "facts_title": gettext("About the voucher"),
        "facts": [
            (gettext("Left"), left),
            (gettext("Valid until"), format_date(view.last_day, "long")),
            (gettext("Provider"), _provider(view)),
            *([(gettext("First time proposed"), _meeting(view))] if view.meeting_at else []),
            (gettext("Granted by"), view.organiser[lang]),
        ],
        "next_title": gettext("How to use it"),
        "next": [
            gettext("Choose a provider, if you have not yet: sign in to the service."),
            gettext("When the provider has confirmed, agree on the first meeting."),
            gettext("Show this voucher at the first meeting. After that you need not show it again."),
            gettext("Lost this paper? Sign in and make a new code. The old one then works no more."),
        ],
        "help_title": gettext("Help"),
        "help": gettext(
            "%(who)s, %(phone)s, %(email)s",
            who=view.organiser[lang],
            phone=view.organiser_phone,
            email=view.organiser_email,
        ),
        "footer": gettext(
            "Keep the code to yourself. The amount left is as of %(day)s.",
            day=format_date(now),
        ),
    }


@get("/vouchers/{voucher_id:uuid}/new-code", who=CLIENT, include_in_schema=False)
async def new_code_page(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """What a new code does, before it is made."""
    return await _new_code_page(request, voucher_id, Form())


async def _new_code_page(
    request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        view = await voucher_view(session, voucher_id=voucher_id)
    return page(
        request,
        "vouchers/new_code.html",
        status=status,
        get_path=f"/vouchers/{voucher_id}/new-code",
        view=view,
        errors=form.errors,
        key=new_key(),
    )


@post("/vouchers/{voucher_id:uuid}/new-code", who=CLIENT, include_in_schema=False)
async def make_new_code(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """A new code; sending the form twice makes one."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await new_code(session, actor=actor, now=held.now(), voucher_id=voucher_id)
        return {}

    try:
        await once(
            request, operation="voucher.new_code", key=form.key(), body={"voucher": str(voucher_id)}, run=run
        )
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _new_code_page(request, voucher_id, form, status_of(error))
    return redirect(f"/vouchers/{voucher_id}?done=new_code")


ROUTES: list[Any] = [paper, new_code_page, make_new_code]
