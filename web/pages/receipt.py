"""After the pick: where the voucher stands, the receipt with what happens next, and the calendar's entries."""

from typing import Any, Final
from uuid import UUID, uuid5

from litestar import Request, Response, get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.queries import OwnVoucher, own_voucher
from registry.people.commands import log_read
from registry.shared.errors import NotFound
from registry.shared.identifiers import grouped
from registry.vouchers.queries import voucher_view
from web.documents.calendar import MEDIA_TYPE, Entry, calendar_file
from web.documents.qr import inline_svg, voucher_code
from web.page import page, redirect
from web.pages.choice import CLIENT, own_base
from web.pages.voucher_code import secret_of
from web.services import services, signed_in
from web.translations import current_language, gettext

AnyRequest = Request[Any, Any, Any]

CALENDAR_NAMES: Final = {"fi": "kalenteri", "sv": "kalender"}


async def _chosen(request: AnyRequest, session: AsyncSession, voucher_id: UUID) -> OwnVoucher:
    """The client's voucher, its reading noted."""
    held, actor = services(request), signed_in(request)
    voucher = await own_voucher(session, voucher_id=voucher_id)
    log_read(
        session,
        actor=actor,
        now=held.now(),
        client_id=voucher.held.client_id,
        organiser_id=voucher.held.organiser_id,
        what="voucher",
        reason="own_data",
    )
    return voucher


@get("/my/vouchers/{voucher_id:uuid}", who=CLIENT, include_in_schema=False)
async def where_it_stands(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """Where messages lead: to the page that the voucher is at now, for a message is read days later."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
    if voucher.open and voucher.chosen is None:
        return redirect(f"{own_base(voucher_id)}/compare")
    if voucher.held.state == "chosen":
        return redirect(f"{own_base(voucher_id)}/chosen")
    return redirect(f"/vouchers/{voucher_id}")


@get("/my/vouchers/{voucher_id:uuid}/chosen", who=CLIENT, include_in_schema=False)
async def chosen(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The receipt: who was chosen, what happens next and when, the code to show, and whom to ask."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await _chosen(request, session, voucher_id)
        view = await voucher_view(session, voucher_id=voucher_id)
    if voucher.chosen is None:
        return redirect(f"{own_base(voucher_id)}/compare" if voucher.open else f"/vouchers/{voucher_id}")
    code: dict[str, Any] = {}
    if view.is_open:
        secret = secret_of(request, view)
        code = {
            "secret": grouped(secret),
            "qr": inline_svg(voucher_code(view.number, secret), gettext("QR code of your voucher")),
        }
    return page(
        request,
        "choice/chosen.html",
        voucher=voucher,
        held=voucher.held,
        chosen=voucher.chosen,
        base=own_base(voucher_id),
        number=grouped(view.number),
        **code,
    )


def _entries(voucher: OwnVoucher, sign_in: str) -> list[Entry]:
    """What a client may put into a calendar: the first meeting, and until there is one the day of the answer."""
    chosen = voucher.chosen
    if chosen is None:
        return []
    text = gettext("Sign in to see what this is about: %(link)s", link=sign_in)
    if chosen.meeting_at is not None:
        uid = uuid5(chosen.assignment_id, "meeting")
        return [Entry(uid, gettext("Meeting"), text, chosen.meeting_at)]
    if chosen.confirmed:
        return []
    return [
        Entry(uuid5(chosen.assignment_id, "answer"), gettext("Look at your messages"), text, chosen.answer_by)
    ]


@get("/my/vouchers/{voucher_id:uuid}/calendar", who=CLIENT, include_in_schema=False)
async def calendar(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[bytes]:
    """The next day to remember, as a file for the calendar. It says neither what nor with whom."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await _chosen(request, session, voucher_id)
    entries = _entries(voucher, f"{held.settings.base_url.rstrip('/')}/sign-in")
    if not entries:
        raise NotFound("choice.nothing_to_remember")
    name = CALENDAR_NAMES.get(current_language.get(), "calendar")
    return Response(
        calendar_file(entries, made_at=held.now()),
        media_type=MEDIA_TYPE,
        headers={"content-disposition": f'attachment; filename="{name}.ics"', "cache-control": "no-store"},
    )


ROUTES: list[Any] = [where_it_stands, chosen, calendar]
