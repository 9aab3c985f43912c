"""What follows a redemption or a reservation: capture, release, reverse."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.errors import Invalid, Refused
from registry.vouchers.commands import capture, release, reverse
from registry.vouchers.confirming.queries import looked_into
from registry.vouchers.queries import RedemptionRow, presented_voucher, redemption_row
from web.amounts import typed_number, unit_price_text, units_text
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.redeeming import blame_event
from web.pages.redemption import PROVIDER
from web.services import services, signed_in
from web.translations import current_language, format_money
from web.visit_words import activity_text, attended_text

AnyRequest = Request[Any, Any, Any]


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
        blame_event(form, error)
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


ROUTES: list[Any] = [redemption_page, capture_reservation, release_reservation, reverse_redemption]
