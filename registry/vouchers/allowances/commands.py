"""The month's sum of an allowance comes by itself, from what was set aside for it when the voucher was granted.

A voucher from before months were set aside has its months set aside with its next sum, if its line has room for all of
them; if not, this month's sum is taken from the line, and the next month tries again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import open_case
from registry.ledger.commands import give_back, lock_budget_line, parts_of_lines, post, take, year_closed
from registry.ledger.model import BudgetLine
from registry.ledger.rules import split_return
from registry.shared.actor import Actor, Role
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.vouchers.allowances.model import VoucherTopup
from registry.vouchers.allowances.rules import month_begins, next_topup
from registry.vouchers.allowances.setting_aside import months_to_come, set_aside, set_free
from registry.vouchers.commands.ending import in_turn, lock_due
from registry.vouchers.guarding.model import RedemptionHold
from registry.vouchers.model import Voucher, VoucherCase
from registry.vouchers.rules import OPEN_STATES

SHORT_LINE_TRIED_AGAIN: Final = timedelta(days=1)


async def top_up_allowances(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Every month's sum that has come due, one after the other where the worker was away for longer. It waits while the
    voucher is held, and comes when the hold is lifted; a voucher that has ended gets none. Where the budget line is
    short or its year is closed, the finance officers have a case, and it is tried again the next day. Returns how many
    vouchers."""

    async def act(vouchers: Sequence[Voucher]) -> None:
        lines = await _lock_lines(session, {voucher.budget_line_id for voucher in vouchers})
        closed = {line.id for line in lines.values() if await year_closed(session, line=line)}
        for voucher in vouchers:
            line = lines[voucher.budget_line_id]
            while voucher.next_topup_at is not None and voucher.next_topup_at <= now:
                if not await _top_up(
                    session, actor=actor, now=now, voucher=voucher, line=line, closed=line.id in closed
                ):
                    break

    held = select(RedemptionHold.id).where(
        RedemptionHold.voucher_id == Voucher.id, RedemptionHold.lifted_at.is_(None)
    )
    due = (Voucher.next_topup_at <= now) & Voucher.state.in_(OPEN_STATES) & ~held.exists()
    return await in_turn(session, await lock_due(session, limit, due), act)


async def _lock_lines(session: AsyncSession, ids: set[UUID]) -> dict[UUID, BudgetLine]:
    """In id order, as every grant and return does."""
    rows = await session.scalars(
        select(BudgetLine)
        .where(BudgetLine.id.in_(ids))
        .order_by(BudgetLine.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {line.id: line for line in rows}


async def _top_up(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher: Voucher, line: BudgetLine, closed: bool
) -> bool:
    """One month of a locked voucher from its locked line; False where the line is short or its year closed."""
    if voucher.months_had is None or voucher.allowance_months is None or voucher.allowance_cents is None:
        raise LookupError("only an allowance is topped up")
    returned = 0 if voucher.carry_over else voucher.available_cents
    back = await _parts_back(session, voucher, returned)
    month, cents = voucher.months_had + 1, voucher.allowance_cents
    left = line.allocated_cents - line.granted_cents + sum(part for to, part in back if to == line.id)
    if closed or left + voucher.committed_cents < cents:
        await _tell_of_short_line(session, actor=actor, now=now, voucher=voucher)
        voucher.next_topup_at = now + SHORT_LINE_TRIED_AGAIN
        return False
    first_day = local_date(voucher.valid_from)
    topup = VoucherTopup(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        month=month,
        begins_on=month_begins(first_day, month),
        cents=cents,
        returned_cents=returned,
        at=now,
    )
    session.add(topup)
    if returned:
        await _give_back(session, voucher, line, back, now=now, reference_id=topup.id)
    if voucher.committed_cents:  # whole months, always
        set_free(session, voucher, line, cents, now=now)
    take(line, cents)
    voucher.granted_cents += cents
    voucher.available_cents += cents
    post(
        session, "grant", organiser_id=voucher.organiser_id, at=now, amount_cents=cents, from_id=line.id,
        to_id=voucher.id, voucher_id=voucher.id, reference_id=topup.id,
    )  # fmt: skip
    voucher.months_had = month
    missing = months_to_come(voucher) - voucher.committed_cents
    if 0 < missing <= line.allocated_cents - line.granted_cents:
        set_aside(session, voucher, line, missing, now=now)
    voucher.next_topup_at = next_topup(
        first_day, had=month, months=voucher.allowance_months, valid_until=voucher.valid_until
    )
    record(
        session,
        actor=actor,
        now=now,
        action="voucher.topped_up",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=voucher.state,
        to_state=voucher.state,
        facts={"month": month, "value_cents": cents, "returned_cents": returned},
    )
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template="voucher.topped_up",
        facts={"voucher": str(voucher.id)},
    )
    return True


async def _parts_back(session: AsyncSession, voucher: Voucher, cents: int) -> list[tuple[UUID, int]]:
    """To which lines what is left of the months before goes back: after a year end there may be two."""
    if not cents:
        return []
    parts = await parts_of_lines(session, voucher_ids=[voucher.id])
    return sorted(split_return(cents, parts.get(voucher.id, [(voucher.budget_line_id, cents)])))


async def _give_back(
    session: AsyncSession,
    voucher: Voucher,
    line: BudgetLine,
    back: Sequence[tuple[UUID, int]],
    *,
    now: datetime,
    reference_id: UUID,
) -> None:
    """What is left of the months before goes back to the lines that it came from."""
    for line_id, part in back:
        give_back(
            line if line_id == line.id else await lock_budget_line(session, budget_line_id=line_id), part
        )
        post(
            session, "return", organiser_id=voucher.organiser_id, at=now, amount_cents=part, from_id=voucher.id,
            to_id=line_id, voucher_id=voucher.id, reference_id=reference_id,
        )  # fmt: skip
        voucher.available_cents -= part
        voucher.returned_cents += part


async def _tell_of_short_line(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher: Voucher
) -> None:
    case_id = await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=voucher.organiser_id,
        kind="allowance_short",
        subject_kind="voucher",
        subject_id=voucher.id,
        due_on=local_date(now) + timedelta(days=3),
        role=Role.FINANCE_OFFICER,
        client_id=voucher.client_id,
        voucher_id=voucher.id,
    )
    if await session.get(VoucherCase, case_id) is None:
        session.add(VoucherCase(case_id=case_id, voucher_id=voucher.id, organiser_id=voucher.organiser_id))
