"""What a court makes of a decision. It is received and decided there; here it is recorded, linked and followed."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal


class CourtState(StrEnum):
    PENDING = "pending"
    REJECTED = "rejected"
    """The decision stays."""
    NOT_EXAMINED = "not_examined"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"
    """The decision is set aside."""
    CHANGED = "changed"
    RETURNED = "returned"
    """Set aside, and sent back to be decided again."""


SETTLED: Final = frozenset(CourtState) - {CourtState.PENDING}
COURT_TRANSITIONS: Final[Mapping[CourtState, frozenset[CourtState]]] = {
    CourtState.PENDING: SETTLED,
    **{state: frozenset() for state in SETTLED},
}
UPSETS: Final = frozenset({CourtState.ANNULLED, CourtState.CHANGED, CourtState.RETURNED})
"""After these the authority decides anew."""


def move_court(now: CourtState, to: CourtState) -> Decision:
    """A court rules once in a matter that is before it."""
    if to in COURT_TRANSITIONS[now]:
        return ACCEPTED
    return Refusal("court.settled_already", {"state": str(now)})


def ruled_when(ruled_on: date, *, filed_on: date, today: date) -> Decision:
    """No court rules before it is asked, or tomorrow."""
    if filed_on <= ruled_on <= today:
        return ACCEPTED
    return Refusal("court.day_out_of_range", {"filed_on": filed_on.isoformat()})
