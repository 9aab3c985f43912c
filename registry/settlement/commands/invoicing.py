"""Taking in providers' invoices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.settlement.commands.files import Opened, expected_of, held_to, open_file
from registry.settlement.commands.reconciling import reconcile
from registry.settlement.commands.statements import (
    become,
    lock_statements,
)
from registry.settlement.einvoices.source import looks_like_xml
from registry.settlement.invoice_csv import InvoiceFile, digest
from registry.settlement.model import Invoice, Statement
from registry.settlement.model import InvoiceFile as KeptFile
from registry.settlement.rules import StatementState, may_take_invoice
from registry.shared.actor import Actor
from registry.shared.database import direct_of
from registry.shared.errors import DomainError, NotFound, Refused, require
from registry.shared.identifiers import driver_uuid7, uuid7
from registry.shared.period import local_date
from registry.shared.rows import insert_rows

S = StatementState


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


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file for a statement; `opened` where it was read already, to find out which statement it is for."""

    statement_id: UUID
    file_name: str
    content: bytes
    opened: Opened | None = None


async def receive_invoice(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID, file_name: str, content: bytes
) -> ReceivedInvoice:
    """Take in an invoice file (UBL, Finvoice or CSV, by its content) for a statement and match its lines. All of it or
    nothing; the same file again is no second invoice.

    Raises InvoiceUnreadable (every problem of the file) and Refused: invoice.file_used, invoice.file_rejected,
    invoice.number_used, statement.matched / approved / paid.
    """
    incoming = Incoming(statement_id, file_name, content)
    (received,) = await receive_invoices(session, actor=actor, now=now, incoming=[incoming])
    if isinstance(received, DomainError):
        raise received
    return received


async def receive_together(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    statement_id: UUID,
    files: Sequence[tuple[str, bytes]],
) -> tuple[ReceivedInvoice, ...]:
    """Take in files that are a statement's invoice only together: it is matched once, when all of them are there."""
    incoming = [Incoming(statement_id, file_name, content) for file_name, content in files]
    received = await _take(session, actor, now, dict(enumerate(incoming)))
    taken = []
    for place in range(len(incoming)):
        one = received[place]
        if isinstance(one, DomainError):
            raise one
        taken.append(one)
    return tuple(taken)


Received = ReceivedInvoice | DomainError
"""What was taken in, or what `receive_invoice` would have raised: then nothing of it was written."""


async def receive_invoices(
    session: AsyncSession, *, actor: Actor, now: datetime, incoming: Sequence[Incoming]
) -> list[Received]:
    """Take in many files as `receive_invoice` would one after the other, in a number of queries that does not depend on
    theirs: a month brings ten thousand. A second file of one statement, and the same file again, wait for the first."""
    received: dict[int, Received] = {}
    left = dict(enumerate(incoming))
    while left:
        together: dict[int, Incoming] = {}
        seen: set[UUID | str] = set()
        for place, each in left.items():
            names: set[UUID | str] = {each.statement_id, digest(each.content)}
            if not names & seen:
                together[place] = each
            seen |= names
        received |= await _take(session, actor, now, together)
        left = {place: each for place, each in left.items() if place not in together}
    return [received[place] for place in range(len(incoming))]


async def _take(
    session: AsyncSession, actor: Actor, now: datetime, incoming: Mapping[int, Incoming]
) -> dict[int, Received]:
    """Files that have nothing to do with each other, or that are matched only together."""
    statements = await lock_statements(session, [each.statement_id for each in incoming.values()])
    known = await _known(session, statements.values(), incoming.values())
    electronic = {each.statement_id for each in incoming.values() if looks_like_xml(each.content)}
    expected = await expected_of(session, [each for each in statements.values() if each.id in electronic])
    received: dict[int, Received] = {}
    files: dict[int, InvoiceFile] = {}
    for place, each in incoming.items():
        try:
            if each.statement_id not in statements:
                raise NotFound("statement.unknown")
            statement = statements[each.statement_id]
            before = known.get((statement.organiser_id, statement.provider_id, digest(each.content)))
            if before is not None:
                received[place] = _again(before, statement)
                continue
            opened = each.opened or await open_file(each.content, today=local_date(now))
            file = await held_to(opened, each.content, expected.get(statement.id), today=local_date(now))
            require(may_take_invoice(S(statement.state)))
            files[place] = file
        except DomainError as error:
            received[place] = error
    kept = await _keep(
        session, actor, now, {p: (statements[incoming[p].statement_id], incoming[p], files[p]) for p in files}
    )
    new: dict[Statement, list[dict[str, Any]]] = {}
    for place, file in files.items():
        if place not in kept:
            received[place] = Refused("invoice.number_used", number=file.number)
            continue
        statement = statements[incoming[place].statement_id]
        if statement not in new:
            become(session, statement, S.INVOICED, actor, now, "statement.invoiced", invoice_id=kept[place])
        new.setdefault(statement, []).extend(_lines(statement, kept[place], file))
    await reconcile(session, actor, now, new)
    for place, invoice_id in kept.items():
        file, statement = files[place], statements[incoming[place].statement_id]
        state, exceptions = S(statement.state), statement.exceptions
        received[place] = ReceivedInvoice(
            invoice_id, file.number, len(file.lines), file.total_cents, state, exceptions, first=True
        )
    return received


def _lines(statement: Statement, invoice_id: UUID, file: InvoiceFile) -> list[dict[str, Any]]:
    return [
        {
            "id": driver_uuid7(),
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


async def _known(
    session: AsyncSession, statements: Iterable[Statement], incoming: Iterable[Incoming]
) -> dict[tuple[UUID, UUID, str], Invoice]:
    """Which of these files were taken in before, whatever statement they were for."""
    found = await session.scalars(
        select(Invoice).where(
            Invoice.organiser_id.in_({each.organiser_id for each in statements}),
            Invoice.provider_id.in_({each.provider_id for each in statements}),
            Invoice.sha256.in_({digest(each.content) for each in incoming}),
        )
    )
    return {(each.organiser_id, each.provider_id, each.sha256): each for each in found}


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
    files: Mapping[int, tuple[Statement, Incoming, InvoiceFile]],
) -> dict[int, UUID]:
    """Write the invoices and their bytes; place → id of those that were written. The unique index says whose number its
    seller used before."""
    if not files:
        return {}
    ids = {place: uuid7() for place in files}
    written = set(
        await session.scalars(
            insert_or_not(Invoice).on_conflict_do_nothing().returning(Invoice.id),
            [
                {
                    "id": ids[place],
                    "organiser_id": statement.organiser_id,
                    "provider_id": statement.provider_id,
                    "statement_id": statement.id,
                    "number": file.number,
                    "invoice_date": file.invoice_date,
                    "total_cents": file.total_cents,
                    "line_count": len(file.lines),
                    "sha256": file.sha256,
                    "syntax": file.syntax,
                    "payable_cents": file.payable_cents,
                    "vat": list(file.vat) if file.vat is not None else None,
                    "received_at": now,
                    "received_from": actor.id,
                }
                for place, (statement, _, file) in files.items()
            ],
        )
    )
    kept = {place: invoice_id for place, invoice_id in ids.items() if invoice_id in written}
    contents = []
    for place, invoice_id in kept.items():
        statement, incoming, file = files[place]
        contents.append(
            {
                "invoice_id": invoice_id,
                "organiser_id": statement.organiser_id,
                "provider_id": statement.provider_id,
                "file_name": _plain_name(incoming.file_name),
                "content": incoming.content,
            }
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
    await insert_rows(await direct_of(session), KeptFile, contents)
    return kept


def _plain_name(file_name: str) -> str:
    """The last part of the file's name, fit to be shown and offered again for download."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(ch for ch in last if ch.isprintable() and ch not in '"<>|:*?')[:120] or "invoice.csv"
