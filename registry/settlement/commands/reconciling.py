"""Matching everything invoiced for a statement, and letting the result decide its state."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import close_moot, open_case
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.settlement.commands.statements import become, tell
from registry.settlement.model import Invoice, InvoiceLine, Statement, StatementLine
from registry.settlement.rules import PAIRED, Item, Matching, StatementState, line_reference, match
from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.period import local_date

S = StatementState
CASE_KIND: Final = "statement_disputed"


async def reconcile(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    statement: Statement,
    new_lines: Sequence[dict[str, Any]],
) -> None:
    """Match all lines of all standing invoices of an invoiced statement, and let the result decide its state."""
    stated = {
        line.id: line
        for line in await session.execute(
            select(StatementLine.id, StatementLine.redemption_id, StatementLine.amount_cents)
            .where(StatementLine.statement_id == statement.id)
            .order_by(StatementLine.position)
        )
    }
    before = {
        line.id: line
        for line in await session.execute(
            select(
                InvoiceLine.id,
                InvoiceLine.reference,
                InvoiceLine.amount_cents,
                InvoiceLine.match,
                InvoiceLine.statement_line_id,
            )
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(InvoiceLine.statement_id == statement.id, Invoice.rejected_at.is_(None))
            .order_by(Invoice.received_at, Invoice.id, InvoiceLine.file_line)
        )
    }
    items = [Item(line.id, line.reference, line.amount_cents) for line in before.values()]
    items += [Item(line["id"], line["reference"], line["amount_cents"]) for line in new_lines]
    matching = match(
        [Item(s.id, line_reference(s.redemption_id), s.amount_cents) for s in stated.values()], items
    )

    def outcome(line_id: UUID) -> dict[str, Any]:
        paired = matching.pairs.get(line_id)
        return {
            "match": str(matching.invoiced[line_id]),
            "statement_line_id": paired,
            "stated_cents": stated[paired].amount_cents if paired else None,
        }

    if new_lines:
        await session.execute(insert(InvoiceLine), [line | outcome(line["id"]) for line in new_lines])
    changed = [
        {"id": line.id} | outcome(line.id)
        for line in before.values()
        if (line.match, line.statement_line_id)
        != (str(matching.invoiced[line.id]), matching.pairs.get(line.id))
    ]
    if changed:
        await session.execute(update(InvoiceLine), changed)
    await _decide(session, actor, now, statement, matching, sum(item.amount_cents for item in items))


async def _decide(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    statement: Statement,
    matching: Matching,
    invoiced_cents: int,
) -> None:
    """Matched or disputed; what is disputed is a case for the finance officer and a message to the provider."""
    statement.invoiced_cents = invoiced_cents
    statement.exceptions = matching.exceptions
    lone = [result for result in matching.invoiced.values() if result not in PAIRED]
    counts = Counter([*matching.stated.values(), *lone])
    facts = {str(kind): number for kind, number in sorted(counts.items())}
    facts["difference_cents"] = invoiced_cents - statement.total_cents
    if not matching.exceptions:
        become(session, statement, S.MATCHED, actor, now, "statement.matched", **facts)
        await close_case_of(session, actor, now, statement, "statement.matched")
        return
    become(session, statement, S.DISPUTED, actor, now, "statement.disputed", **facts)
    tell(session, statement, now, "statement.disputed")
    # the provider's own invoice opens the case, or finds one that stands; it sees neither
    async with as_organiser(session, actor.sight):
        await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=statement.organiser_id,
            kind=CASE_KIND,
            subject_kind="statement",
            subject_id=statement.id,
            due_on=due_on(CASE_KIND, local_date(now)),
            role=CASE_KINDS[CASE_KIND].role,
            facts={"number": statement.number, "exceptions": statement.exceptions},
        )


async def close_case_of(
    session: AsyncSession, actor: Actor, now: datetime, statement: Statement, why: str
) -> None:
    # also when it is the provider's corrected invoice that leaves nothing of the case to do
    async with as_organiser(session, actor.sight):
        cases = await session.scalars(
            select(Case.id).where(
                Case.kind == CASE_KIND, Case.subject_id == statement.id, Case.closed_at.is_(None)
            )
        )
        await close_moot(session, actor=actor, now=now, case_ids=cases.all(), why=why)
