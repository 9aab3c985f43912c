"""Redeeming a voucher that the provider was shown: at once, or reserved first; capture, release, reverse."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.errors import DomainError, Invalid, Refusal, Refused
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.commands import RedemptionLine, capture, redeem, release, reverse
from registry.vouchers.confirming.queries import looked_into
from registry.vouchers.no_shows.queries import no_shows
from registry.vouchers.queries import PresentedVoucher, RedemptionRow, presented_voucher, redemption_row
from registry.vouchers.redemption.rules import MAX_GROUP, UNTOLD, Activity, Attended, Event
from web.amounts import typed_money, typed_number, unit_price_text, units_text
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.redemption import PROVIDER, flash
from web.services import services, signed_in
from web.translations import N_, current_language, format_money, gettext
from web.visit_words import ACTIVITY_TEXTS, ATTENDED_TEXTS, activity_text, attended_text

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


def _blame(form: Form, error: DomainError) -> None:
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
        _blame(form, error)
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


async def _redemption_page(
    request: AnyRequest, redemption_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row: RedemptionRow = await redemption_row(session, redemption_id=redemption_id)
        voucher = await presented_voucher(
            session, actor=actor, presentation_id=row.presentation_id, redemptions=False
        )
        looked = await looked_into(session, actor=actor, redemption_id=redemption_id)
    filled = form or Form({"units": [typed_number(row.units)], "reason": [""]})
    return page(
        request,
        "redemption/redemption.html",
        status=status,
        get_path=f"/provider/redemptions/{redemption_id}",
        row=row,
        voucher=voucher,
        looked=looked,
        activity=activity_text(row.activity),
        attended=attended_text(row.attended, row.group_size),
        service=voucher.service[current_language.get()],
        units=units_text(row.units, voucher.unit_name),
        price=unit_price_text(row.unit_price_cents, voucher.unit_name),
        most=typed_number(row.units),
        own_share=format_money(row.own_share_cents) if row.own_share_cents else None,
        filled=filled,
        errors=filled.errors,
        keys=(new_key(), new_key()),
    )


@get("/provider/redemptions/{redemption_id:uuid}", who=PROVIDER, include_in_schema=False)
async def redemption_page(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """One redemption or reservation, and what can be done with it."""
    return await _redemption_page(request, redemption_id)


async def _settle(
    request: AnyRequest,
    redemption_id: UUID,
    form: Form,
    *,
    operation: str,
    body: dict[str, Any],
    run: Callable[[AsyncSession], Awaitable[Any]],
    done: str,
) -> Response[str]:
    """Carry out what follows a redemption, once, and go back to the voucher."""

    async def command(session: AsyncSession) -> dict[str, Any]:
        await run(session)
        row = await redemption_row(session, redemption_id=redemption_id)
        return {"presentation": str(row.presentation_id)}

    try:
        made = await once(
            request,
            operation=operation,
            key=form.key(),
            body={"redemption": str(redemption_id), **body},
            run=command,
        )
    except (Refused, Invalid) as error:
        _blame(form, error)
        return await _redemption_page(request, redemption_id, form, status_of(error))
    return redirect(f"/provider/vouchers/{made['presentation']}?done={done}")


@post("/provider/redemptions/{redemption_id:uuid}/capture", who=PROVIDER, include_in_schema=False)
async def capture_reservation(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """Redeem a reservation, whole or in part."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    units = form.hundredths("units")
    if not form.ok:
        return await _redemption_page(request, redemption_id, form, 422)

    async def run(session: AsyncSession) -> None:
        await capture(session, actor=actor, now=held.now(), redemption_id=redemption_id, units=units)
        await session.flush()

    return await _settle(
        request,
        redemption_id,
        form,
        operation="redemption.capture",
        body={"units": units},
        run=run,
        done="captured",
    )


@post("/provider/redemptions/{redemption_id:uuid}/release", who=PROVIDER, include_in_schema=False)
async def release_reservation(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """Give a reservation up."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> None:
        await release(session, actor=actor, now=held.now(), redemption_id=redemption_id)
        await session.flush()

    return await _settle(
        request, redemption_id, form, operation="redemption.release", body={}, run=run, done="released"
    )


@post("/provider/redemptions/{redemption_id:uuid}/reverse", who=PROVIDER, include_in_schema=False)
async def reverse_redemption(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """Undo a redemption, with the reason."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reason = form.text("reason", longest=500, lines=True)
    if not form.ok:
        return await _redemption_page(request, redemption_id, form, 422)

    async def run(session: AsyncSession) -> None:
        await reverse(session, actor=actor, now=held.now(), redemption_id=redemption_id, reason=reason)
        await session.flush()

    return await _settle(
        request,
        redemption_id,
        form,
        operation="redemption.reverse",
        body={"reason": reason},
        run=run,
        done="reversed",
    )


ROUTES: list[Any] = [
    presented_page,
    redeem_visit,
    redemption_page,
    capture_reservation,
    release_reservation,
    reverse_redemption,
]
