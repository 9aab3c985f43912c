"""Visits that devices took without a network, after they arrived: the provider's list of what became of each, and the
finance officer's case where one could not be recorded."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import grouped
from registry.vouchers.offline.finishing import LONGEST_NOTE, close_offline_visit, try_again
from registry.vouchers.offline.queries import OfflineRow, devices_of, offline_visit, offline_visits
from registry.vouchers.offline.rules import Fate
from web.amounts import unit_price_text, units_text
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect, short
from web.pages.redemption import PROVIDER, flash, page_number
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, format_number, gettext

AnyRequest = Request[Any, Any, Any]

LIST: Final = "/provider/visits/offline"
CASE: Final = "/offline-visits"
FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})
PER_PAGE: Final = 50
FATE_TEXTS: Final[dict[str, tuple[str, str]]] = {
    Fate.RECEIVED: (N_("Being recorded"), "info"),
    Fate.RECORDED: (N_("Recorded"), "success"),
    Fate.REFUSED: (N_("Could not be recorded"), "warning"),
    Fate.CLOSED: (N_("Left unrecorded"), "neutral"),
}
DONE: Final = {
    "recorded": N_("The visit has been recorded."),
    "refused": N_("The visit still cannot be recorded. See why below."),
    "closed": N_("The visit stays unrecorded. The provider has been told why."),
}


def _row(found: OfflineRow) -> dict[str, Any]:
    text, colour = FATE_TEXTS[found.state]
    minutes = round(found.clock_off_seconds / 60)
    return {
        "visit": found,
        "number": grouped(found.number),
        "fate": gettext(text),
        "colour": colour,
        "why": sentence(found.code, dict(found.facts)) if found.code else "",
        "units": units_text(found.units, found.unit_name),
        "price": unit_price_text(found.unit_price_cents, found.unit_name) if found.unit_price_cents else None,
        "device": short(found.device_id),
        "clock": format_number(abs(minutes)) if found.clock_wrong else None,
        "ahead": minutes > 0,
    }


async def _list_page(
    request: AnyRequest, *, status: int = 200, error: str | None = None, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    number = page_number(request)
    async with held.database.transaction(actor.sight) as session:
        found = await offline_visits(
            session, actor=actor, refused=False, limit=PER_PAGE + 1, offset=(number - 1) * PER_PAGE
        )
        devices = await devices_of(session, actor=actor)
    return page(
        request,
        "offline/visits.html",
        status=status,
        get_path=LIST,
        error=error,
        rows=[_row(one) for one in found[:PER_PAGE]],
        devices=[(short(one.id), one) for one in devices],
        previous=f"{LIST}?page={number - 1}" if number > 1 else None,
        following=f"{LIST}?page={number + 1}" if len(found) > PER_PAGE else None,
        flashes=flash(DONE, done),
    )


@get(LIST, who=PROVIDER, include_in_schema=False)
async def offline_list(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """What became of each visit, newest first, and which devices have taken more than has arrived."""
    return await _list_page(request, done=done)


@post(LIST + "/{visit_id:uuid}/again", who=PROVIDER, include_in_schema=False)
async def offline_again(request: AnyRequest, visit_id: FromPath[UUID]) -> Response[str]:
    """Ask again, once what stood in the way is mended; or say that it is another visit than the recorded one. The visit
    itself is the key: pressed twice, it is asked once."""
    held, actor = services(request), signed_in(request)
    await read_form(request)
    try:
        fate = await try_again(
            held.database, actor=actor, now=held.now(), digest_key=held.keys.field_digest, visit_id=visit_id
        )
    except (Refused, Invalid) as error:
        return await _list_page(request, status=status_of(error), error=sentence(error.code, error.facts))
    return redirect(f"{LIST}?done={fate}")


async def _case_page(
    request: AnyRequest, visit_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await offline_visit(session, visit_id=visit_id)
    return page(
        request,
        "offline/visit.html",
        status=status,
        get_path=f"{CASE}/{visit_id}",
        row=_row(found),
        may_close=actor.role in FINANCE and found.state == Fate.REFUSED,
        longest=LONGEST_NOTE,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flash(DONE, done),
    )


@get(CASE + "/{visit_id:uuid}", who=READERS, include_in_schema=False)
async def offline_case(
    request: AnyRequest, visit_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """The visit with the device's time and ours, and why it could not be recorded; without a name."""
    return await _case_page(request, visit_id, Form(), done=done)


@post(CASE + "/{visit_id:uuid}", who=FINANCE, include_in_schema=False)
async def offline_close(request: AnyRequest, visit_id: FromPath[UUID]) -> Response[str]:
    """It stays unrecorded; the provider reads why."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    note = form.text("note", longest=LONGEST_NOTE, lines=True)
    if not form.ok:
        return await _case_page(request, visit_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await close_offline_visit(session, actor=actor, now=held.now(), visit_id=visit_id, note=note)
        return {}

    try:
        body = {"visit": str(visit_id), "note": note}
        await once(request, operation="offline_visit.close", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _case_page(request, visit_id, form, status_of(error))
    return redirect(f"{CASE}/{visit_id}?done=closed")


ROUTES: list[Any] = [offline_list, offline_again, offline_case, offline_close]
