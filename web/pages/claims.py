"""Claims on providers: what can be claimed, each claim on a page and on paper, and what becomes of it."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import iso11649

from registry.settlement.bank.accounting_csv import claims_csv
from registry.settlement.bank.rules import Route
from registry.settlement.claims.commands import (
    cancel_claim,
    decide_write_off,
    make_claim,
    propose_write_off,
    receive_by_hand,
    tell_receipt,
    undo_receipt,
)
from registry.settlement.claims.commands.ending import LONGEST_REASON
from registry.settlement.claims.queries.owed import claimable
from registry.settlement.claims.queries.views import ClaimView, claim_view, claims
from registry.settlement.claims.rules import ClaimState
from registry.settlement.commands.paying import route_of_organiser
from registry.shared.actor import Role
from registry.shared.errors import DomainError, NotFound
from registry.shared.period import local_date
from web.claim_words import STEPS, paper_facts, unset_rate
from web.documents.claim_pdf import claim_pdf
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.bank import FINANCE, READERS, match_with_form
from web.pages.statement import download
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

PARTIES: Final = READERS | {Role.PROVIDER_USER}
MOST_IN_FILE: Final = 100_000
DONE: Final[dict[str, str]] = {
    "made": N_("The claim was made, and the provider has a message about it."),
    "told": N_("What came in was noted."),
    "undone": N_("The receipt was taken back. The sum is owed again."),
    "proposed": N_("The proposal was saved. Somebody else has to decide it."),
    "written_off": N_("The rest of the claim was written off."),
    "kept": N_("The rest of the claim was not written off."),
    "cancelled": N_("The claim was cancelled. A payment may take the credits along again."),
}


async def _list_page(
    request: AnyRequest, *, status: int = 200, errors: Mapping[str, str] | None = None
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        owed = await claimable(session, organiser_id=actor.organiser_id, now=held.now())
        rows = await claims(session, organisers=[actor.organiser_id])
    providers = {one.provider_id: one.provider_name for one in owed}
    return page(
        request,
        "payments/claims.html",
        status=status,
        get_path="/claims",
        rows=rows,
        owed=[
            (provider_id, name, [one for one in owed if one.provider_id == provider_id])
            for provider_id, name in providers.items()
        ],
        owed_cents=sum(one.cents for one in owed),
        claimed_cents=sum(row.left_cents for row in rows if row.open),
        open_count=sum(row.open for row in rows),
        today=local_date(held.now()),
        errors=errors or {},
        may_act=actor.role in FINANCE,
        key=new_key(),
    )


@get("/claims", who=READERS, include_in_schema=False)
async def show_claims(request: AnyRequest) -> Response[str]:
    """What can be claimed, by provider, and the claims."""
    return await _list_page(request)


@post("/claims", who=FINANCE, include_in_schema=False)
async def make(request: AnyRequest) -> Response[str]:
    """Claim what was ticked of one provider."""
    form = await read_form(request)
    key, ids = form.key(), sorted(set(form.values("statement")))
    try:
        wanted = [UUID(one) for one in ids]
    except ValueError:
        wanted = []
        form.fail("statement", "field.not_a_choice")
    if not form.ok:
        return await _list_page(request, status=422, errors=form.errors)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        return {"id": str(await make_claim(session, actor=actor, now=now, statement_ids=wanted))}

    try:
        made = await once(request, operation="claim.make", key=key, body={"statements": ids}, run=run)
    except DomainError as error:
        form.blame(error)
        return await _list_page(request, status=status_of(error), errors=form.errors)
    return redirect(f"/claims/{made['id']}?done=made")


@get("/claims/claims.csv", who=READERS, include_in_schema=False)
async def list_as_csv(request: AnyRequest) -> Response[bytes]:
    """Every claim, for the accounting system."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await claims(session, organisers=[actor.organiser_id], limit=MOST_IN_FILE)
    return download("maksuvaatimukset.csv", claims_csv(rows), "text/csv; charset=utf-8")


async def _view(session: AsyncSession, claim_id: UUID) -> ClaimView:
    found = await claim_view(session, claim_id=claim_id)
    if found is None:
        raise NotFound("claim.unknown")
    return found


async def _claim_page(
    request: AnyRequest, claim_id: UUID, *, status: int = 200, form: Form | None = None, done: str = ""
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await _view(session, claim_id)
        is_provider = actor.role is Role.PROVIDER_USER
        route = None if is_provider else await route_of_organiser(session, actor.organiser_id)
    row, waiting, today = found.row, found.waiting, local_date(held.now())
    shown = form or Form()
    return page(
        request,
        "payments/claim.html",
        status=status,
        get_path=f"/claims/{claim_id}",
        found=found,
        row=row,
        reference=iso11649.format(row.reference),
        iban=" ".join(row.payee_iban[at : at + 4] for at in range(0, len(row.payee_iban), 4)),
        steps={step: gettext(text) for step, text in STEPS.items()},
        today=today,
        interest=found.late_interest(today) if row.open or not is_provider else None,
        unset_rate=unset_rate,
        is_provider=is_provider,
        may_act=actor.role in FINANCE,
        tells=route is Route.ACCOUNTING and row.takes_cents > 0,
        made_by_me=actor.kind == "account" and row.made_by == actor.id,
        waiting=waiting,
        proposed_by_me=actor.kind == "account" and waiting is not None and waiting.proposed_by == actor.id,
        may_cancel=row.state is ClaimState.CLAIMED,
        longest=LONGEST_REASON,
        form=shown,
        errors=shown.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/claims/{claim_id:uuid}", who=PARTIES, include_in_schema=False)
async def show_claim(
    request: AnyRequest, claim_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """A claim: for the provider how to pay it, for the organiser what became of it."""
    return await _claim_page(request, claim_id, done=done)


@get("/claims/{claim_id:uuid}/pdf", who=PARTIES, include_in_schema=False)
async def claim_on_paper(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[bytes]:
    """The claim as a letter."""
    held = services(request)
    async with held.database.transaction(signed_in(request).sight) as session:
        found = await _view(session, claim_id)
    content = await asyncio.to_thread(claim_pdf, paper_facts(found, local_date(held.now())))
    return download(f"{found.row.number}.pdf", content, "application/pdf")


async def _act(
    request: AnyRequest,
    claim_id: UUID,
    form: Form,
    operation: str,
    command: Any,
    done: str,
    **body: Any,
) -> Response[str]:
    """One act on a claim: once, and back to its page."""
    key = form.key()
    if not form.ok:
        return await _claim_page(request, claim_id, status=422, form=form)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        await command(session, actor=actor, now=now)
        return {"id": str(claim_id)}

    try:
        await once(request, operation=operation, key=key, body={"claim": str(claim_id), **body}, run=run)
    except NotFound:
        raise
    except DomainError as error:
        form.blame(error)
        return await _claim_page(request, claim_id, status=status_of(error), form=form)
    return redirect(f"/claims/{claim_id}?done={done}")


@post("/claims/{claim_id:uuid}/receipts", who=FINANCE, include_in_schema=False)
async def tell(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    """What the accounting system has received."""
    form = await read_form(request)
    cents, day = form.money("cents"), form.day("received_on")
    if not form.ok or day is None:
        return await _claim_page(request, claim_id, status=422, form=form)
    command = partial(tell_receipt, claim_id=claim_id, cents=cents, received_on=day)
    said = {"cents": cents, "received_on": day.isoformat()}
    return await _act(request, claim_id, form, "claim.tell_receipt", command, "told", **said)


@post("/claims/{claim_id:uuid}/receipts/{receipt_id:uuid}/undo", who=FINANCE, include_in_schema=False)
async def undo(request: AnyRequest, claim_id: FromPath[UUID], receipt_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    command = partial(undo_receipt, receipt_id=receipt_id)
    return await _act(
        request, claim_id, form, "claim.undo_receipt", command, "undone", receipt=str(receipt_id)
    )


@post("/claims/{claim_id:uuid}/write-off", who=FINANCE, include_in_schema=False)
async def propose(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    reason = form.text("reason", longest=LONGEST_REASON, lines=True)
    command = partial(propose_write_off, claim_id=claim_id, reason=reason)
    return await _act(request, claim_id, form, "claim.propose_write_off", command, "proposed", reason=reason)


@post("/claims/{claim_id:uuid}/write-off/decide", who=FINANCE, include_in_schema=False)
async def decide(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    outcome = form.choice("outcome", ("approved", "refused"))
    approve = outcome == "approved"
    command = partial(decide_write_off, claim_id=claim_id, approve=approve)
    done = "written_off" if approve else "kept"
    return await _act(request, claim_id, form, "claim.decide_write_off", command, done, outcome=outcome)


@post("/claims/{claim_id:uuid}/cancel", who=FINANCE, include_in_schema=False)
async def cancel(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    reason = form.text("cancel_reason", longest=LONGEST_REASON, lines=True)
    command = partial(cancel_claim, claim_id=claim_id, reason=reason)
    return await _act(request, claim_id, form, "claim.cancel", command, "cancelled", reason=reason)


@post("/bank/movements/{booking_id:uuid}/receive", who=FINANCE, include_in_schema=False)
async def receive(request: AnyRequest, booking_id: FromPath[UUID]) -> Response[str]:
    """Say on the list of exceptions that a movement was paid for a claim."""
    return await match_with_form(
        request, field="claim", booking_id=booking_id, operation="claim.receive", command=receive_by_hand
    )


ROUTES: list[Any] = [
    show_claims, make, list_as_csv, show_claim, claim_on_paper, tell, undo, propose, decide, cancel, receive,
]  # fmt: skip
