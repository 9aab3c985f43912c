"""Disputing a line of a statement, answering it, and taking it back.

The rest of the statement goes on: it is matched, approved and paid as it is stated. Only the line waits, as a case of the
organiser; what turns out wrong is put right by a reversal or a later redemption, which stands on a later statement.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about, open_case
from registry.cases.rules import CASE_KINDS, due_on
from registry.settlement.commands.statements import finance_only, lock_statement, tell
from registry.settlement.disputes.model import LineDispute
from registry.settlement.model import StatementLine
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage

CASE_KIND: Final = "line_disputed"
LONGEST: Final = 1_000
OUTCOMES: Final = ("upheld", "rejected")


async def dispute_line(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID, line_id: UUID, reason: str
) -> UUID:
    """The provider says what is wrong with a line. One dispute of a line waits at a time."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    reason = passage("reason", reason, longest=LONGEST)
    statement = await lock_statement(session, statement_id)
    line = await session.scalar(
        select(StatementLine).where(StatementLine.id == line_id, StatementLine.statement_id == statement_id)
    )
    if line is None:
        raise NotFound("statement.unknown")
    made: UUID | None = await session.scalar(
        insert(LineDispute)
        .values(
            id=uuid7(),
            organiser_id=statement.organiser_id,
            provider_id=statement.provider_id,
            statement_id=statement_id,
            statement_line_id=line_id,
            reason=reason,
            raised_at=now,
            raised_by=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(LineDispute.id)
    )
    if made is None:
        raise Refused("dispute.waiting_already")
    _record(session, actor, now, made, statement.organiser_id, None, "waiting", line_id)
    async with as_organiser(session, actor.sight):
        await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=statement.organiser_id,
            kind=CASE_KIND,
            subject_kind="line_dispute",
            subject_id=made,
            due_on=due_on(CASE_KIND, local_date(now)),
            role=CASE_KINDS[CASE_KIND].role,
            facts={"number": statement.number, "amount_cents": line.amount_cents},
        )
    return made


async def answer_dispute(
    session: AsyncSession, *, actor: Actor, now: datetime, dispute_id: UUID, outcome: str, answer: str
) -> None:
    """The organiser says whether the provider is right, and why; the provider is told."""
    finance_only(actor)
    if outcome not in OUTCOMES:
        raise Invalid("request.invalid", errors={"outcome": "field.not_a_choice"})
    answer = passage("answer", answer, longest=LONGEST)
    dispute = await _decide(session, actor, now, dispute_id, outcome)
    dispute.answer = answer
    await close_about(session, actor=actor, now=now, subject_id=dispute_id, why=f"dispute.{outcome}")
    statement = await lock_statement(session, dispute.statement_id)
    tell(session, statement, now, "line_dispute.answered", dispute=str(dispute_id))


async def withdraw_dispute(session: AsyncSession, *, actor: Actor, now: datetime, dispute_id: UUID) -> None:
    """The provider takes it back: nothing is left to do."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await _decide(session, actor, now, dispute_id, "withdrawn")
    async with as_organiser(session, actor.sight):
        await close_about(session, actor=actor, now=now, subject_id=dispute_id, why="dispute.withdrawn")


async def _decide(
    session: AsyncSession, actor: Actor, now: datetime, dispute_id: UUID, outcome: str
) -> LineDispute:
    dispute = await session.scalar(
        select(LineDispute)
        .where(LineDispute.id == dispute_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if dispute is None:
        raise NotFound("dispute.unknown")
    if dispute.outcome is not None:
        raise Refused("dispute.decided")
    dispute.outcome, dispute.decided_at, dispute.decided_by = outcome, now, actor.id
    _record(
        session, actor, now, dispute_id, dispute.organiser_id, "waiting", outcome, dispute.statement_line_id
    )
    return dispute


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    dispute_id: UUID,
    organiser_id: UUID,
    before: str | None,
    after: str,
    line_id: UUID,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action="line_dispute.raised" if before is None else f"line_dispute.{after}",
        subject_kind="line_dispute",
        subject_id=dispute_id,
        organiser_id=organiser_id,
        from_state=before,
        to_state=after,
        facts={"line_id": line_id},
    )
