"""Redeeming a voucher that the provider was shown: at once, or reserved first."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.errors import DomainError, Invalid, Refusal, Refused
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.commands import RedemptionLine, redeem
from registry.vouchers.no_shows.queries import no_shows
from registry.vouchers.queries import PresentedVoucher, presented_voucher
from registry.vouchers.redemption.rules import MAX_GROUP, UNTOLD, Activity, Attended, Event
from web.amounts import typed_money, typed_number, unit_price_text
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.redemption import PROVIDER, flash
from web.services import services, signed_in
from web.translations import N_, current_language, gettext
from web.visit_words import ACTIVITY_TEXTS, ATTENDED_TEXTS

AnyRequest = Request[Any, Any, Any]

FIELDS: Final = {
    "redemption.units_out_of_range": "units",
    "redemption.too_few_units": "units",
    "redemption.too_little_value": "units",
    "redemption.more_than_reserved": "units",
    "redemption.nothing_to_pay": "units",
    "redemption.price_above_agreed": "unit_price",
    "redemption.price_above_ceiling": "unit_price",
    "redemption.date_in_future": "service_date",
    "redemption.date_outside_validity": "service_date",
}
"""The field that a refusal is about."""

DONE: Final = {
    "redeemed": N_("The visit has been redeemed."),
    "reserved": N_("The value has been reserved. Redeem it when the visit has taken place."),
    "captured": N_("The reservation has been redeemed."),
    "released": N_("The reservation has been released. The value is back on the voucher."),
    "reversed": N_("The redemption has been reversed. The value is back on the voucher."),
    "no_show": N_("It has been noted that the client did not come."),
    "no_show_removed": N_("The note has been taken back."),
}


def blame_event(form: Form, error: DomainError) -> None:
    field = FIELDS.get(error.code)
    if field:
        form.fail(field, error.code, **error.facts)
    else:
        form.blame(error)


async def _presented(session: AsyncSession, request: AnyRequest, presentation_id: UUID) -> PresentedVoucher:
    """The voucher with its redemptions; reading the client's name is logged."""
    held, actor = services(request), signed_in(request)
    voucher = await presented_voucher(session, actor=actor, presentation_id=presentation_id)
    if voucher.contact is not None:
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=voucher.client_id,
            organiser_id=voucher.organiser_id,
            what="person",
            reason="chosen_provider",
        )
    return voucher


async def voucher_page(
    request: AnyRequest,
    presentation_id: UUID,
    form: Form | None = None,
    *,
    missed: Form | None = None,
    status: int = 200,
    done: str = "",
) -> Response[str]:
    """The page of a voucher that was shown; `missed`: what was typed of a meeting to which the client did not come."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await _presented(session, request, presentation_id)
        missed_days = await no_shows(session, voucher_id=voucher.voucher_id)
    today = local_date(held.now())
    if form is None:
        form = Form(
            {
                "unit_price": [typed_money(voucher.agreed_unit_price_cents)],
                "service_date": [min(today, voucher.last_day).isoformat()],
                **{name: [""] for name in ("units", "activity", "attended", "group_size")},
            }
        )
    return page(
        request,
        "redemption/voucher.html",
        status=status,
        get_path=f"/provider/vouchers/{presentation_id}",
        voucher=voucher,
        service=voucher.service[current_language.get()],
        number=grouped(voucher.number),
        open=voucher.ended_at is None and voucher.state == "in_use",
        today=today,
        activities=[(str(one), gettext(text)) for one, text in ACTIVITY_TEXTS.items()],
        attendances=[(str(one), gettext(text)) for one, text in ATTENDED_TEXTS.items()],
        agreed=unit_price_text(voucher.agreed_unit_price_cents, voucher.unit_name),
        filled=form,
        errors=form.errors | (missed.errors if missed else {}),
        missed=missed or Form(),
        missed_days=missed_days,
        key=new_key(),
        typed_number=typed_number,
        flashes=flash(DONE, done),
    )


@get("/provider/vouchers/{presentation_id:uuid}", who=PROVIDER, include_in_schema=False)
async def presented_page(
    request: AnyRequest, presentation_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """The client, what is left, the form to redeem, and the redemptions so far."""
    return await voucher_page(request, presentation_id, done=done)


@post("/provider/vouchers/{presentation_id:uuid}", who=PROVIDER, include_in_schema=False)
async def redeem_visit(request: AnyRequest, presentation_id: FromPath[UUID]) -> Response[str]:
    """Redeem one visit now, or reserve its value; sent twice, it is redeemed once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    units, price, day = form.hundredths("units"), form.money("unit_price"), form.day("service_date")
    reserve = form.value("act") == "reserve"
    event = _event(form)
    if not form.ok or day is None:
        return await voucher_page(request, presentation_id, form, status=422)
    line = RedemptionLine(presentation_id, units, price, day, reserve, event)

    async def run(session: AsyncSession) -> dict[str, Any]:
        (answer,) = await redeem(session, actor=actor, now=held.now(), lines=[line])
        if isinstance(answer, Refusal):
            raise Refused(answer.code, **answer.facts)
        return {"id": str(answer.id)}

    body = {
        "presentation_id": str(presentation_id),
        "units": units,
        "unit_price_cents": price,
        "service_date": day.isoformat(),
        "reserve": reserve,
        **event.told(),
    }
    try:
        await once(request, operation="redemption.redeem", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        blame_event(form, error)
        return await voucher_page(request, presentation_id, form, status=status_of(error))
    return redirect(f"/provider/vouchers/{presentation_id}?done={'reserved' if reserve else 'redeemed'}")


def _event(form: Form) -> Event:
    """What was done and who was there, as far as it was told."""
    activity = form.choice("activity", tuple(Activity), required=False)
    attended = form.choice("attended", tuple(Attended), required=False)
    typed = form.value("group_size").strip()
    size = form.integer("group_size", least=2, most=MAX_GROUP, required=False) if typed else None
    if not form.ok:
        return UNTOLD
    try:
        return Event(Activity(activity) if activity else None, Attended(attended) if attended else None, size)
    except Invalid as error:
        form.blame(error)
        return UNTOLD


ROUTES: list[Any] = [presented_page, redeem_visit]
