"""Taking in what the bank says of a payment file: a rejected order is owed again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.commands.returns import reopen
from registry.settlement.bank.documents import BankFileUnreadable, Problem
from registry.settlement.bank.model import PaymentBatch, PaymentOrder
from registry.settlement.bank.pain_status import REJECTED, OrderStatus
from registry.settlement.bank.rules import BatchState, OrderState
from registry.shared.actor import Actor


async def take_statuses(
    session: AsyncSession, *, actor: Actor, now: datetime, said: list[OrderStatus]
) -> tuple[int, int]:
    """Note each order's status, and open again what was rejected; (orders noted, orders rejected). An order that the bank
    has booked, or that came back, stays as it is: what was booked comes back through the account.

    Raises BankFileUnreadable where a message or an order is not the organiser's own.
    """
    batch = await _batch(session, actor.organiser_id, said[0])
    orders = {
        order.id.hex.upper(): order
        for order in await session.scalars(
            select(PaymentOrder)
            .where(PaymentOrder.batch_id == batch.id)
            .order_by(PaymentOrder.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    strange = [s for s in said if s.end_to_end_id and s.end_to_end_id not in orders]
    if strange:
        raise BankFileUnreadable(Problem(s.path, "bank.order_unknown") for s in strange)
    newest: dict[str, OrderStatus] = {}
    # what is said of a whole comes before what is said of one order, wherever it stands: that is more exact
    for one in sorted(said, key=lambda one: bool(one.end_to_end_id)):
        for order_id in [one.end_to_end_id] if one.end_to_end_id else orders:
            newest[order_id] = one
    rejected = 0
    for order_id, one in newest.items():
        order = orders[order_id]
        order.bank_status = one.status
        if one.status == REJECTED and order.state == OrderState.ORDERED and not order.matched_cents:
            await reopen(session, actor, now, order, one.reason or "rejected")
            rejected += 1
    await session.flush()
    return len(newest), rejected


async def _batch(session: AsyncSession, organiser_id: UUID, one: OrderStatus) -> PaymentBatch:
    """Message ids are the batches' own."""
    try:
        batch_id = UUID(hex=one.message_id)
    except ValueError:
        batch_id = None
    found = await session.get(PaymentBatch, batch_id) if batch_id else None
    if found is None or found.organiser_id != organiser_id or found.state != BatchState.APPROVED:
        raise BankFileUnreadable([Problem(one.path, "bank.message_unknown")])
    return found
