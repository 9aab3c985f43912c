"""Disputing a line of a statement, answering it, and taking it back.

The rest of the statement goes on: it is matched, approved and paid. The disputed line waits as a case of the organiser,
and its money waits with it as long as nobody has invoiced it: a line against it takes it off the statement. When the
dispute is answered or taken back, closing the next month brings the line back; what turned out wrong is put right by a
reversal, which meets it there, or by a later redemption.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about
from registry.settlement.commands.reconciling import match_if_nothing_is_left, reconcile
from registry.settlement.commands.rejecting import send_back
from registry.settlement.commands.statements import become, finance_only, lock_statement, tell
from registry.settlement.commands.sums import sums_of
from registry.settlement.disputes.lines import line_against
from registry.settlement.disputes.model import LineDispute
from registry.settlement.disputes.queries import standing_of
from registry.settlement.disputes.rules import MONEY_WAITS, Becomes, may_dispute
from registry.settlement.disputes.unanswered import open_case_of
from registry.settlement.model import Invoice, Statement, StatementLine
from registry.settlement.rules import StatementState
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import passage
from registry.vouchers.commands import reverse
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState

S = StatementState
LONGEST: Final = 1_000
OUTCOMES: Final = ("rejected", "reversed", "upheld")
"""What the organiser may answer: the line is right; the provider is right, and the charge is reversed in the same act;
the provider is right, and the line stands for now, as what is to be put right is more than taking it back."""


async def dispute_line(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID, line_id: UUID, reason: str
) -> UUID:
    """The provider says what is wrong with a line. One dispute of a line waits at a time. The statement is locked first:
    an invoice that comes at the same moment either has the line already, or no longer finds it.

    Raises Refused: dispute.waiting_already, dispute.taken_off.
    """
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    reason = passage("reason", reason, longest=LONGEST)
    statement = await lock_statement(session, statement_id)
    # a redemption that came back stands by a line of another id: its own still names it there
    named = (StatementLine.id == line_id) | (
        (StatementLine.redemption_id == line_id) & StatementLine.return_id.is_not(None)
    )
    line = await session.scalar(
        select(StatementLine).where(StatementLine.statement_id == statement_id, named)
    )
    if line is None:
        raise NotFound("statement.unknown")
    line_id = line.id
    standing = await standing_of(session, statement, line)
    if standing.waits:
        raise Refused("dispute.waiting_already")
    require(may_dispute(takes_off=line.dispute_id is not None, taken_off=standing.taken_off))
    waits = standing.becomes in MONEY_WAITS
    made: UUID | None = await session.scalar(
        insert(LineDispute)
        .values(
            id=uuid7(),
            organiser_id=statement.organiser_id,
            provider_id=statement.provider_id,
            statement_id=statement_id,
            statement_line_id=line_id,
            redemption_id=line.redemption_id,
            return_id=uuid7() if waits else None,
            reason=reason,
            raised_at=now,
            raised_by=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(LineDispute.id)
    )
    if made is None:
        raise Refused("dispute.waiting_already")
    _record(session, actor, now, made, statement.organiser_id, None, "waiting", line_id, waits=waits)
    if standing.becomes is Becomes.BILLED_ANEW and standing.invoice_id is not None:
        invoice = await session.get_one(Invoice, standing.invoice_id, populate_existing=True)
        await send_back(session, actor, now, statement, invoice, reason[:500], tells=not waits)
    if waits:
        await _take_off(session, actor, now, statement, line, made)
    async with as_organiser(session, actor.sight):
        await open_case_of(
            session,
            made,
            actor=actor,
            now=now,
            organiser_id=statement.organiser_id,
            number=statement.number,
            amount_cents=line.amount_cents,
        )
    return made


async def _take_off(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    statement: Statement,
    line: StatementLine,
    dispute_id: UUID,
) -> None:
    """Put the line against it, and the statement's totals are the sums of its lines again; what is left decides its
    state, as when an invoice comes, or, where nothing was invoiced, as at closing."""
    session.add(line_against(line, dispute_id=dispute_id, position=statement.line_count + 1, now=now))
    await session.flush()
    for name, value in (await sums_of(session, [statement.id]))[statement.id].columns.items():
        setattr(statement, name, value)
    facts = {"line_id": line.id, "total_cents": statement.total_cents}
    if statement.state == S.DISPUTED:
        become(session, statement, S.INVOICED, actor, now, "statement.line_waits", **facts)
        await session.flush()
        await reconcile(session, actor, now, {statement: []})
        return
    record(
        session,
        actor=actor,
        now=now,
        action="statement.line_waits",
        subject_kind="statement",
        subject_id=statement.id,
        organiser_id=statement.organiser_id,
        from_state=statement.state,
        to_state=statement.state,
        facts=facts,
    )
    await session.flush()
    await match_if_nothing_is_left(session, actor, now, statement)


async def answer_dispute(
    session: AsyncSession, *, actor: Actor, now: datetime, dispute_id: UUID, outcome: str, answer: str
) -> None:
    """The organiser says whether the provider is right, and why; the provider is told. `reversed` undoes the charge in
    the same act, unless somebody has undone it meanwhile."""
    finance_only(actor)
    if outcome not in OUTCOMES:
        raise Invalid("request.invalid", errors={"outcome": "field.not_a_choice"})
    answer = passage("answer", answer, longest=LONGEST)
    dispute = await _decide(session, actor, now, dispute_id, "upheld" if outcome == "reversed" else outcome)
    dispute.answer = answer
    if outcome == "reversed":
        dispute.reversal_id = await _reverse(session, actor, now, dispute, answer)
    await close_about(session, actor=actor, now=now, subject_id=dispute_id, why=f"dispute.{dispute.outcome}")
    # read, not locked: who disputes a line of it locks the statement before the dispute
    statement = await session.get_one(Statement, dispute.statement_id)
    tell(session, statement, now, "line_dispute.answered", dispute=str(dispute_id))


async def _reverse(
    session: AsyncSession, actor: Actor, now: datetime, dispute: LineDispute, why: str
) -> UUID | None:
    line = await session.get_one(StatementLine, dispute.statement_line_id)
    if line.reversal_id is not None:
        raise Refused("dispute.credit_stands")
    redemption = await session.get_one(Redemption, line.redemption_id)
    if redemption.state != RedemptionState.CAPTURED:
        return None
    made = await reverse(session, actor=actor, now=now, redemption_id=redemption.id, reason=why[:500])
    await session.flush()
    return made.id


async def withdraw_dispute(session: AsyncSession, *, actor: Actor, now: datetime, dispute_id: UUID) -> None:
    """The provider takes it back: nothing is left to do, and a line that waited comes back as it was."""
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
    **facts: bool,
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
        facts={"line_id": line_id, **facts},
    )
