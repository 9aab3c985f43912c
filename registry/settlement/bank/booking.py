"""What a bank says, whichever of its messages and versions it says it in."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Booking:
    """One movement of the account: money in is positive, money out negative."""

    path: str
    """Where it stands in the file."""
    amount_cents: int
    booked_on: date
    value_on: date | None
    own_id: str
    """The bank's own id of the movement or, where it gives none, a digest of what it says of it. The same movement has
    the same id in a statement, in an overlapping one and in a notification, so it is taken in once."""
    end_to_end_id: str = ""
    payment_info_id: str = ""
    """Of the payment file that a sum booked as one stands for."""
    batch_count: int = 0
    """How many payments are booked as one sum, where the bank tells no more of them."""
    reference: str = ""
    """RF or Finnish reference without spaces and leading zeros, its check digits right; else empty."""
    text: str = ""
    counterparty: str = ""
    counterparty_iban: str = ""
    return_reason: str = ""
    """ISO external code (AC04: closed account), or the bank's own words."""
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class BankStatement:
    """A statement (camt.053) or a notification (camt.054) of one account. Only a statement has balances."""

    kind: str
    version: int
    statement_id: str
    account: str
    since: date | None
    until: date | None
    opening_cents: int | None
    closing_cents: int | None
    bookings: tuple[Booking, ...]
    pending: int
    """Entries that the bank has not booked yet: they are not money."""

    @property
    def moved_cents(self) -> int:
        return sum(booking.amount_cents for booking in self.bookings)


def digest_id(*parts: object) -> str:
    """An id for a movement that the bank gave none: 32 hex digits of what it said, with its place among the same."""
    return "digest:" + sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:32]
