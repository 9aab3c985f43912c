"""The bank's files, what they matched, and everything that is not explained yet."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.commands import (
    fail_order,
    import_bank_file,
    match_by_hand,
    match_open,
    set_aside,
    undo_match,
)
from registry.settlement.bank.documents import BankFileUnreadable
from registry.settlement.bank.matching import Step
from registry.settlement.bank.queries.exceptions import BOOKING_DAYS, Kind, Mismatch, exceptions
from registry.settlement.bank.queries.views import bank_statements, bookings, orders
from registry.settlement.bank.rules import OrderState
from registry.settlement.claims.queries.views import claims, receipts_of
from registry.settlement.claims.rules import TAKES_MONEY
from registry.shared.actor import Role
from registry.shared.errors import DomainError, NotFound
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})
SHOWN: Final = 100
"""Movements, exceptions and errors of a file on one page."""

STEPS: Final[dict[Step, str]] = {
    Step.END_TO_END: N_("by the order’s own id"),
    Step.BATCH: N_("the whole file was booked as one sum"),
    Step.REFERENCE: N_("by the reference"),
    Step.AMOUNT: N_("by payee, sum and day"),
    Step.GROUP: N_("several orders of one payee make this sum"),
    Step.INSTALMENTS: N_("several movements make the order’s sum"),
    Step.HAND: N_("by a person"),
}
KINDS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.PAID_TWICE: (N_("Paid twice"), N_("Ask the bank or the provider for the money back.")),
    Kind.UNKNOWN_DEBIT: (
        N_("Left the account without an order"),
        N_("Match it to an order, or set it aside."),
    ),
    Kind.OTHER_AMOUNT: (N_("Another amount"), N_("Find out where the rest is, and match it by hand.")),
    Kind.RETURNED: (N_("Came back"), N_("Have the account corrected, and put it into a new batch.")),
    Kind.NOT_BOOKED: (
        N_("Sent, not booked"),
        N_("Bring in the bank’s statement. If the bank refused the order, say so."),
    ),
    Kind.OVERPAID: (
        N_("Paid more than was claimed"),
        N_("Match the rest to another claim, or have it paid back."),
    ),
    Kind.UNKNOWN_CREDIT: (N_("Came in without a reason"), N_("Find out what it is, or set it aside.")),
    Kind.UNPAID: (N_("Not paid in time"), N_("Approve and pay the statement.")),
    Kind.REVERSED_AFTER_PAYMENT: (
        N_("Reversed after it was paid"),
        N_("Nothing now: it is taken off the provider’s next statement."),
    ),
    Kind.PROVIDER_OWES: (
        N_("The provider owes"),
        N_("No payment takes it along: claim the money from the provider."),
    ),
    Kind.CLAIM_OVERDUE: (
        N_("Claimed and not paid in time"),
        N_("Ask the provider for it. If there is nothing to be had, propose to write it off."),
    ),
    Kind.LINE_DISPUTED: (
        N_("A line is disputed"),
        N_("Answer the provider. What waits of it is paid with a later statement."),
    ),
    Kind.INVOICED_TWICE: (
        N_("Invoiced twice"),
        N_("Ask for a credit note, or send the invoice back."),
    ),
    Kind.WRONG_PROVIDER: (
        N_("Another provider’s visit"),
        N_("Send the invoice back: the visit was given by somebody else."),
    ),
    Kind.EXTRA_LINE: (N_("Not on the statement"), N_("Send the invoice back, or wait for its credit note.")),
    Kind.LINE_AMOUNT: (N_("Invoiced with another amount"), N_("Ask for a corrected invoice.")),
    Kind.MISSING_LINE: (N_("Left out of the invoice"), N_("Ask for an invoice of what is missing.")),
    Kind.MISSING_INVOICE: (N_("No invoice has come"), N_("Ask the provider for its invoice.")),
}
DONE: Final[dict[str, str]] = {
    "again": N_("This file had been received before. Nothing was changed."),
    "received": N_("The bank’s file was received and matched."),
    "matched": N_("The movement was matched."),
    "undone": N_("The match was taken back."),
    "aside": N_("The movement was set aside."),
    "taken_up": N_("The movement was taken up again."),
    "failed": N_("The order is owed again. Put it into a new batch."),
    "run": N_("Everything that is open was matched again."),
}


def _flash(done: str) -> list[dict[str, str]]:
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


async def _bank_page(
    request: AnyRequest,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    unreadable: BankFileUnreadable | None = None,
    done: str = "",
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await bank_statements(session, organiser_id=actor.organiser_id)
    problems = unreadable.problems[:SHOWN] if unreadable else []
    return page(
        request,
        "payments/bank.html",
        status=status,
        get_path="/bank",
        rows=rows,
        errors=errors or {},
        problems=[(p.path, sentence(p.code, p.facts)) for p in problems],
        problem_count=len(unreadable.problems) if unreadable else 0,
        may_act=actor.role in FINANCE,
        key=new_key(),
        flashes=_flash(done),
    )


@get("/bank", who=READERS, include_in_schema=False)
async def show_bank(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The bank's statements and notifications, and a place to bring in more."""
    return await _bank_page(request, done=done)


@post("/bank", who=FINANCE, include_in_schema=False)
async def bring_in(request: AnyRequest) -> Response[str]:
    form = await read_form(request)
    key, upload = form.key(), form.files.get("file")
    content = await upload.read() if upload is not None else b""
    name = (upload.filename if upload is not None else "") or "tiliote.xml"
    if not content:
        form.fail("file", "bank.empty")
    if not form.ok:
        return await _bank_page(request, status=422, errors=form.errors)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        done = await import_bank_file(session, actor=actor, now=now, file_name=name, content=content)
        return {"id": str(done.file_id), "first": done.first}

    try:
        body = {"file": sha256(content).hexdigest()}
        done = await once(request, operation="bank_file.receive", key=key, body=body, run=run)
    except BankFileUnreadable as error:
        return await _bank_page(
            request, status=422, errors={"file": sentence(error.code, {})}, unreadable=error
        )
    except DomainError as error:
        return await _bank_page(request, status=409, errors={"file": sentence(error.code, error.facts)})
    return redirect(f"/bank?done={'received' if done['first'] else 'again'}")


@get("/bank/{statement_id:uuid}", who=READERS, include_in_schema=False)
async def one_statement(
    request: AnyRequest, statement_id: FromPath[UUID], number: FromQuery[str] = "1", done: FromQuery[str] = ""
) -> Response[str]:
    """A statement's movements, and what each was matched to and why."""
    actor, held = signed_in(request), services(request)
    shown = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    async with held.database.transaction(actor.sight) as session:
        found = await bank_statements(session, organiser_id=actor.organiser_id, statement_id=statement_id)
        if not found:
            raise NotFound("bank_statement.unknown")
        rows = await bookings(
            session, bank_statement_id=statement_id, offset=(shown - 1) * SHOWN, limit=SHOWN
        )
        receipts = await receipts_of(session, booking_ids=[row.id for row in rows])
    return page(
        request,
        "payments/bank_statement.html",
        statement=found[0],
        rows=rows,
        receipts={row.id: receipts.get(row.id, []) for row in rows},
        steps={str(step): gettext(text) for step, text in STEPS.items()},
        current=shown,
        last=max(1, -(-found[0].new_count // SHOWN)),
        address=f"/bank/{statement_id}?number={{page}}",
        may_act=actor.role in FINANCE,
        key=new_key(),
        flashes=_flash(done),
    )


async def _exceptions_page(
    request: AnyRequest,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    only: str = "",
    done: str = "",
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await exceptions(session, organiser_id=actor.organiser_id, now=held.now())
        sent = await orders(session, organiser_id=actor.organiser_id, state=OrderState.ORDERED)
        claimed = await claims(session, organisers=[actor.organiser_id], states=TAKES_MONEY)
    counts = {kind: sum(e.kind is kind for e in found) for kind in Kind}
    rows = [e for e in found if not only or e.kind == only]
    return page(
        request,
        "payments/exceptions.html",
        status=status,
        get_path="/exceptions",
        rows=rows[:SHOWN],
        more=len(rows) > SHOWN,
        most=SHOWN,
        total_cents=sum(e.explains_cents for e in found),
        tabs=[
            ("/exceptions", gettext("All"), not only, len(found)),
            *(
                (f"/exceptions?only={kind}", gettext(KINDS[kind][0]), only == kind, count)
                for kind, count in counts.items()
                if count
            ),
        ],
        kind_text={kind: gettext(texts[0]) for kind, texts in KINDS.items()},
        next_step={kind: gettext(texts[1]) for kind, texts in KINDS.items()},
        late=_late,
        open_orders=sent,
        open_claims=claimed,
        errors=errors or {},
        may_act=actor.role in FINANCE,
        key=new_key(),
        flashes=_flash(done),
    )


def _late(one: Mismatch) -> bool:
    return one.days > (BOOKING_DAYS if one.kind is Kind.NOT_BOOKED else 0)


@get("/exceptions", who=READERS, include_in_schema=False)
async def show_exceptions(
    request: AnyRequest, only: FromQuery[str] = "", done: FromQuery[str] = ""
) -> Response[str]:
    """Everything between redemption and bank that a person has to look into, what may be lost first."""
    return await _exceptions_page(request, only=only if only in set(Kind) else "", done=done)


async def _act(
    request: AnyRequest, form: Form, operation: str, body: dict[str, str], command: Any, done: str
) -> Response[str]:
    key = form.key()
    if not form.ok:
        return await _exceptions_page(request, status=422, errors=form.errors)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        await command(session, actor=actor, now=now)
        return {"done": True}

    try:
        await once(request, operation=operation, key=key, body=body, run=run)
    except DomainError as error:
        return await _exceptions_page(request, status=409, errors={"": sentence(error.code, error.facts)})
    return redirect(f"/exceptions?done={done}")


@post("/bank/movements/{booking_id:uuid}/match", who=FINANCE, include_in_schema=False)
async def match_movement(request: AnyRequest, booking_id: FromPath[UUID]) -> Response[str]:
    return await match_with_form(
        request, field="order", booking_id=booking_id, operation="bank_match.make", command=match_by_hand
    )


async def match_with_form(
    request: AnyRequest, *, field: str, booking_id: UUID, operation: str, command: Any
) -> Response[str]:
    """Match a movement to what was chosen of the list."""
    form = await read_form(request)
    chosen = form.identifier(field)
    if chosen is None:
        return await _exceptions_page(request, status=422, errors=form.errors)
    act = partial(command, booking_id=booking_id, **{f"{field}_id": chosen})
    body = {"booking": str(booking_id), field: str(chosen)}
    return await _act(request, form, operation, body, act, "matched")


@post("/bank/movements/{booking_id:uuid}/aside", who=FINANCE, include_in_schema=False)
async def put_aside(request: AnyRequest, booking_id: FromPath[UUID]) -> Response[str]:
    command = partial(set_aside, booking_id=booking_id, aside=True)
    body = {"booking": str(booking_id)}
    return await _act(request, await read_form(request), "bank_booking.aside", body, command, "aside")


@post("/bank/movements/{booking_id:uuid}/take-up", who=FINANCE, include_in_schema=False)
async def take_up(request: AnyRequest, booking_id: FromPath[UUID]) -> Response[str]:
    command = partial(set_aside, booking_id=booking_id, aside=False)
    body = {"booking": str(booking_id)}
    return await _act(request, await read_form(request), "bank_booking.take_up", body, command, "taken_up")


@post("/bank/matches/{match_id:uuid}/undo", who=FINANCE, include_in_schema=False)
async def undo(request: AnyRequest, match_id: FromPath[UUID]) -> Response[str]:
    command = partial(undo_match, match_id=match_id)
    body = {"match": str(match_id)}
    return await _act(request, await read_form(request), "bank_match.undo", body, command, "undone")


@post("/bank/orders/{order_id:uuid}/fail", who=FINANCE, include_in_schema=False)
async def fail(request: AnyRequest, order_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    reason = form.text("reason", longest=140)
    command = partial(fail_order, order_id=order_id, reason=reason)
    body = {"order": str(order_id), "reason": reason}
    return await _act(request, form, "payment_order.fail", body, command, "failed")


@post("/bank/match", who=FINANCE, include_in_schema=False)
async def match_again(request: AnyRequest) -> Response[str]:
    return await _act(request, await read_form(request), "bank.match", {}, match_open, "run")


ROUTES: list[Any] = [
    show_bank, bring_in, one_statement, show_exceptions, match_movement, put_aside, take_up, undo, fail, match_again,
]  # fmt: skip
