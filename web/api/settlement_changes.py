"""Closing months, sending invoices back, approving and paying, with a token."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody, PathParameter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.commands import (
    approve_statement,
    close_month,
    pay_statement,
    reject_invoice,
)
from registry.shared.actor import Role
from web.api.settlement import MonthText, State
from web.idempotency import Answer, header_key, once
from web.pages.settlement import read_month
from web.schema import ApiModel, IdempotencyKey, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})

MonthInPath = Annotated[str, PathParameter(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="YYYY-MM")]


class ClosedMonthOut(ApiModel):
    """A closed month: the same answer however often it is closed."""

    month: MonthText
    closed_at: datetime
    statements: int = Field(examples=[14])
    lines: int = Field(examples=[312])
    total_cents: int = Field(examples=[1048200])


class Reason(ApiModel):
    """Why an invoice is sent back; its provider reads it."""

    reason: Annotated[Prose, Field(max_length=500)] = Field(examples=["Two lines are of another month."])


class ActedOut(ApiModel):
    """The statement's state after the act."""

    statement_id: UUID
    state: State
    total_cents: int


class PaidOut(ApiModel):
    """A payment: the statement's total less the credits that it took along."""

    id: UUID
    statement_id: UUID
    amount_cents: int
    netted: list[UUID] = Field(description="Statements with a negative total that the payment settled")


async def only_once(
    request: AnyRequest,
    operation: str,
    body: dict[str, Any],
    run: Callable[[AsyncSession], Awaitable[Answer]],
) -> Answer:
    return await once(request, operation=operation, key=header_key(request), body=body, run=run)


@post(
    "/api/v1/months/{month:str}/close",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_close(
    request: AnyRequest, month: MonthInPath, idempotency_key: IdempotencyKey = None
) -> ClosedMonthOut:
    """Close a month (YYYY-MM) that has ended: a statement for each provider. Closing it again changes nothing."""
    wanted = read_month(month)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        closed = await close_month(session, actor=actor, now=now, month=wanted)
        return {
            "month": month,
            "closed_at": closed.closed_at.isoformat(),
            "statements": closed.statements,
            "lines": closed.lines,
            "total_cents": closed.total_cents,
        }

    return ClosedMonthOut(**await only_once(request, "month.close", {"month": month}, run))


@post(
    "/api/v1/invoices/{invoice_id:uuid}/reject",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_rejection(
    request: AnyRequest,
    invoice_id: FromPath[UUID],
    data: JSONBody[Reason],
    idempotency_key: IdempotencyKey = None,
) -> ActedOut:
    """Send an invoice back with a reason; what is left of the statement's invoices is matched anew."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        rejected = await reject_invoice(
            session, actor=actor, now=now, invoice_id=invoice_id, reason=data.reason
        )
        return {
            "statement_id": str(rejected.statement_id),
            "state": str(rejected.state),
            "total_cents": rejected.total_cents,
        }

    return ActedOut(
        **await only_once(request, "invoice.reject", {"invoice": str(invoice_id), "reason": data.reason}, run)
    )


@post(
    "/api/v1/statements/{statement_id:uuid}/approve",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_approval(
    request: AnyRequest, statement_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> ActedOut:
    """Approve a matched statement for payment."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        approved = await approve_statement(session, actor=actor, now=now, statement_id=statement_id)
        return {
            "statement_id": str(statement_id),
            "state": str(approved.state),
            "total_cents": approved.total_cents,
        }

    return ActedOut(**await only_once(request, "statement.approve", {"statement": str(statement_id)}, run))


@post(
    "/api/v1/statements/{statement_id:uuid}/pay",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_payment(
    request: AnyRequest, statement_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> PaidOut:
    """Pay an approved statement. Takes a token of another person than the one who approved it."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        paid = await pay_statement(session, actor=actor, now=now, statement_id=statement_id)
        return {
            "id": str(paid.payment_id),
            "statement_id": str(statement_id),
            "amount_cents": paid.amount_cents,
            "netted": [str(netted) for netted in paid.netted],
        }

    return PaidOut(**await only_once(request, "statement.pay", {"statement": str(statement_id)}, run))


ROUTES: list[Any] = [
    post_close,
    post_rejection,
    post_approval,
    post_payment,
]
