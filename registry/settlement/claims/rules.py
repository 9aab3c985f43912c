"""Claims: what state a claim is in, what a booking gives it, its number and reference, and who may write it off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from stdnum.iso7064 import mod_97_10

from registry.settlement.rules import finnish_check_digit
from registry.shared.errors import ACCEPTED, Decision, Refusal

NETTING_DAYS: Final = 90
"""A credit that a payment would take along, but that none has in so many days, may be claimed like that of a provider
that has left: it is larger than what the provider still earns, or the provider has nothing more to do."""
CLAIM_DAYS: Final = 30
"""What the setting says unless it says otherwise: an authority gives the time that it has itself (Act on Payment Terms
in Commercial Contracts 30/2013 § 6)."""
FEWEST_DAYS: Final = 14
MOST_DAYS: Final = 90


class ClaimState(StrEnum):
    CLAIMED = "claimed"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    CANCELLED = "cancelled"


C = ClaimState

CLAIM_TRANSITIONS: Final[Mapping[ClaimState, frozenset[ClaimState]]] = {
    C.CLAIMED: frozenset({C.PARTLY_PAID, C.PAID, C.WRITTEN_OFF, C.CANCELLED}),
    # back when what was received turns out to be something else
    C.PARTLY_PAID: frozenset({C.CLAIMED, C.PAID, C.WRITTEN_OFF}),
    C.PAID: frozenset({C.CLAIMED, C.PARTLY_PAID}),
    # paid after all, or open again for a part that had not been written off
    C.WRITTEN_OFF: frozenset({C.PAID, C.PARTLY_PAID}),
    C.CANCELLED: frozenset(),
}
OPEN: Final = (C.CLAIMED, C.PARTLY_PAID)
TAKES_MONEY: Final = (C.CLAIMED, C.PARTLY_PAID, C.WRITTEN_OFF)
"""Who pays what was written off makes the loss smaller."""


def state_of(*, amount_cents: int, received_cents: int, written_off_cents: int) -> ClaimState:
    """The state that the sums of a claim that was not cancelled put it in."""
    settled = received_cents + written_off_cents
    if settled >= amount_cents:
        return C.WRITTEN_OFF if written_off_cents else C.PAID
    return C.PARTLY_PAID if settled else C.CLAIMED


def recovered(*, left_cents: int, received_cents: int) -> int:
    """How much of what comes in was written off: what is still due is paid first."""
    return max(0, received_cents - left_cents)


def may_cancel(state: ClaimState) -> Decision:
    """Only while nothing of it is settled: then its credits are netted again as if it had never been made."""
    return ACCEPTED if state is C.CLAIMED else Refusal(f"claim.{state}", {"state": str(state)})


def may_write_off(state: ClaimState) -> Decision:
    return ACCEPTED if state in OPEN else Refusal(f"claim.{state}", {"state": str(state)})


def may_receive(state: ClaimState) -> Decision:
    return ACCEPTED if state in TAKES_MONEY else Refusal(f"claim.{state}", {"state": str(state)})


def may_second(*, first: UUID | None, second: UUID | None) -> Decision:
    """Public money is given up, or a debt is said to be paid, by two people; never by one whom we cannot name."""
    if first is None or second is None:
        return Refusal("settlement.person_unknown")
    return Refusal("claim.same_person") if first == second else ACCEPTED


def claim_number(organiser_code: str, year: int, ordinal: int) -> str:
    """`OULU-2026-V-0003` (*vaatimus*): of a statement's form, and never a statement's."""
    return f"{organiser_code.upper()}-{year}-V-{ordinal:04d}"


def claim_reference(year: int, ordinal: int) -> str:
    """An RF creditor reference around a Finnish one, as statements have. Its month is 00, which no statement's is, so
    the two are never taken for each other."""
    digits = f"{year}00{ordinal:05d}"
    national = digits + finnish_check_digit(digits)
    return f"RF{mod_97_10.calc_check_digits(national + 'RF')}{national}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is left of a booking of money in."""

    id: UUID
    cents: int
    on: date
    reference: str
    """Without RF and its check digits."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a claim still takes."""

    id: UUID
    cents: int
    reference: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """So many cents of a booking are for a claim."""

    booking_id: UUID
    claim_id: UUID
    cents: int


def receipts_by_reference(incoming: Sequence[Incoming], awaited: Sequence[Awaited]) -> list[Receipt]:
    """Which bookings pay which claims: those that carry its reference, the earliest first, as far as the claim goes. A
    debt may be paid in parts; what is more than the debt is left on the booking, for a person to look at."""
    of_reference = {claim.reference: claim.id for claim in awaited if claim.reference}
    left = {claim.id: claim.cents for claim in awaited}
    found: list[Receipt] = []
    for booking in sorted(incoming, key=lambda one: (one.on, one.id)):
        claim_id = of_reference.get(booking.reference)
        cents = min(booking.cents, left[claim_id]) if claim_id is not None else 0
        if claim_id is not None and cents > 0:
            found.append(Receipt(booking.id, claim_id, cents))
            left[claim_id] -= cents
    return found
