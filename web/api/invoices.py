"""Sending invoices and self-billing, with a token."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Base64Bytes, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.commands import ReceivedInvoice, receive_invoice
from registry.settlement.commands.files import statement_of
from registry.settlement.einvoices.source import MOST_BYTES
from registry.settlement.selfbilling.commands import bill_statement
from registry.shared.actor import Role
from registry.shared.errors import Invalid
from registry.shared.period import local_date
from web.api.settlement import State
from web.api.settlement_changes import FINANCE, only_once
from web.idempotency import Answer
from web.schema import ApiModel, IdempotencyKey
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

SENDERS: Final = frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER})


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
    further_invoices: list[UUID] = Field(
        default=[],
        description="Of self-billing where some lines are outside VAT and some are not: the other invoice",
    )


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
        return _received(received, wanted)

    return ReceivedOut(
        **await only_once(request, "invoice.receive", body | data.model_dump(mode="json"), run)
    )


def _received(received: ReceivedInvoice, statement_id: UUID) -> Answer:
    return {
        "id": str(received.invoice_id),
        "statement_id": str(statement_id),
        "number": received.number,
        "line_count": received.line_count,
        "total_cents": received.total_cents,
        "statement_state": str(received.statement_state),
        "exceptions": received.exceptions,
    }


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
    "/api/v1/statements/{statement_id:uuid}/self-billed-invoice",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
)
async def post_self_billed(
    request: AnyRequest, statement_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> ReceivedOut:
    """Make the statement’s invoice in the provider’s stead, where the provider has consented to it. What is outside VAT
    stands on an invoice of its own."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        first, *others = await bill_statement(session, actor=actor, now=now, statement_id=statement_id)
        further = [str(one.invoice_id) for one in others]
        return _received(first, statement_id) | {"further_invoices": further}

    return ReceivedOut(**await only_once(request, "statement.bill", {"statement": str(statement_id)}, run))


ROUTES: list[Any] = [post_invoice, post_invoice_by_reference, post_self_billed]
