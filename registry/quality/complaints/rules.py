"""What a complaint may be about, and how it ends."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal


class ComplaintState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"


COMPLAINT_TRANSITIONS: Final[Mapping[ComplaintState, frozenset[ComplaintState]]] = {
    ComplaintState.OPEN: frozenset(
        {ComplaintState.UPHELD, ComplaintState.NOT_UPHELD, ComplaintState.WITHDRAWN}
    ),
    ComplaintState.UPHELD: frozenset(),
    ComplaintState.NOT_UPHELD: frozenset(),
    ComplaintState.WITHDRAWN: frozenset(),
}

ABOUT: Final = ("not_as_promised", "treatment", "waiting", "quality", "charged_wrongly", "safety", "other")


def may_become(state: ComplaintState, wanted: ComplaintState) -> Decision:
    """A complaint is decided once."""
    if wanted in COMPLAINT_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal("complaint.decided_already", {"state": str(state)})
