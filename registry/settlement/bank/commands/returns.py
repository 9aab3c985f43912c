"""What the bank sends back, or never carried out, is owed again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import open_case
from registry.cases.rules import CASE_KINDS, due_on
from registry.settlement.bank.matching import Step
from registry.settlement.bank.model import BankBooking, BankMatch, PaymentOrder
from registry.settlement.bank.references import core
from registry.settlement.bank.rules import OrderState, may_order_become
from registry.settlement.commands.paying import post_between, statements_of_payment
from registry.settlement.commands.statements import become, finance_only, tell
from registry.settlement.rules import StatementState
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage

CASE_KIND: Final = "payment_returned"
LONGEST_REASON: Final = 140


async def take_back_returned(session: AsyncSession, *, actor: Actor, now: datetime) -> int:
    """Every open credit that gives a booked order back, to the cent: by the order's own id or, where the bank says
    that it is a return, by its reference. How many there were."""
    credits = (
        await session.scalars(
            select(BankBooking)
            .where(
                BankBooking.organiser_id == actor.organiser_id,
                BankBooking.amount_cents > 0,
                BankBooking.matched_cents == 0,
                BankBooking.settled.is_(False),
            )
            .order_by(BankBooking.booked_on, BankBooking.id)
            .with_for_update()
        )
    ).all()
    if not credits:
        return 0
    amounts = {credit.amount_cents for credit in credits}
    orders = (
        await session.scalars(
            select(PaymentOrder)
            .where(
                PaymentOrder.organiser_id == actor.organiser_id,
                PaymentOrder.state == str(OrderState.BOOKED),
                PaymentOrder.amount_cents.in_(amounts),
            )
            .order_by(PaymentOrder.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    done: set[UUID] = set()
    for credit in credits:
        order = next((o for o in orders if o.id not in done and _gives_back(credit, o)), None)
        if order is not None:
            done.add(order.id)
            await _return(session, actor, now, order, credit)
    return len(done)


def _gives_back(credit: BankBooking, order: PaymentOrder) -> bool:
    if credit.amount_cents != order.amount_cents:
        return False
    if credit.end_to_end_id:
        return credit.end_to_end_id.upper() == order.id.hex.upper()
    return bool(credit.return_reason and credit.reference and core(credit.reference) == core(order.reference))


async def _return(
    session: AsyncSession, actor: Actor, now: datetime, order: PaymentOrder, credit: BankBooking
) -> None:
    transfer_id = await reopen(session, actor, now, order, credit.return_reason or "returned")
    credit.matched_cents = credit.amount_cents
    session.add(
        BankMatch(
            id=uuid7(),
            organiser_id=order.organiser_id,
            booking_id=credit.id,
            order_id=order.id,
            kind="returned",
            step=str(Step.END_TO_END if credit.end_to_end_id else Step.REFERENCE),
            booking_cents=credit.amount_cents,
            order_cents=order.amount_cents,
            transfer_id=transfer_id,
            made_at=now,
            made_by=actor.id,
        )
    )
    await session.flush()


async def fail_order(
    session: AsyncSession, *, actor: Actor, now: datetime, order_id: UUID, reason: str
) -> None:
    """Say that the bank never carried an order out (it refused it, say): what it was to pay is owed again. Only while
    nothing of it is booked.

    Raises Refused: payment_order.<state>, payment_order.booked_in_part.
    """
    finance_only(actor)
    reason = passage("reason", reason, longest=LONGEST_REASON)
    order = await session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound("payment_order.unknown")
    if order.state != OrderState.ORDERED:
        raise Refused(f"payment_order.{order.state}")
    if order.matched_cents:
        raise Refused("payment_order.booked_in_part")
    await reopen(session, actor, now, order, reason)


async def reopen(
    session: AsyncSession, actor: Actor, now: datetime, order: PaymentOrder, reason: str
) -> UUID:
    """The statements of the payment are owed again, in the ledger too, and somebody has a case about it."""
    require(may_order_become(OrderState(order.state), OrderState.RETURNED))
    if order.payment_id is None:
        raise LookupError("an order at the bank has a payment")
    before = order.state
    statements = await statements_of_payment(session, order.payment_id)
    lead = next(s for s in statements if s.id == order.statement_id)
    transfer_id = await post_between(
        session,
        "pay_returned",
        statement=lead,
        now=now,
        amount_cents=order.amount_cents,
        reference_id=order.payment_id,
    )
    for statement in statements:
        statement.paid_at = None
        become(
            session,
            statement,
            StatementState.APPROVED,
            actor,
            now,
            "statement.owed_again",
            payment_id=order.payment_id,
        )
    order.state, order.return_reason = str(OrderState.RETURNED), reason
    record(
        session,
        actor=actor,
        now=now,
        action="payment.returned",
        subject_kind="payment",
        subject_id=order.payment_id,
        organiser_id=order.organiser_id,
        from_state=before,
        to_state="returned",
        facts={"amount_cents": order.amount_cents, "order_id": order.id},
    )
    tell(session, lead, now, "statement.owed_again")
    await session.flush()
    await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=order.organiser_id,
        kind=CASE_KIND,
        subject_kind="statement",
        subject_id=lead.id,
        due_on=due_on(CASE_KIND, local_date(now)),
        role=CASE_KINDS[CASE_KIND].role,
        facts={"number": lead.number, "amount_cents": order.amount_cents},
    )
    return transfer_id
