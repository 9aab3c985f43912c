"""Where unused value goes: back to the budget line that it came from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.ledger.commands import give_back, parts_of_lines, post
from registry.ledger.model import BudgetLine
from registry.ledger.rules import split_return
from registry.shared.actor import Actor
from registry.shared.errors import require
from registry.vouchers.allowances.setting_aside import set_free
from registry.vouchers.model import Voucher
from registry.vouchers.rules import VoucherState, may_become


async def return_rest(session: AsyncSession, *, now: datetime, vouchers: Sequence[Voucher]) -> dict[Any, int]:
    """Return what is still available on these locked vouchers to their budget lines, which are locked in id order: of a
    voucher that a year end carried to another line, no more to each than came from it. What was set aside for months
    that do not come any more is free again. Answers the cents returned per voucher."""
    returned: dict[Any, int] = {voucher.id: voucher.available_cents for voucher in vouchers}
    holding = [voucher for voucher in vouchers if voucher.available_cents]
    for (
        voucher
    ) in holding:  # before anything is asked of the database: an ended voucher is never seen to hold value
        voucher.returned_cents += voucher.available_cents
        voucher.available_cents = 0
    parts = await parts_of_lines(session, voucher_ids=[v.id for v in holding]) if holding else {}
    back = {
        v.id: split_return(returned[v.id], parts.get(v.id, [(v.budget_line_id, returned[v.id])]))
        for v in holding
    }
    lines = await session.scalars(
        select(BudgetLine)
        .where(
            BudgetLine.id.in_(
                {line_id for each in back.values() for line_id, _ in each}
                | {v.budget_line_id for v in vouchers if v.committed_cents}
            )
        )
        .order_by(BudgetLine.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    by_id = {line.id: line for line in lines}
    for voucher in vouchers:
        for line_id, cents in back.get(voucher.id, ()):
            give_back(by_id[line_id], cents)
            post(
                session,
                "return",
                organiser_id=voucher.organiser_id,
                at=now,
                amount_cents=cents,
                from_id=voucher.id,
                to_id=line_id,
                voucher_id=voucher.id,
            )
        if voucher.committed_cents:
            set_free(session, voucher, by_id[voucher.budget_line_id], voucher.committed_cents, now=now)
        if voucher.units_available:
            voucher.units_returned = (voucher.units_returned or 0) + voucher.units_available
            voucher.units_available = 0
    return returned


async def end_voucher(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    vouchers: Sequence[Voucher],
    state: VoucherState,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """End locked vouchers that hold no reservation: refused, cancelled or expired. The rest returns."""
    for voucher in vouchers:
        require(may_become(VoucherState(voucher.state), state))
    returned = await return_rest(session, now=now, vouchers=vouchers)
    for voucher in vouchers:
        before = voucher.state
        voucher.state, voucher.ended_at, voucher.next_topup_at = str(state), now, None
        record(
            session,
            actor=actor,
            now=now,
            action=f"voucher.{state}",
            subject_kind="voucher",
            subject_id=voucher.id,
            organiser_id=voucher.organiser_id,
            voucher_id=voucher.id,
            from_state=before,
            to_state=voucher.state,
            facts={**(facts or {}), "returned_cents": returned[voucher.id]},
        )
