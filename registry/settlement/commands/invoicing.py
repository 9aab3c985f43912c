"""Taking in a provider's invoice, and rejecting it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.settlement.commands.files import read_file
from registry.settlement.commands.reconciling import close_case_of, reconcile
from registry.settlement.commands.statements import become, finance_only, lock_statement, tell
from registry.settlement.invoice_csv import InvoiceFile, digest
from registry.settlement.model import Invoice, InvoiceLine, Statement
from registry.settlement.model import InvoiceFile as KeptFile
from registry.settlement.rules import StatementState, may_become, may_take_invoice
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage

S = StatementState
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    """The statement that a rejected invoice was for, and where it stands now."""

    statement_id: UUID
    state: StatementState
    total_cents: int


@dataclass(frozen=True, slots=True)
class ReceivedInvoice:
    """An invoice that was taken in, and what became of its statement. `first` is false when the same file had been
    taken in before: then nothing was done."""

    invoice_id: UUID
    number: str
    line_count: int
    total_cents: int
    statement_state: StatementState
    exceptions: int
    first: bool


async def receive_invoice(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID, file_name: str, content: bytes
) -> ReceivedInvoice:
    """Take in an invoice file (UBL, Finvoice or CSV, by its content) for a statement and match its lines. All of it or
    nothing; the same file again is no second invoice.

    Raises InvoiceUnreadable (every problem of the file) and Refused: invoice.file_used, invoice.file_rejected,
    invoice.number_used, statement.matched / approved / paid.
    """
    statement = await lock_statement(session, statement_id)
    known = await session.scalar(
        select(Invoice).where(
            Invoice.organiser_id == statement.organiser_id,
            Invoice.provider_id == statement.provider_id,
            Invoice.sha256 == digest(content),
        )
    )
    if known is not None:
        return _again(known, statement)
    file = await read_file(session, statement, content, today=local_date(now))
    require(may_take_invoice(S(statement.state)))
    invoice_id = await _keep(session, actor, now, statement, file, file_name, content)
    become(session, statement, S.INVOICED, actor, now, "statement.invoiced", invoice_id=invoice_id)
    new_lines = [
        {
            "id": uuid7(),
            "organiser_id": statement.organiser_id,
            "provider_id": statement.provider_id,
            "statement_id": statement.id,
            "invoice_id": invoice_id,
            "file_line": line.file_line,
            "reference": line.reference,
            "amount_cents": line.amount_cents,
            "note": line.note,
        }
        for line in file.lines
    ]
    await reconcile(session, actor, now, statement, new_lines)
    return ReceivedInvoice(
        invoice_id,
        file.number,
        len(file.lines),
        file.total_cents,
        S(statement.state),
        statement.exceptions,
        first=True,
    )


def _again(known: Invoice, statement: Statement) -> ReceivedInvoice:
    """What the same file gets the second time."""
    if known.statement_id != statement.id:
        raise Refused("invoice.file_used", number=known.number)
    if known.rejected_at is not None:
        raise Refused("invoice.file_rejected", number=known.number)
    return ReceivedInvoice(
        known.id,
        known.number,
        known.line_count,
        known.total_cents,
        S(statement.state),
        statement.exceptions,
        first=False,
    )


async def _keep(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    statement: Statement,
    file: InvoiceFile,
    file_name: str,
    content: bytes,
) -> UUID:
    """Write the invoice and its bytes; the unique index says whether the seller's number was used before."""
    invoice_id: UUID | None = await session.scalar(
        insert_or_not(Invoice)
        .values(
            id=uuid7(),
            organiser_id=statement.organiser_id,
            provider_id=statement.provider_id,
            statement_id=statement.id,
            number=file.number,
            invoice_date=file.invoice_date,
            total_cents=file.total_cents,
            line_count=len(file.lines),
            sha256=file.sha256,
            syntax=file.syntax,
            payable_cents=file.payable_cents,
            vat=list(file.vat) if file.vat is not None else None,
            received_at=now,
            received_from=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(Invoice.id)
    )
    if invoice_id is None:
        raise Refused("invoice.number_used", number=file.number)
    await session.execute(
        insert(KeptFile).values(
            invoice_id=invoice_id,
            organiser_id=statement.organiser_id,
            provider_id=statement.provider_id,
            file_name=_plain_name(file_name),
            content=content,
        )
    )
    record(
        session,
        actor=actor,
        now=now,
        action="invoice.received",
        subject_kind="invoice",
        subject_id=invoice_id,
        organiser_id=statement.organiser_id,
        to_state="received",
        facts={
            "statement_id": statement.id,
            "lines": len(file.lines),
            "total_cents": file.total_cents,
            "sha256": file.sha256,
        },
    )
    return invoice_id


def _plain_name(file_name: str) -> str:
    """The last part of the file's name, fit to be shown and offered again for download."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(ch for ch in last if ch.isprintable() and ch not in '"<>|:*?')[:120] or "invoice.csv"


async def reject_invoice(
    session: AsyncSession, *, actor: Actor, now: datetime, invoice_id: UUID, reason: str
) -> Rejected:
    """Send an invoice back, with the reason that the provider is shown: its lines no longer count, and what is
    left is matched anew. The invoice and its number stay in the books as rejected; a corrected one has its own
    number.

    Raises Refused: invoice.rejected, statement.approved / paid.
    """
    finance_only(actor)
    reason = passage("reason", reason, longest=LONGEST_REASON)
    statement_id = await session.scalar(select(Invoice.statement_id).where(Invoice.id == invoice_id))
    if statement_id is None:
        raise NotFound("invoice.unknown")
    statement = await lock_statement(session, statement_id)
    invoice = await session.get_one(Invoice, invoice_id, populate_existing=True)
    if invoice.rejected_at is not None:
        raise Refused("invoice.rejected", number=invoice.number)
    require(may_become(S(statement.state), S.CLOSED))
    invoice.rejected_at, invoice.rejected_by, invoice.rejection_reason = now, actor.id, reason
    await session.execute(
        update(InvoiceLine)
        .where(InvoiceLine.invoice_id == invoice_id)
        .values(match=None, statement_line_id=None, stated_cents=None)
    )
    record(
        session,
        actor=actor,
        now=now,
        action="invoice.rejected",
        subject_kind="invoice",
        subject_id=invoice_id,
        organiser_id=invoice.organiser_id,
        from_state="received",
        to_state="rejected",
        facts={"statement_id": statement.id, "reason": "changed"},
    )
    tell(session, statement, now, "invoice.rejected", invoice=str(invoice_id))
    others = select(Invoice.id).where(Invoice.statement_id == statement.id, Invoice.rejected_at.is_(None))
    if await session.scalar(others.limit(1)) is None:
        statement.invoiced_cents = statement.exceptions = 0
        become(session, statement, S.CLOSED, actor, now, "statement.reopened", invoice_id=invoice_id)
        await close_case_of(session, actor, now, statement, "invoice.rejected")
    else:
        become(session, statement, S.INVOICED, actor, now, "statement.reopened", invoice_id=invoice_id)
        await reconcile(session, actor, now, statement, [])
    return Rejected(statement.id, S(statement.state), statement.total_cents)
