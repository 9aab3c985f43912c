"""A disputed line of a statement: the provider says what is wrong, the finance officer answers."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.disputes.commands import (
    LONGEST,
    OUTCOMES,
    answer_dispute,
    dispute_line,
    withdraw_dispute,
)
from registry.settlement.disputes.queries import DisputedLine, dispute_of, line_of
from registry.settlement.disputes.rules import Becomes
from registry.settlement.statement_csv import shown_reference
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.statement import FINANCE, PARTIES
from web.pages.statement import OUTCOMES as STANDING
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
FOUND: Final = {
    "rejected": N_("The line is right as it is"),
    "reversed": N_("The provider is right: reverse the charge now, and the money goes back to the voucher"),
    "upheld": N_("The provider is right, but the charge stands: what is missing or wrong is recorded anew"),
}
WILL: Final = {
    Becomes.WAITS: N_(
        "The line is taken off this statement at once: leave it out of your invoice. The rest of the statement is"
        " invoiced and paid as usual. When your dispute has been answered, the line comes back on your next statement."
    ),
    Becomes.BILLED_ANEW: N_(
        "The line is taken off this statement at once. The invoice that was made for you is taken back, and made anew"
        " without the line. When your dispute has been answered, the line comes back on your next statement."
    ),
    Becomes.INVOICED: N_(
        "You have invoiced this line already, so it is paid with your invoice. Your dispute is looked into all the same,"
        " and what was wrong is put right on a later statement."
    ),
    Becomes.SETTLED: N_(
        "This statement has been approved for payment already, and the line with it. Your dispute is looked into all the"
        " same, and what was wrong is put right on a later statement."
    ),
    Becomes.CREDIT: N_(
        "This line takes back a charge, and it stands while your dispute is looked into. If the charge was right after"
        " all, it is recorded anew, and comes on a later statement."
    ),
    Becomes.REVERSED: N_(
        "This charge was reversed already. Charge and reversal both stand and cancel each other out; your dispute is"
        " looked into all the same."
    ),
}
"""What sending the dispute does to the money, told before it is sent."""


def _page(request: AnyRequest, line: DisputedLine | None, form: Form, status: int = 200) -> Response[str]:
    if line is None:
        raise NotFound("dispute.unknown")
    role = signed_in(request).role
    own = f"/statements/{line.statement_id}/lines/{line.line_id}/dispute"
    return page(
        request,
        "settlement/dispute.html",
        status=status,
        get_path=f"/disputes/{line.dispute_id}" if line.dispute_id else own,
        line=line,
        reference=shown_reference(line.reference),
        outcome=gettext(STANDING[line.outcome]),
        will=gettext(WILL[line.becomes]) if line.becomes else "",
        outcomes=[
            (found, gettext(FOUND[found]))
            for found in OUTCOMES
            if found != "reversed" or not (line.reversal or line.was_reversed)
        ],
        may_answer=role is Role.FINANCE_OFFICER,
        is_provider=role is Role.PROVIDER_USER,
        longest=LONGEST,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


async def _line_page(
    request: AnyRequest, statement_id: UUID, line_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        line = await line_of(session, statement_id=statement_id, line_id=line_id)
    return _page(request, line, form, status)


async def _dispute_page(
    request: AnyRequest, dispute_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        line = await dispute_of(session, dispute_id=dispute_id)
    return _page(request, line, form, status)


@get("/statements/{statement_id:uuid}/lines/{line_id:uuid}/dispute", who=PROVIDER, include_in_schema=False)
async def ask(request: AnyRequest, statement_id: FromPath[UUID], line_id: FromPath[UUID]) -> Response[str]:
    return await _line_page(request, statement_id, line_id, Form())


@post("/statements/{statement_id:uuid}/lines/{line_id:uuid}/dispute", who=PROVIDER, include_in_schema=False)
async def send(request: AnyRequest, statement_id: FromPath[UUID], line_id: FromPath[UUID]) -> Response[str]:
    """Dispute a line, with the reason."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reason = form.text("reason", longest=LONGEST, lines=True)
    if not form.ok:
        return await _line_page(request, statement_id, line_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await dispute_line(
            session, actor=actor, now=held.now(), statement_id=statement_id, line_id=line_id, reason=reason
        )
        return {"dispute": str(made)}

    body = {"statement": str(statement_id), "line": str(line_id), "reason": reason}
    try:
        await once(request, operation="line.dispute", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _line_page(request, statement_id, line_id, form, status_of(error))
    return redirect(f"/statements/{statement_id}?done=disputed")


@get("/disputes/{dispute_id:uuid}", who=PARTIES, include_in_schema=False)
async def show(request: AnyRequest, dispute_id: FromPath[UUID]) -> Response[str]:
    """What the provider says of the line, and the answer."""
    return await _dispute_page(request, dispute_id, Form())


@post("/disputes/{dispute_id:uuid}", who=FINANCE, include_in_schema=False)
async def answer(request: AnyRequest, dispute_id: FromPath[UUID]) -> Response[str]:
    """Whether the provider is right, and why."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    outcome = form.choice("outcome", OUTCOMES)
    said = form.text("answer", longest=LONGEST, lines=True)
    if not form.ok:
        return await _dispute_page(request, dispute_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await answer_dispute(
            session, actor=actor, now=held.now(), dispute_id=dispute_id, outcome=outcome, answer=said
        )
        return {}

    body = {"dispute": str(dispute_id), "outcome": outcome, "answer": said}
    try:
        await once(request, operation="line.answer", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _dispute_page(request, dispute_id, form, status_of(error))
    return redirect(f"/disputes/{dispute_id}")


@post("/disputes/{dispute_id:uuid}/withdraw", who=PROVIDER, include_in_schema=False)
async def withdraw(request: AnyRequest, dispute_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await withdraw_dispute(session, actor=actor, now=held.now(), dispute_id=dispute_id)
        return {}

    try:
        await once(
            request, operation="line.withdraw", key=form.key(), body={"dispute": str(dispute_id)}, run=run
        )
    except Refused as error:
        form.blame(error)
        return await _dispute_page(request, dispute_id, form, 409)
    return redirect(f"/disputes/{dispute_id}")


ROUTES: list[Any] = [ask, send, show, answer, withdraw]
