"""Closing months, sending and rejecting invoices, approving and paying, with a token."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody, PathParameter
from pydantic import Base64Bytes, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.commands import (
    approve_statement,
    close_month,
    pay_statement,
    receive_invoice,
    reject_invoice,
)
from registry.settlement.commands.files import statement_of
from registry.settlement.einvoices.source import MOST_BYTES
from registry.shared.actor import Role
from registry.shared.errors import Invalid
from registry.shared.period import local_date
from web.api.settlement import MonthText, State
from web.idempotency import Answer, header_key, once
from web.pages.settlement import read_month
from web.schema import ApiModel, IdempotencyKey, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
SENDERS: Final = frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER})

MonthInPath = Annotated[str, PathParameter(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="YYYY-MM")]


class ClosedMonthOut(ApiModel):
    """A closed month: the same answer however often it is closed."""

    month: MonthText
    closed_at: datetime
    statements: int = Field(examples=[14])
    lines: int = Field(examples=[312])
    total_cents: int = Field(examples=[1048200])


class InvoiceIn(ApiModel):
    """An invoice file as it is; it is kept byte for byte. Text in UTF-8 goes into `content`, a file in any other encoding
    into `content_base64`."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a file is kept as it is

    file_name: str = Field(min_length=1, max_length=200, examples=["invoice-1001.csv"])
    content: str | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_BYTES,
        description="UBL 2.1 or Finvoice 3.0 (EN 16931), or CSV with the columns invoice_number, invoice_date, reference,"
        " amount and optionally text: the file itself says which",
        examples=[
            "invoice_number;invoice_date;reference;amount;text\n1001;2026-11-02;7F3A-91BC-02D4;60,00;\n"
        ],
    )
    content_base64: Base64Bytes | None = Field(
        default=None, max_length=MOST_BYTES, description="The file’s bytes, instead of `content`"
    )

    def file(self) -> bytes:
        if (self.content is None) == (self.content_base64 is None):
            raise Invalid("request.invalid", errors={"content": "invoice.one_content"})
        return self.content_base64 if self.content_base64 is not None else (self.content or "").encode()


class ReceivedOut(ApiModel):
    """What became of the invoice and of its statement."""

    id: UUID
    statement_id: UUID
    number: str
    line_count: int
    total_cents: int
    statement_state: State
    exceptions: int


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


async def _once(
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

    return ClosedMonthOut(**await _once(request, "month.close", {"month": month}, run))


async def _receive(
    request: AnyRequest, data: InvoiceIn, statement_id: UUID | None, body: dict[str, Any]
) -> ReceivedOut:
    """Take in the file for a statement: the one named, or else the one that the file itself is for."""
    actor, now, content = signed_in(request), services(request).now(), data.file()

    async def run(session: AsyncSession) -> Answer:
        wanted = statement_id or await statement_of(session, content, today=local_date(now))
        received = await receive_invoice(
            session, actor=actor, now=now, statement_id=wanted, file_name=data.file_name, content=content
        )
        return {
            "id": str(received.invoice_id),
            "statement_id": str(wanted),
            "number": received.number,
            "line_count": received.line_count,
            "total_cents": received.total_cents,
            "statement_state": str(received.statement_state),
            "exceptions": received.exceptions,
        }

    return ReceivedOut(**await _once(request, "invoice.receive", body | data.model_dump(mode="json"), run))


@post(
    "/api/v1/statements/{statement_id:uuid}/invoices",
    who=SENDERS,
    scope="settlement:write",
    tags=["settlement"],
)
async def post_invoice(
    request: AnyRequest,
    statement_id: FromPath[UUID],
    data: JSONBody[InvoiceIn],
    idempotency_key: IdempotencyKey = None,
) -> ReceivedOut:
    """Send an invoice, a credit note or a further invoice for a statement. It is taken in whole, or refused with every
    error of the file (`errors`: one per place; of an e-invoice the XPath, and the rule of EN 16931 in the code)."""
    return await _receive(request, data, statement_id, {"statement": str(statement_id)})


@post("/api/v1/invoices", who=SENDERS, scope="settlement:write", tags=["settlement"])
async def post_invoice_by_reference(
    request: AnyRequest, data: JSONBody[InvoiceIn], idempotency_key: IdempotencyKey = None
) -> ReceivedOut:
    """Send an invoice whose statement is found by its order reference, or, of a CSV file, by its lines’ references."""
    return await _receive(request, data, None, {})


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
        **await _once(request, "invoice.reject", {"invoice": str(invoice_id), "reason": data.reason}, run)
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

    return ActedOut(**await _once(request, "statement.approve", {"statement": str(statement_id)}, run))


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

    return PaidOut(**await _once(request, "statement.pay", {"statement": str(statement_id)}, run))


ROUTES: list[Any] = [
    post_close,
    post_invoice,
    post_invoice_by_reference,
    post_rejection,
    post_approval,
    post_payment,
]
