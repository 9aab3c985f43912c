"""The case of a disputed line that waits for its answer."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import open_case
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.settlement.disputes.model import LineDispute
from registry.settlement.model import Statement, StatementLine
from registry.shared.actor import Actor
from registry.shared.period import local_date

CASE_KIND: Final = "line_disputed"


async def open_unanswered_disputes(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Open the case again of each of up to `limit` disputes that wait and have none; how many. Somebody could once close
    it without answering, and the provider's money would wait with nobody who is asked for it."""
    rows = await session.execute(
        select(LineDispute, Statement.number, StatementLine.amount_cents)
        .join(StatementLine, StatementLine.id == LineDispute.statement_line_id)
        .join(Statement, Statement.id == LineDispute.statement_id)
        .where(
            LineDispute.outcome.is_(None),
            ~select(Case.id).where(Case.subject_id == LineDispute.id, Case.closed_at.is_(None)).exists(),
        )
        .order_by(LineDispute.id)
        .limit(limit)
        # as whoever answers holds it: it waits for nobody, and finds no dispute that is answered meanwhile
        .with_for_update(of=LineDispute, skip_locked=True)
    )
    found = rows.all()
    for dispute, number, amount_cents in found:
        await open_case_of(
            session, dispute.id, actor=actor, now=now, organiser_id=dispute.organiser_id, number=number,
            amount_cents=amount_cents,
        )  # fmt: skip
    return len(found)


async def open_case_of(
    session: AsyncSession, dispute_id: UUID, *, actor: Actor, now: datetime, organiser_id: UUID, number: str,
    amount_cents: int,
) -> None:  # fmt: skip
    """The dispute is on the list of the finance officers."""
    await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=organiser_id,
        kind=CASE_KIND,
        subject_kind="line_dispute",
        subject_id=dispute_id,
        due_on=due_on(CASE_KIND, local_date(now)),
        role=CASE_KINDS[CASE_KIND].role,
        facts={"number": number, "amount_cents": amount_cents},
    )
