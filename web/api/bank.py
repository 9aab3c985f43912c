"""Payment batches, the bank's files and exceptions, with a token."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.commands import approve_batch, import_bank_file, make_batch, withdraw_batch
from registry.settlement.bank.documents import MOST_BYTES
from registry.settlement.bank.queries.exceptions import exceptions
from registry.settlement.bank.queries.payables import payables
from registry.settlement.bank.queries.views import BatchView, batch_file, batches
from registry.shared.actor import Role
from registry.shared.errors import NotFound
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey, Page
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})


class PayableOut(ApiModel):
    """An approved statement, and what would leave the bank for it."""

    statement_id: UUID
    number: str = Field(examples=["OULU-2026-10-0001"])
    provider_id: UUID
    provider_name: str
    total_cents: int
    amount_cents: int = Field(description="Less the credits that the payment takes along")
    reference: str
    account_confirmed: bool
    returned: bool = Field(description="It was paid before, and the bank sent it back")
    in_batch: UUID | None
    due_on: date | None


class BatchOut(ApiModel):
    """Payments that go to the bank in one file."""

    id: UUID
    state: Literal["drafted", "approved", "withdrawn"]
    execute_on: date
    order_count: int
    total_cents: int
    made_at: datetime
    decided_at: datetime | None
    booked: int = Field(description="Orders that the bank has booked")
    returned: int


class BatchIn(ApiModel):
    """A new batch: the statements that are named, or everything that is ready."""

    execute_on: date = Field(examples=["2026-11-23"], description="A day on which banks settle payments")
    statements: list[UUID] | None = Field(default=None, max_length=10_000)


class BankFileIn(ApiModel):
    """A bank's file as it is; it is kept byte for byte (UTF-8)."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a file is kept as it is

    file_name: str = Field(min_length=1, max_length=200, examples=["tiliote-2026-11-20.xml"])
    content: str = Field(
        min_length=1, max_length=MOST_BYTES, description="camt.053 or camt.054, versions 02–08"
    )


class BankFileOut(ApiModel):
    """What the file brought and what was matched; all zero for a file that was taken in before."""

    id: UUID
    statements: int
    movements: int
    new_movements: int
    matched: int
    returned: int
    to_be_explained: int


class ExceptionOut(ApiModel):
    """Something between redemption and bank that a person has to look into."""

    kind: str = Field(examples=["paid_twice"])
    subject: Literal["statement", "bank_booking", "payment_order", "claim", "line_dispute"]
    subject_id: UUID
    label: str
    amount_cents: int
    explains_cents: int = Field(description="Its part of what left the bank less what the books say")
    since: date
    days: int
    case_id: UUID | None
    statement_id: UUID | None


def _batch(row: BatchView) -> BatchOut:
    copied = {name: getattr(row, name) for name in BatchOut.model_fields if name != "state"}
    return BatchOut(**copied, state=row.state.value)


@get("/api/v1/payables", who=READERS, scope="settlement:read", tags=["settlement"])
async def list_payables(request: AnyRequest) -> Page[PayableOut]:
    """Everything that is approved and not yet paid."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await payables(session, organiser_id=actor.organiser_id)
    own = [n for n in PayableOut.model_fields if n != "account_confirmed"]
    return Page(
        items=[
            PayableOut(**{n: getattr(row, n) for n in own}, account_confirmed=bool(row.iban)) for row in rows
        ]
    )


@get("/api/v1/payment-batches", who=READERS, scope="settlement:read", tags=["settlement"])
async def list_batches(request: AnyRequest) -> Page[BatchOut]:
    """The newest fifty batches."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await batches(session, organiser_id=actor.organiser_id)
    return Page(items=[_batch(row) for row in rows])


async def _one(session: AsyncSession, organiser_id: UUID, batch_id: UUID) -> Answer:
    (row,) = await batches(session, organiser_id=organiser_id, batch_id=batch_id)
    answer: Answer = _batch(row).model_dump(mode="json")
    return answer


async def _once(
    request: AnyRequest,
    operation: str,
    body: dict[str, Any],
    run: Callable[[AsyncSession], Awaitable[Answer]],
) -> Answer:
    return await once(request, operation=operation, key=header_key(request), body=body, run=run)


@post("/api/v1/payment-batches", who=FINANCE, scope="settlement:write", tags=["settlement"])
async def post_batch(
    request: AnyRequest, data: JSONBody[BatchIn], idempotency_key: IdempotencyKey = None
) -> BatchOut:
    """Make a batch. Another person has to approve it."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        batch_id = await make_batch(
            session, actor=actor, now=now, execute_on=data.execute_on, statement_ids=data.statements
        )
        return await _one(session, actor.organiser_id, batch_id)

    return BatchOut(**await _once(request, "payment_batch.make", data.model_dump(mode="json"), run))


@post(
    "/api/v1/payment-batches/{batch_id:uuid}/approve",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_batch_approval(
    request: AnyRequest, batch_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> BatchOut:
    """Approve a batch: its statements are paid and its file is made. Takes a token of another person than the one who
    made it."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await approve_batch(session, actor=actor, now=now, batch_id=batch_id)
        return await _one(session, actor.organiser_id, batch_id)

    return BatchOut(**await _once(request, "payment_batch.approve", {"batch": str(batch_id)}, run))


@post(
    "/api/v1/payment-batches/{batch_id:uuid}/withdraw",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_batch_withdrawal(
    request: AnyRequest, batch_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> BatchOut:
    """Take a batch back that was not approved."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await withdraw_batch(session, actor=actor, now=now, batch_id=batch_id)
        return await _one(session, actor.organiser_id, batch_id)

    return BatchOut(**await _once(request, "payment_batch.withdraw", {"batch": str(batch_id)}, run))


@get(
    "/api/v1/payment-batches/{batch_id:uuid}/file",
    who=FINANCE,
    scope="settlement:read",
    tags=["settlement"],
    media_type="application/xml",
)
async def get_batch_file(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """The pain.001.001.09 file of an approved batch: the same bytes each time."""
    async with services(request).database.transaction(signed_in(request).sight) as session:
        content = await batch_file(session, batch_id)
    if content is None:
        raise NotFound("payment_batch.unknown")
    return Response(content, media_type="application/xml", headers={"Cache-Control": "no-store"})


@post("/api/v1/bank-files", who=FINANCE, scope="settlement:write", tags=["settlement"])
async def post_bank_file(
    request: AnyRequest, data: JSONBody[BankFileIn], idempotency_key: IdempotencyKey = None
) -> BankFileOut:
    """Take in a bank statement or notification and match it. It is taken in whole, or refused with every error of the
    file (`errors`: one per place, as an XPath)."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        done = await import_bank_file(
            session, actor=actor, now=now, file_name=data.file_name, content=data.content.encode()
        )
        return {
            "id": str(done.file_id),
            "statements": done.statements,
            "movements": done.bookings,
            "new_movements": done.new,
            "matched": done.run.matched,
            "returned": done.run.returned,
            "to_be_explained": done.run.left,
        }

    return BankFileOut(**await _once(request, "bank_file.receive", data.model_dump(mode="json"), run))


@get("/api/v1/exceptions", who=READERS, scope="settlement:read", tags=["settlement"])
async def list_exceptions(request: AnyRequest) -> Page[ExceptionOut]:
    """Everything between redemption and bank that is to be settled, what may be lost first."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await exceptions(session, organiser_id=actor.organiser_id, now=held.now())
    return Page(
        items=[
            ExceptionOut(
                **{n: getattr(row, n) for n in ExceptionOut.model_fields if n != "kind"}, kind=str(row.kind)
            )
            for row in rows
        ]
    )


ROUTES: list[Any] = [
    list_payables, list_batches, post_batch, post_batch_approval, post_batch_withdrawal, get_batch_file,
    post_bank_file, list_exceptions,
]  # fmt: skip
