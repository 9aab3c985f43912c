"""Matching bookings to orders, by the passes and by hand; every match is an event, and may be taken back by another."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.ledger.model import Transfer
from registry.settlement.bank.commands.returns import take_back_returned
from registry.settlement.bank.commands.settings import setting_in_force
from registry.settlement.bank.commands.writing import difference_transfer, write_matches
from registry.settlement.bank.matching import Due, Line, Pair, Step, match_bookings
from registry.settlement.bank.model import BankBooking, BankMatch, PaymentBatch, PaymentOrder
from registry.settlement.bank.references import core
from registry.settlement.bank.rules import OrderState
from registry.settlement.claims.commands.receiving import receive_open
from registry.settlement.commands.statements import finance_only
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7


@dataclass(frozen=True, slots=True)
class MatchRun:
    """What one run found: orders booked by it and claims paid, payments that came back, movements still unexplained."""

    matched: int = 0
    returned: int = 0
    left: int = 0


async def match_open(session: AsyncSession, *, actor: Actor, now: datetime) -> MatchRun:
    """Match everything that is open: what left the account, then what came back, then what was paid for claims. Doing it
    again does nothing, and what a person took back waits for a person."""
    finance_only(actor)
    organiser_id = actor.organiser_id
    bookings = {b.id: b for b in await _open_debits(session, organiser_id)}
    orders = {o.id: (o, on) for o, on in await _open_orders(session, organiser_id)}
    setting = await setting_in_force(session, organiser_id)
    found = match_bookings(
        [_line(b) for b in bookings.values()],
        [_due(o, on) for o, on in orders.values()],
        tolerance_cents=setting.tolerance_cents if setting else 0,
        apart=await _taken_apart(session, organiser_id, bookings),
    )
    await write_matches(session, actor, now, organiser_id, found.pairs)
    returned = await take_back_returned(session, actor=actor, now=now)
    received = await receive_open(session, actor=actor, now=now)
    left = await session.scalar(
        select(func.count()).where(
            BankBooking.organiser_id == organiser_id,
            BankBooking.matched_cents < func.abs(BankBooking.amount_cents),
            BankBooking.settled.is_(False),
        )
    )
    return MatchRun(len(found.pairs) + received, returned, left or 0)


async def match_by_hand(
    session: AsyncSession, *, actor: Actor, now: datetime, booking_id: UUID, order_id: UUID
) -> UUID:
    """Say that a booking paid an order: the whole of both when they differ by no more than the tolerance, else as many
    cents as both have left.

    Raises Refused: bank_booking.no_debit, bank_booking.nothing_left, payment_order.<state>.
    """
    finance_only(actor)
    booking = await _lock_booking(session, booking_id)
    order = await _lock_order(session, order_id)
    if booking.amount_cents > 0:
        raise Refused("bank_booking.no_debit")
    line_left = -booking.amount_cents - booking.matched_cents
    due_left = order.amount_cents - order.matched_cents
    if booking.settled or not line_left:
        raise Refused("bank_booking.nothing_left")
    if order.state != OrderState.ORDERED:
        raise Refused(f"payment_order.{order.state}")
    setting = await setting_in_force(session, booking.organiser_id)
    if abs(line_left - due_left) <= (setting.tolerance_cents if setting else 0):
        pair = Pair(booking.id, order.id, line_left, due_left, Step.HAND)
    else:
        cents = min(line_left, due_left)
        pair = Pair(booking.id, order.id, cents, cents, Step.HAND)
    (match_id,) = await write_matches(session, actor, now, booking.organiser_id, [pair])
    return match_id


async def undo_match(session: AsyncSession, *, actor: Actor, now: datetime, match_id: UUID) -> None:
    """Take a match back: its cents are open again on both sides, and the difference it booked is booked back. No
    later run puts the two together again; a person may.

    Raises Refused: bank_match.undone, bank_match.return_stands.
    """
    finance_only(actor)
    match = await session.get(BankMatch, match_id)
    if match is None or match.undoes is not None:
        raise NotFound("bank_match.unknown")
    if match.kind != "paid":
        raise Refused("bank_match.return_stands")
    booking = await _lock_booking(session, match.booking_id)
    order = await _lock_order(session, match.order_id)
    if await session.scalar(select(BankMatch.id).where(BankMatch.undoes == match_id)) is not None:
        raise Refused("bank_match.undone")
    if order.state == OrderState.RETURNED:
        raise Refused("bank_match.return_stands")
    booking.matched_cents -= match.booking_cents
    order.matched_cents -= match.order_cents
    order.state = str(OrderState.ORDERED)
    difference = match.booking_cents - match.order_cents
    transfers = [difference_transfer(match.organiser_id, now, -difference, booking.id)] if difference else []
    if transfers:
        await session.execute(insert(Transfer), transfers)
    session.add(
        BankMatch(
            id=uuid7(),
            organiser_id=match.organiser_id,
            booking_id=match.booking_id,
            order_id=match.order_id,
            kind="paid",
            step=str(Step.HAND),
            booking_cents=match.booking_cents,
            order_cents=match.order_cents,
            transfer_id=transfers[0]["id"] if transfers else None,
            undoes=match.id,
            made_at=now,
            made_by=actor.id,
        )
    )
    _event(session, actor, now, "bank_match.undone", match.organiser_id, match)
    await session.flush()


async def set_aside(
    session: AsyncSession, *, actor: Actor, now: datetime, booking_id: UUID, aside: bool
) -> None:
    """Say that a movement is no business of the vouchers', or take that back. Of money in, also the rest beyond what a
    claim took: it is sent back outside these books, and that movement is set aside too.

    Raises Refused: bank_booking.matched, bank_booking.is_so.
    """
    finance_only(actor)
    booking = await _lock_booking(session, booking_id)
    if booking.matched_cents and not 0 < booking.matched_cents < booking.amount_cents:
        raise Refused("bank_booking.matched")
    if booking.settled is aside:
        raise Refused("bank_booking.is_so")
    booking.settled = aside
    record(
        session,
        actor=actor,
        now=now,
        action="bank_booking.set_aside" if aside else "bank_booking.taken_up",
        subject_kind="bank_booking",
        subject_id=booking.id,
        organiser_id=booking.organiser_id,
        facts={"amount_cents": booking.amount_cents},
    )
    await session.flush()


def _line(booking: Any) -> Line:
    return Line(
        id=booking.id,
        cents=-booking.amount_cents - booking.matched_cents,
        on=booking.booked_on,
        end_to_end_id=booking.end_to_end_id.upper(),
        batch=booking.payment_info_id.upper(),
        reference=core(booking.reference),
        payee=booking.counterparty_iban.replace(" ", ""),
    )


def _due(order: Any, on: Any) -> Due:
    return Due(
        id=order.id,
        cents=order.amount_cents - order.matched_cents,
        on=on,
        end_to_end_id=order.id.hex.upper(),
        batch=order.batch_id.hex.upper(),
        reference=core(order.reference),
        payee=order.payee_iban,
    )


async def _open_debits(session: AsyncSession, organiser_id: UUID) -> list[BankBooking]:
    rows = await session.scalars(
        select(BankBooking)
        .where(
            BankBooking.organiser_id == organiser_id,
            BankBooking.amount_cents < 0,
            BankBooking.matched_cents < func.abs(BankBooking.amount_cents),
            BankBooking.settled.is_(False),
        )
        .order_by(BankBooking.id)
        .with_for_update()
    )
    return list(rows)


async def _taken_apart(
    session: AsyncSession, organiser_id: UUID, bookings: Collection[UUID]
) -> frozenset[tuple[UUID, UUID]]:
    """Which of these bookings a person has said did not pay which orders."""
    if not bookings:
        return frozenset()
    found = await session.execute(
        select(BankMatch.booking_id, BankMatch.order_id).where(
            BankMatch.organiser_id == organiser_id,
            BankMatch.undoes.is_not(None),
            BankMatch.booking_id.in_(bookings),
        )
    )
    return frozenset((booking_id, order_id) for booking_id, order_id in found)


async def _open_orders(session: AsyncSession, organiser_id: UUID) -> list[tuple[PaymentOrder, Any]]:
    rows = await session.execute(
        select(PaymentOrder, PaymentBatch.execute_on)
        .join(PaymentBatch, PaymentBatch.id == PaymentOrder.batch_id)
        .where(PaymentOrder.organiser_id == organiser_id, PaymentOrder.state == str(OrderState.ORDERED))
        .order_by(PaymentOrder.id)
        .with_for_update(of=PaymentOrder)
    )
    return [(row[0], row[1]) for row in rows]


def _event(
    session: AsyncSession, actor: Actor, now: datetime, action: str, organiser_id: UUID, match: BankMatch
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="payment_order",
        subject_id=match.order_id,
        organiser_id=organiser_id,
        facts={"booking_id": match.booking_id, "step": match.step, "amount_cents": match.order_cents},
    )


async def _lock_booking(session: AsyncSession, booking_id: UUID) -> BankBooking:
    found = await session.scalar(
        select(BankBooking)
        .where(BankBooking.id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("bank_booking.unknown")
    return found


async def _lock_order(session: AsyncSession, order_id: UUID) -> PaymentOrder:
    found = await session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("payment_order.unknown")
    return found
