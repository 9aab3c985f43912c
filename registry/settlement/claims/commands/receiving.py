"""Money that comes in for claims: by the bank's file, by a person's match, or as the accounting system tells it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.model import BankBooking
from registry.settlement.bank.references import core
from registry.settlement.bank.rules import Route
from registry.settlement.claims.commands.settling import (
    lock_claim,
    lock_statements_of,
    post_for,
    settle,
)
from registry.settlement.claims.model import Claim, ClaimReceipt
from registry.settlement.claims.rules import (
    TAKES_MONEY,
    Awaited,
    ClaimState,
    Incoming,
    may_receive,
    may_second,
    receipts_by_reference,
    recovered,
)
from registry.settlement.commands.paying import person_behind, route_of_organiser
from registry.settlement.commands.statements import finance_only
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date

REFERENCE: Final = "reference"
HAND: Final = "hand"
TOLD: Final = "told"


async def receive_open(session: AsyncSession, *, actor: Actor, now: datetime) -> int:
    """Give every open credit that carries a claim's reference to the claim; how many there were. Doing it again does
    nothing, and what a person took back waits for a person."""
    finance_only(actor)
    open_ = await session.scalar(
        select(Claim.id).where(Claim.organiser_id == actor.organiser_id, _takes_money()).limit(1)
    )
    if open_ is None:
        return 0
    bookings = await _open_credits(session, actor.organiser_id)
    if not bookings:
        return 0
    claims = {claim.id: claim for claim in await _open_claims(session, actor.organiser_id)}
    found = receipts_by_reference(
        [
            Incoming(b.id, b.amount_cents - b.matched_cents, b.booked_on, core(b.reference))
            for b in bookings.values()
        ],
        [Awaited(c.id, c.amount_cents - c.received_cents, core(c.reference)) for c in claims.values()],
    )
    await lock_statements_of(session, {one.claim_id for one in found})
    for one in found:
        await _receive(
            session,
            claim=claims[one.claim_id],
            actor=actor,
            now=now,
            cents=one.cents,
            step=REFERENCE,
            booking=bookings[one.booking_id],
        )
    return len(found)


async def receive_by_hand(
    session: AsyncSession, *, actor: Actor, now: datetime, booking_id: UUID, claim_id: UUID
) -> UUID:
    """Say that a booking of money in was paid for a claim: as many cents as both have left.

    Raises Refused: bank_booking.no_credit, bank_booking.nothing_left, claim.<state>.
    """
    finance_only(actor)
    booking = await _lock_booking(session, booking_id)
    claim = await lock_claim(session, claim_id)
    if booking.amount_cents < 0:
        raise Refused("bank_booking.no_credit")
    left = booking.amount_cents - booking.matched_cents
    if booking.settled or not left:
        raise Refused("bank_booking.nothing_left")
    require(may_receive(ClaimState(claim.state)))
    cents = min(left, claim.amount_cents - claim.received_cents)
    return await _receive(session, claim=claim, actor=actor, now=now, cents=cents, step=HAND, booking=booking)


async def tell_receipt(
    session: AsyncSession, *, actor: Actor, now: datetime, claim_id: UUID, cents: int, received_on: date
) -> UUID:
    """Say what the accounting system has received for a claim, and when. By another person than the one who made the
    claim: nobody makes a debt disappear alone. Where bank statements are brought in here, they say it.

    Raises Refused: claim.told_by_bank, claim.same_person, claim.<state>, claim.more_than_owed; Invalid
    claim.received_on, claim.received_cents.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    claim = await lock_claim(session, claim_id)
    if await route_of_organiser(session, claim.organiser_id) is Route.BANK_FILE:
        raise Refused("claim.told_by_bank")
    require(may_second(first=claim.made_by, second=person_id))
    require(may_receive(ClaimState(claim.state)))
    if not local_date(claim.made_at) <= received_on <= local_date(now):
        raise Invalid("request.invalid", errors={"received_on": "claim.received_on"})
    if cents <= 0:
        raise Invalid("request.invalid", errors={"cents": "claim.received_cents"})
    most = claim.amount_cents - claim.received_cents
    if cents > most:
        raise Refused("claim.more_than_owed", left_cents=most)
    return await _receive(
        session, claim=claim, actor=actor, now=now, cents=cents, step=TOLD, received_on=received_on
    )


async def undo_receipt(session: AsyncSession, *, actor: Actor, now: datetime, receipt_id: UUID) -> None:
    """Say that what was received was not for the claim: it is owed again, and the booking open again. What had been
    written off before it came stays owed too; it can be written off anew.

    Raises Refused: claim_receipt.undone.
    """
    finance_only(actor)
    receipt = await session.get(ClaimReceipt, receipt_id)
    if receipt is None or receipt.undoes is not None:
        raise NotFound("claim_receipt.unknown")
    booking = await _lock_booking(session, receipt.booking_id) if receipt.booking_id is not None else None
    claim = await lock_claim(session, receipt.claim_id)
    if await session.scalar(select(ClaimReceipt.id).where(ClaimReceipt.undoes == receipt_id)) is not None:
        raise Refused("claim_receipt.undone")
    transfer_id = await post_for(session, "receive_undone", claim=claim, now=now, amount_cents=receipt.cents)
    if booking is not None:
        booking.matched_cents -= receipt.cents
        booking.settled = False
    claim.received_cents -= receipt.cents
    session.add(
        ClaimReceipt(
            id=uuid7(),
            organiser_id=claim.organiser_id,
            provider_id=claim.provider_id,
            claim_id=claim.id,
            booking_id=receipt.booking_id,
            step=receipt.step,
            received_on=receipt.received_on,
            cents=receipt.cents,
            recovered_cents=0,
            transfer_id=transfer_id,
            undoes=receipt.id,
            made_at=now,
            made_by=actor.id,
        )
    )
    await settle(
        session, claim=claim, actor=actor, now=now, action="claim.receipt_undone", amount_cents=receipt.cents
    )


async def _receive(
    session: AsyncSession,
    *,
    claim: Claim,
    actor: Actor,
    now: datetime,
    cents: int,
    step: str,
    booking: BankBooking | None = None,
    received_on: date | None = None,
) -> UUID:
    """In the ledger, on the booking and on the claim. What is still due is paid first; the rest had been written off, and
    makes the loss smaller."""
    left = claim.amount_cents - claim.received_cents - claim.written_off_cents
    back = recovered(left_cents=left, received_cents=cents)
    transfer_id = await post_for(session, "receive", claim=claim, now=now, amount_cents=cents)
    recovery_id = (
        await post_for(session, "recover", claim=claim, now=now, amount_cents=back) if back else None
    )
    if booking is not None:
        booking.matched_cents += cents
        received_on = booking.booked_on
    claim.received_cents += cents
    claim.written_off_cents -= back
    receipt = ClaimReceipt(
        id=uuid7(),
        organiser_id=claim.organiser_id,
        provider_id=claim.provider_id,
        claim_id=claim.id,
        booking_id=booking.id if booking is not None else None,
        step=step,
        received_on=received_on,
        cents=cents,
        recovered_cents=back,
        transfer_id=transfer_id,
        recovery_transfer_id=recovery_id,
        made_at=now,
        made_by=actor.id,
    )
    session.add(receipt)
    await settle(
        session, claim=claim, actor=actor, now=now, action="claim.received", amount_cents=cents, step=step
    )
    return receipt.id


def _takes_money() -> ColumnElement[bool]:
    return Claim.state.in_([str(state) for state in TAKES_MONEY])


async def _open_credits(session: AsyncSession, organiser_id: UUID) -> dict[UUID, BankBooking]:
    rows = await session.scalars(
        select(BankBooking)
        .where(
            BankBooking.organiser_id == organiser_id,
            BankBooking.amount_cents > 0,
            BankBooking.matched_cents < BankBooking.amount_cents,
            BankBooking.settled.is_(False),
            BankBooking.reference != "",
            ~exists().where(ClaimReceipt.booking_id == BankBooking.id, ClaimReceipt.undoes.is_not(None)),
        )
        .order_by(BankBooking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def _open_claims(session: AsyncSession, organiser_id: UUID) -> Sequence[Claim]:
    rows = await session.scalars(
        select(Claim)
        .where(Claim.organiser_id == organiser_id, _takes_money())
        .order_by(Claim.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


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
