"""Visits that a device took without a network: what may become of one, and what its clock is good for.

Pure functions over plain values: no database, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.vouchers.redemption.rules import UNTOLD, Event


class Fate(StrEnum):
    RECEIVED = "received"
    """Here, and not decided yet: the answer may never have reached the device."""
    RECORDED = "recorded"
    REFUSED = "refused"
    """Somebody's case, until it is recorded after all or closed with a reason."""
    CLOSED = "closed"


FATES: Final[Mapping[Fate, frozenset[Fate]]] = {
    Fate.RECEIVED: frozenset({Fate.RECORDED, Fate.REFUSED}),
    # tried again it is under way once more: nobody closes it meanwhile, and what is cut off is finished
    Fate.REFUSED: frozenset({Fate.RECEIVED, Fate.CLOSED}),
    Fate.RECORDED: frozenset(),
    Fate.CLOSED: frozenset(),
}

MOST_VISITS: Final = 100
"""Of one sending: a device with more sends again."""
CLOCK_OFF: Final = timedelta(minutes=10)
"""By more than this a device's clock is wrong, by itself or by somebody's hand."""
UNFINISHED: Final = timedelta(minutes=5)
"""What was received and not decided so long ago was cut off in the middle."""
COMES_LATER: Final = "presentation.too_many_attempts"
"""No answer to the visit: the device keeps it and sends it again."""


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A visit as the device kept it."""

    id: UUID
    """Made on the device: however often it is sent, it is one visit."""
    place: int
    """The how-manieth that this device took: a gap shows what never arrived."""
    number: str
    secret: str
    """Opens a voucher that the provider was not shown before; it is stored nowhere."""
    service_date: date
    units: int
    """Hundredths."""
    unit_price_cents: int | None
    """None: the agreed price."""
    taken_at: datetime
    """By the device's clock. Evidence only: nothing is decided by it."""
    another: bool = False
    """The coach was asked and said: not the visit of that day that is recorded already, another one."""
    event: Event = UNTOLD


def clock_off(*, sent_at: datetime, received_at: datetime) -> int:
    """By how many seconds the device's clock is ahead of ours (behind: below zero), the way of the request included."""
    return round((sent_at - received_at).total_seconds())


def clock_is_wrong(*, off_seconds: int, taken_at: datetime, received_at: datetime) -> bool:
    """The clock was wrong when the visit was sent; or had been, for the visit was taken after it was sent."""
    return abs(off_seconds) > CLOCK_OFF.total_seconds() or taken_at > (
        received_at + timedelta(seconds=off_seconds) + CLOCK_OFF
    )


def may_become(fate: Fate, wanted: Fate) -> Decision:
    if wanted in FATES[fate]:
        return ACCEPTED
    return Refusal(f"offline_visit.{fate}_already")
