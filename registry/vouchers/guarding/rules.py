"""What about a provider's redemptions makes somebody look: which signs there are, from where on each counts, and what
follows. A sign is a question: it says what was seen and against which limit, and a person says what it was.

Pure functions over plain values: no database, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Decision, Refusal


class Sign(StrEnum):
    DAY_NUMBER = "day_number"
    """Visits of a provider with one and the same day."""
    DAY_VALUE = "day_value"
    """Their value."""
    HOUR_NUMBER = "hour_number"
    """Visits that a provider recorded within an hour."""
    DEVICE_NUMBER = "device_number"
    """Visits that one system or device (an access token) recorded within an hour."""
    SCANNED_HOUR = "scanned_hour"
    """Visits that one phone took without a network within an hour of its own clock: nobody meets so many."""
    DEVICE_CLOCK = "device_clock"
    """Visits of a day from devices whose clock was wrong: the day of a visit may have been made up."""
    PERSON_DAY = "person_day"
    """Visits with one and the same day that one person recorded: nobody coaches so many."""
    WRONG_CODES = "wrong_codes"
    """Wrong numbers and codes within a day: somebody may be trawling for vouchers."""
    NIGHT = "night"
    """Visits recorded by hand between 23 and 5 in one night."""
    TWO_PLACES = "two_places"
    """Providers that recorded a visit of the same client for the same day."""
    ROUND_SUMS = "round_sums"
    """Of a month's visits the share, in per cent, that come to full hundreds of euros although the price does not."""


class Unit(StrEnum):
    NUMBER = "number"
    CENTS = "cents"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Limit:
    """From where on a sign counts, unless the organiser has set it otherwise; and between what it can be set."""

    default: int
    least: int
    most: int
    unit: Unit = Unit.NUMBER


LIMITS: Final[Mapping[Sign, Limit]] = {
    Sign.DAY_NUMBER: Limit(80, 5, 10_000),
    Sign.DAY_VALUE: Limit(10_000_00, 500_00, 10_000_000_00, Unit.CENTS),
    # a month's file comes at once, so these two are wide
    Sign.HOUR_NUMBER: Limit(2_000, 20, 100_000),
    Sign.DEVICE_NUMBER: Limit(2_000, 20, 100_000),
    Sign.SCANNED_HOUR: Limit(12, 2, 1_000),
    Sign.DEVICE_CLOCK: Limit(5, 1, 1_000),
    Sign.PERSON_DAY: Limit(20, 3, 1_000),
    Sign.WRONG_CODES: Limit(10, 3, 1_000),
    Sign.NIGHT: Limit(5, 1, 1_000),
    Sign.TWO_PLACES: Limit(2, 2, 10),
    Sign.ROUND_SUMS: Limit(50, 10, 100, Unit.PERCENT),
}

ROUND_LEAST_VISITS: Final = 20
"""Of fewer visits a share says nothing."""
SERIOUS: Final = 3
"""So many times the limit places a hold at once, without waiting for a person."""


class AlarmState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Seen:
    """A sign at a provider."""

    sign: Sign
    provider_id: UUID
    subject: str
    """What of the provider's it is about: a day, an hour, a person, a client. The same is asked once."""
    seen: int
    limit: int
    facts: Mapping[str, str | int | list[str]]

    @property
    def serious(self) -> bool:
        return self.seen >= SERIOUS * self.limit


def may_set(sign: Sign, value: int) -> Decision:
    """A limit stays within sense: nobody switches a sign off, or asks about every visit."""
    bounds = LIMITS[sign]
    if not bounds.least <= value <= bounds.most:
        return Refusal("threshold.out_of_range", {"least": bounds.least, "most": bounds.most})
    return ACCEPTED


def may_decide_limit(*, state: str, to_state: str, asked_by: UUID | None, decider: UUID | None) -> Decision:
    """What one asks another decides; only the one who asked takes it back."""
    if state != "asked":
        return Refusal("threshold.decided_already")
    if (to_state == "withdrawn") != (asked_by == decider):
        return Refusal("threshold.other_person" if to_state != "withdrawn" else "threshold.not_yours")
    return ACCEPTED


def may_decide_alarm(state: AlarmState) -> Decision:
    return ACCEPTED if state is AlarmState.OPEN else Refusal("redemption_alarm.decided_already")
