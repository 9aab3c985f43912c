"""Rejecting a provider's invoice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.settlement.commands.reconciling import close_case_of, match_if_nothing_is_left, reconcile
from registry.settlement.commands.statements import become, finance_only, lock_statement, tell
from registry.settlement.model import Invoice, InvoiceLine, Statement
from registry.settlement.rules import StatementState, may_become
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.texts import passage

S = StatementState
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    """The statement that a rejected invoice was for, and where it stands now."""

    statement_id: UUID
    state: StatementState
    total_cents: int


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
    await send_back(session, actor, now, statement, invoice, reason)
    tell(session, statement, now, "invoice.rejected", invoice=str(invoice_id))
    return Rejected(statement.id, S(statement.state), statement.total_cents)


async def send_back(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    statement: Statement,
    invoice: Invoice,
    reason: str,
    *,
    tells: bool = True,
) -> None:
    """What sending an invoice of a locked statement back is, whoever does it. `tells`: as `reconcile`'s."""
    invoice.rejected_at, invoice.rejected_by, invoice.rejection_reason = now, actor.id, reason
    await session.execute(
        update(InvoiceLine)
        .where(InvoiceLine.invoice_id == invoice.id)
        .values(match=None, statement_line_id=None, stated_cents=None)
    )
    record(
        session,
        actor=actor,
        now=now,
        action="invoice.rejected",
        subject_kind="invoice",
        subject_id=invoice.id,
        organiser_id=invoice.organiser_id,
        from_state="received",
        to_state="rejected",
        facts={"statement_id": statement.id, "reason": "changed"},
    )
    others = select(Invoice.id).where(Invoice.statement_id == statement.id, Invoice.rejected_at.is_(None))
    if await session.scalar(others.limit(1)) is None:
        statement.invoiced_cents = statement.exceptions = 0
        become(session, statement, S.CLOSED, actor, now, "statement.reopened", invoice_id=invoice.id)
        await close_case_of(session, actor, now, statement, "invoice.rejected")
        await match_if_nothing_is_left(session, actor, now, statement)
    else:
        become(session, statement, S.INVOICED, actor, now, "statement.reopened", invoice_id=invoice.id)
        await reconcile(session, actor, now, {statement: []}, tells=tells)
