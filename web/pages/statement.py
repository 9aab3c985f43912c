"""One statement: its differences, invoices and lines, and what is done about it."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import iso11649

from registry.audit.queries import Event, history
from registry.settlement.bank.rules import Route
from registry.settlement.claims.queries.views import claim_of_statement
from registry.settlement.commands import approve_statement, pay_statement, receive_invoice
from registry.settlement.commands.paying import route_of_statement
from registry.settlement.disputes.queries import disputes_of
from registry.settlement.invoice_csv import digest
from registry.settlement.invoice_problems import InvoiceUnreadable, Problem
from registry.settlement.queries import (
    LoneLine,
    StatementView,
    Whereabouts,
    statement_view,
)
from registry.settlement.rules import TAKES_INVOICES, StatementState
from registry.settlement.selfbilling.queries import has_consent
from registry.settlement.statement_csv import shown_reference, statement_csv
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, NotFound
from registry.shared.identifiers import grouped
from web.forms import read_form
from web.idempotency import once
from web.invoice_words import category_words, vat_words
from web.navigation import ROLE_LABELS
from web.page import new_key, page, redirect
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, current_language, format_money, gettext

AnyRequest = Request[Any, Any, Any]
S = StatementState

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
SENDERS: Final = frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER})
PARTIES: Final = SENDERS | {Role.AUDITOR}

SHOWN: Final = 100
"""Lines on one page, differences and file errors likewise: whoever needs more takes the CSV."""

DONE: Final[dict[str, str]] = {
    "invoiced": N_("The invoice was received."),
    "again": N_("This invoice had been received before. Nothing was changed."),
    "rejected": N_("The invoice was rejected, and the provider was told why."),
    "approved": N_("The statement was approved for payment. Somebody else has to pay it."),
    "paid": N_("The statement was paid."),
    "billed": N_("The invoice was made, with the provider’s consent."),
    "billed_apart": N_(
        "Two invoices were made, with the provider’s consent: what is outside VAT stands on its own."
    ),
    "disputed": N_("Your dispute was sent. It waits for an answer; the rest of the statement goes on."),
}
OUTCOMES: Final[dict[str | None, str]] = {
    None: N_("waits for an answer"),
    "upheld": N_("the provider was right"),
    "rejected": N_("the line is right"),
    "withdrawn": N_("taken back"),
}
EVENTS: Final[dict[str, str]] = {
    "statement.closed": N_("Statement made"),
    "statement.invoiced": N_("Invoice received"),
    "statement.matched": N_("Matched without differences"),
    "statement.disputed": N_("Differences found"),
    "statement.reopened": N_("Invoice rejected"),
    "statement.line_waits": N_("Disputed line taken off"),
    "statement.approved": N_("Approved for payment"),
    "statement.paid": N_("Settled"),
    "statement.owed_again": N_("Owed again: the payment came back"),
    "statement.claim_settled": N_("Settled: the claim was paid or written off"),
    "statement.claim_open_again": N_("Owed again: what came in was not for the claim"),
}
COLUMNS: Final[dict[str, str]] = {
    "invoice_number": N_("Invoice number"),
    "invoice_date": N_("Invoice date"),
    "reference": N_("Reference"),
    "amount": N_("Amount"),
    "text": N_("Text"),
    "row": N_("The whole line"),
}
WHEREABOUTS: Final[dict[Whereabouts, str]] = {
    Whereabouts.OTHER_STATEMENT: N_("Belongs to statement %(number)s."),
    Whereabouts.NEXT_STATEMENT: N_("Redeemed, but not on a statement yet: it comes on a later one."),
    Whereabouts.NOT_REDEEMED: N_("Reserved, but not redeemed."),
    Whereabouts.UNKNOWN: N_("No redemption of this provider has this reference."),
}


async def _statement_page(
    request: AnyRequest,
    statement_id: UUID,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    unreadable: InvoiceUnreadable | None = None,
    done: str = "",
    number: int = 1,
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await statement_view(session, statement_id=statement_id)
        if found is None:
            raise NotFound("statement.unknown")
        events = [] if actor.role is Role.PROVIDER_USER else await history(session, subject_id=statement_id)
        route = await route_of_statement(session, statement_id)
        disputes = await disputes_of(session, statement_id=statement_id)
        claim = await claim_of_statement(session, statement_id=statement_id)
        billable = bool(found.billable) and await has_consent(
            session, organiser_id=found.row.organiser_id, provider_id=found.row.provider_id
        )
    first = (number - 1) * SHOWN
    return page(
        request,
        "settlement/statement.html",
        status=status,
        get_path=f"/statements/{statement_id}",
        found=found,
        row=found.row,
        claim=claim,
        lines=found.lines[first : first + SHOWN],
        current=number,
        last=max(1, -(-len(found.lines) // SHOWN)),
        address=f"/statements/{statement_id}?number={{page}}#lines",
        most=SHOWN,
        reference=shown_reference,
        grouped=grouped,
        order_reference=iso11649.format(found.row.reference),
        whereabouts=_whereabouts,
        vat_words=vat_words,
        category_words=category_words,
        paid_rows=_paid_rows(found),
        timeline=[_told(event) for event in reversed(events)],
        is_provider=actor.role is Role.PROVIDER_USER,
        disputes=[(dispute, gettext(OUTCOMES[dispute.outcome])) for dispute in disputes],
        disputed={dispute.line_id for dispute in disputes if dispute.outcome is None},
        billable=billable,
        may_act=actor.role in FINANCE,
        may_send=actor.role in SENDERS and found.row.state in TAKES_INVOICES,
        by_file=route is Route.BANK_FILE,
        approved_by_me=actor.kind == "account" and found.approved_by == actor.id,
        errors=errors or {},
        problems=[_problem(problem) for problem in unreadable.problems[:SHOWN]] if unreadable else [],
        problem_count=unreadable.count if unreadable else 0,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


def _paid_rows(found: StatementView) -> list[list[str]]:
    """What a payment is made of: the statement, the credits that it takes along, and what is left."""
    parts = [(found.row.number, found.row.total_cents), *found.credits]
    rows = [[number, format_money(cents)] for number, cents in parts]
    return [*rows, [gettext("To pay"), format_money(found.to_pay_cents)]]


def _told(event: Event) -> dict[str, Any]:
    facts = event.facts
    text = None
    if event.action == "statement.disputed":
        text = gettext("Difference %(amount)s", amount=format_money(int(facts["difference_cents"])))
    return {
        "when": event.at,
        "title": gettext(EVENTS.get(event.action, EVENTS["statement.closed"])),
        "text": text,
        "who": gettext(ROLE_LABELS[Role(event.actor_role)]) if event.actor_role else None,
    }


def _problem(problem: Problem) -> tuple[str, str, str]:
    """Where, against which rule, and what is wrong."""
    if problem.rule:
        return problem.path or "–", problem.rule, sentence(problem.code, _as_read(problem.facts))
    line = gettext("Line %(line)s", line=problem.line) if problem.line else "–"
    column = gettext(COLUMNS[problem.column]) if problem.column else "–"
    return line, column, sentence(problem.code, {"longest": 200})


def _as_read(facts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Amounts with the reader's decimal sign; everything else as it stands in the file."""
    comma = current_language.get() != "en"
    return {
        name: text.replace(".", ",") if comma and re.fullmatch(r"-?[0-9]+\.[0-9]+", text) else text
        for name, text in facts
    }


def _whereabouts(line: LoneLine) -> str:
    return gettext(WHEREABOUTS[line.whereabouts], number=line.on_statement or "") if line.whereabouts else ""


@get("/statements/{statement_id:uuid}", who=PARTIES, include_in_schema=False)
async def one_statement(
    request: AnyRequest, statement_id: FromPath[UUID], done: FromQuery[str] = "", number: FromQuery[str] = "1"
) -> Response[str]:
    """A statement: differences first, what to do next, its invoices and its lines."""
    shown = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return await _statement_page(request, statement_id, done=done, number=shown)


@get("/statements/{statement_id:uuid}/statement.csv", who=PARTIES, include_in_schema=False)
async def download_statement(request: AnyRequest, statement_id: FromPath[UUID]) -> Response[bytes]:
    """The statement's lines, as the form for the invoice."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        found = await statement_view(session, statement_id=statement_id)
    if found is None:
        raise NotFound("statement.unknown")
    content = statement_csv(found.lines, language=current_language.get())
    return download(f"{found.row.number}.csv", content, "text/csv; charset=utf-8")


def download(name: str, content: bytes, media_type: str) -> Response[bytes]:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


@post("/statements/{statement_id:uuid}/invoices", who=SENDERS, include_in_schema=False)
async def send_invoice(request: AnyRequest, statement_id: FromPath[UUID]) -> Response[str]:
    """Take in an invoice file, or show everything that is wrong with it."""
    form = await read_form(request)
    key, file = form.key(), form.files.get("file")
    content = await file.read() if file else b""
    if file is None or not (file.filename or content):
        form.fail("file", "invoice.file_missing")
    if not form.ok or file is None:
        return await _statement_page(request, statement_id, status=422, errors=form.errors)
    try:
        done = await once(
            request,
            operation="invoice.receive",
            key=key,
            body={"statement": str(statement_id), "sha256": digest(content)},
            run=partial(
                _receive, signed_in(request), services(request).now(), statement_id, file.filename, content
            ),
        )
    except InvoiceUnreadable as unreadable:
        errors = {"file": sentence(unreadable.code)}
        return await _statement_page(request, statement_id, status=422, errors=errors, unreadable=unreadable)
    except NotFound:
        raise
    except DomainError as error:
        errors = {"file": sentence(error.code, error.facts)}
        return await _statement_page(request, statement_id, status=409, errors=errors)
    return redirect(f"/statements/{statement_id}?done={'invoiced' if done['first'] else 'again'}")


async def _receive(
    actor: Actor, now: Any, statement_id: UUID, name: str, content: bytes, session: AsyncSession
) -> dict[str, Any]:
    received = await receive_invoice(
        session, actor=actor, now=now, statement_id=statement_id, file_name=name, content=content
    )
    return {"id": str(received.invoice_id), "first": received.first}


async def act_on(request: AnyRequest, statement_id: UUID, operation: str, run: Any) -> Response[str]:
    """Approve, pay or make the invoice, once, and show the statement again."""
    form = await read_form(request)
    key = form.key()
    if not form.ok:
        return await _statement_page(request, statement_id, status=422, errors=form.errors)
    try:
        done = await once(
            request,
            operation=f"statement.{operation}",
            key=key,
            body={"statement": str(statement_id)},
            run=partial(run, signed_in(request), services(request).now(), statement_id),
        )
    except NotFound:
        raise
    except DomainError as error:
        errors = {"": sentence(error.code, error.facts)}
        return await _statement_page(request, statement_id, status=409, errors=errors)
    return redirect(f"/statements/{statement_id}?done={done['done']}")


@post("/statements/{statement_id:uuid}/approve", who=FINANCE, include_in_schema=False)
async def approve(request: AnyRequest, statement_id: FromPath[UUID]) -> Response[str]:
    return await act_on(request, statement_id, "approve", _approve)


async def _approve(actor: Actor, now: Any, statement_id: UUID, session: AsyncSession) -> dict[str, Any]:
    approved = await approve_statement(session, actor=actor, now=now, statement_id=statement_id)
    return {"done": "paid" if approved.state is S.PAID else "approved"}


@post("/statements/{statement_id:uuid}/pay", who=FINANCE, include_in_schema=False)
async def pay(request: AnyRequest, statement_id: FromPath[UUID]) -> Response[str]:
    return await act_on(request, statement_id, "pay", _pay)


async def _pay(actor: Actor, now: Any, statement_id: UUID, session: AsyncSession) -> dict[str, Any]:
    await pay_statement(session, actor=actor, now=now, statement_id=statement_id)
    return {"done": "paid"}


ROUTES: list[Any] = [
    one_statement, download_statement, send_invoice, approve, pay,
]  # fmt: skip
