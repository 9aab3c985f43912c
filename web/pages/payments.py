"""Paying: how an organiser pays, what it owes, payment batches, and the accounting system's files."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.accounting_csv import PaidStatusUnreadable, payables_csv
from registry.settlement.bank.commands import (
    approve_batch,
    confirm_setting,
    make_batch,
    propose_setting,
    take_paid_status,
    withdraw_batch,
)
from registry.settlement.bank.queries.payables import payables
from registry.settlement.bank.queries.views import batch_file, batches, orders, settings_of
from registry.settlement.bank.rules import BatchState, OrderState, Route
from registry.settlement.bank.target_days import next_target_day
from registry.settlement.claims.rules import CLAIM_DAYS, FEWEST_DAYS, MOST_DAYS
from registry.shared.actor import Role
from registry.shared.errors import DomainError, NotFound
from registry.shared.period import local_date
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})

ROUTES_SHOWN: Final[dict[Route, str]] = {
    Route.ACCOUNTING: N_("The accounting system pays"),
    Route.BANK_FILE: N_("A file to the bank pays"),
}
BATCH_STATES: Final[dict[BatchState, tuple[str, str]]] = {
    BatchState.DRAFTED: (N_("Waits for approval"), "warning"),
    BatchState.APPROVED: (N_("Sent to the bank"), "success"),
    BatchState.WITHDRAWN: (N_("Taken back"), "neutral"),
}
ORDER_STATES: Final[dict[OrderState, tuple[str, str]]] = {
    OrderState.DRAFTED: (N_("Waits for approval"), "warning"),
    OrderState.ORDERED: (N_("Sent to the bank"), "info"),
    OrderState.BOOKED: (N_("Booked by the bank"), "success"),
    OrderState.RETURNED: (N_("Came back"), "danger"),
    OrderState.WITHDRAWN: (N_("Taken back"), "neutral"),
}
DONE: Final[dict[str, str]] = {
    "proposed": N_("The setting was saved. Somebody else has to confirm it."),
    "confirmed": N_("The setting is in force."),
    "made": N_("The batch was made. Somebody else has to approve it."),
    "approved": N_("The batch was approved, and its file was made. Download it and send it to the bank."),
    "withdrawn": N_("The batch was taken back."),
    "paid": N_("What the accounting system paid was marked as paid."),
}


async def _payments_page(
    request: AnyRequest,
    *,
    status: int = 200,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    problems: list[tuple[str, str]] | None = None,
    done: str = "",
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        settings = await settings_of(session, actor.organiser_id)
        owed = await payables(session, organiser_id=actor.organiser_id)
        made = await batches(session, organiser_id=actor.organiser_id)
    in_force = next((s for s in settings if s.confirmed_at), None)
    shown = form or Form()
    if not shown.value("claim_days"):
        shown.set("claim_days", str(in_force.claim_days if in_force else CLAIM_DAYS))
    if not shown.value("execute_on"):
        tomorrow = local_date(held.now()) + timedelta(days=1)
        shown.set("execute_on", next_target_day(tomorrow).isoformat())
    return page(
        request,
        "payments/payments.html",
        status=status,
        get_path="/payments",
        in_force=in_force,
        waiting=next((s for s in settings if not s.confirmed_at), None),
        by_file=in_force is not None and in_force.route is Route.BANK_FILE,
        owed=owed,
        ready=[p for p in owed if p.ready],
        ready_cents=sum(p.amount_cents for p in owed if p.ready),
        batches=made,
        routes=[(str(route), gettext(text)) for route, text in ROUTES_SHOWN.items()],
        route_text={route: gettext(text) for route, text in ROUTES_SHOWN.items()},
        batch_state=BATCH_STATES,
        form=shown,
        errors=errors if errors is not None else shown.errors,
        problems=problems or [],
        today=local_date(held.now()),
        may_act=actor.role in FINANCE,
        me=actor.id,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/payments", who=READERS, include_in_schema=False)
async def show_payments(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """What is owed, how it is paid, and the batches."""
    return await _payments_page(request, done=done)


@post("/payments/setting", who=FINANCE, include_in_schema=False)
async def propose(request: AnyRequest) -> Response[str]:
    form = await read_form(request)
    key = form.key()
    route = form.choice("route", [str(r) for r in Route])
    values = {
        "debtor_name": form.text("debtor_name", required=False),
        "debtor_iban": form.text("debtor_iban", required=False, longest=40),
        "debtor_bic": form.text("debtor_bic", required=False, longest=11),
    }
    tolerance = form.money("tolerance_cents", required=False)
    days = CLAIM_DAYS
    if form.value("claim_days").strip():
        days = form.integer("claim_days", least=FEWEST_DAYS, most=MOST_DAYS)
    if not form.ok:
        return await _payments_page(request, status=422, form=form)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await propose_setting(
            session,
            actor=actor,
            now=now,
            route=Route(route),
            tolerance_cents=tolerance,
            claim_days=days,
            **values,
        )
        return {"id": str(made)}

    try:
        body = {"route": route, "tolerance_cents": tolerance, "claim_days": days, **values}
        await once(request, operation="payment_setting.propose", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return await _payments_page(request, status=409, form=form)
    return redirect("/payments?done=proposed")


async def _act(request: AnyRequest, operation: str, subject: UUID, command: Any, done: str) -> Response[str]:
    """A button on a setting or a batch: once, and back to the page."""
    form = await read_form(request)
    key = form.key()
    if not form.ok:
        return await _payments_page(request, status=422, errors=form.errors)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        await command(session, actor=actor, now=now)
        return {"id": str(subject)}

    try:
        await once(request, operation=operation, key=key, body={"id": str(subject)}, run=run)
    except DomainError as error:
        return await _payments_page(request, status=409, errors={"": sentence(error.code, error.facts)})
    return redirect(done)


@post("/payments/setting/{setting_id:uuid}/confirm", who=FINANCE, include_in_schema=False)
async def confirm(request: AnyRequest, setting_id: FromPath[UUID]) -> Response[str]:
    command = partial(confirm_setting, setting_id=setting_id)
    return await _act(request, "payment_setting.confirm", setting_id, command, "/payments?done=confirmed")


@post("/payments/batches", who=FINANCE, include_in_schema=False)
async def make(request: AnyRequest) -> Response[str]:
    form = await read_form(request)
    key, day = form.key(), form.day("execute_on")
    if not form.ok or day is None:
        return await _payments_page(request, status=422, form=form)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        return {"id": str(await make_batch(session, actor=actor, now=now, execute_on=day))}

    try:
        body = {"execute_on": day.isoformat()}
        made = await once(request, operation="payment_batch.make", key=key, body=body, run=run)
    except DomainError as error:
        form.fail("execute_on", error.code, **error.facts)
        return await _payments_page(request, status=409, form=form)
    return redirect(f"/payments/batches/{made['id']}?done=made")


@post("/payments/batches/{batch_id:uuid}/approve", who=FINANCE, include_in_schema=False)
async def approve(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[str]:
    command = partial(approve_batch, batch_id=batch_id)
    done = f"/payments/batches/{batch_id}?done=approved"
    return await _act(request, "payment_batch.approve", batch_id, command, done)


@post("/payments/batches/{batch_id:uuid}/withdraw", who=FINANCE, include_in_schema=False)
async def withdraw(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[str]:
    command = partial(withdraw_batch, batch_id=batch_id)
    return await _act(request, "payment_batch.withdraw", batch_id, command, "/payments?done=withdrawn")


@get("/payments/batches/{batch_id:uuid}", who=READERS, include_in_schema=False)
async def one_batch(
    request: AnyRequest, batch_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """A batch and its orders."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await batches(session, organiser_id=actor.organiser_id, batch_id=batch_id)
        if not found:
            raise NotFound("payment_batch.unknown")
        inside = await orders(session, organiser_id=actor.organiser_id, batch_id=batch_id)
    return page(
        request,
        "payments/batch.html",
        batch=found[0],
        orders=inside,
        batch_state=BATCH_STATES,
        order_state=ORDER_STATES,
        may_act=actor.role in FINANCE,
        made_by_me=actor.kind == "account" and found[0].made_by == actor.id,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/payments/batches/{batch_id:uuid}/file", who=FINANCE, include_in_schema=False)
async def download_batch(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """The file for the bank: the same bytes each time."""
    async with services(request).database.transaction(signed_in(request).sight) as session:
        content = await batch_file(session, batch_id)
    if content is None:
        raise NotFound("payment_batch.unknown")
    return _download(f"pain.001-{batch_id.hex[-8:]}.xml", content, "application/xml")


@get("/payments/payables.csv", who=FINANCE, include_in_schema=False)
async def download_payables(request: AnyRequest) -> Response[bytes]:
    """What the accounting system is to pay."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        content = payables_csv(await payables(session, organiser_id=actor.organiser_id))
    return _download("maksettavat.csv", content, "text/csv; charset=utf-8")


@post("/payments/paid-status", who=FINANCE, include_in_schema=False)
async def read_back(request: AnyRequest) -> Response[str]:
    form = await read_form(request)
    key, upload = form.key(), form.files.get("file")
    content = await upload.read() if upload is not None else b""
    if not content:
        form.fail("file", "paid_status.empty")
    if not form.ok:
        return await _payments_page(request, status=422, form=form)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        return {"paid": await take_paid_status(session, actor=actor, now=now, content=content)}

    try:
        body = {"file": sha256(content).hexdigest()}
        await once(request, operation="paid_status.take", key=key, body=body, run=run)
    except PaidStatusUnreadable as error:
        problems = [(where, sentence(code, {})) for where, code in error.errors.items()]
        return await _payments_page(
            request, status=422, errors={"file": sentence(error.code, {})}, problems=problems
        )
    except DomainError as error:
        return await _payments_page(request, status=409, errors={"file": sentence(error.code, error.facts)})
    return redirect("/payments?done=paid")


def _download(name: str, content: bytes, media_type: str) -> Response[bytes]:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
    )


ROUTES: list[Any] = [
    show_payments, propose, confirm, make, approve, withdraw, one_batch, download_batch, download_payables, read_back,
]  # fmt: skip
