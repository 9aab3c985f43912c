"""What a client may say of a visit that a provider recorded, and what follows from it.

Whoever is paid for a visit also records it. The one who was there, or was not, is asked: schemes that asked nobody
learned how many of their payments were wrong from an audit, years later.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.vouchers.rules import RedemptionState

SILENT_AFTER: Final = timedelta(days=7)
"""Silence for so long counts as not disputed, and is shown as silence, not as a yes."""
LONGEST_WORDS: Final = 1000


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    """Something else was done, or less of it."""
    NOT_THERE = "not_there"


class Ruling(StrEnum):
    """What the finance officer found of a visit that was disputed."""

    STANDS = "stands"
    REVERSED = "reversed"


class Standing(StrEnum):
    """Where a recorded visit stands."""

    ASKED = "asked"
    NOT_DISPUTED = "not_disputed"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    """Its amount is held: it goes onto no statement until somebody has looked into it."""
    STANDS = "stands"
    REVERSED = "reversed"


def standing(
    *, recorded_at: datetime, answer: str | None, ruling: str | None, reversed_: bool, now: datetime
) -> Standing:
    """Where a captured redemption stands."""
    if reversed_:
        return Standing.REVERSED
    if ruling is not None:
        return Standing(ruling)
    if answer is not None:
        return Standing.CONFIRMED if answer == Answer.YES else Standing.DISPUTED
    return Standing.NOT_DISPUTED if now >= recorded_at + SILENT_AFTER else Standing.ASKED


def may_answer(*, state: RedemptionState, ruling: str | None) -> Decision:
    """A visit that is recorded may be answered, also late, and the answer changed, until somebody has ruled on it: then
    there is the remedy, and no second try."""
    if state is not RedemptionState.CAPTURED:
        return Refusal("visit.not_recorded", {"state": str(state)})
    if ruling is not None:
        return Refusal("visit.ruled_already")
    return ACCEPTED


def may_rule(*, answer: str | None, ruling: str | None) -> Decision:
    """Only on what the client disputes, and once."""
    if ruling is not None:
        return Refusal("visit.ruled_already")
    if answer is None or answer == Answer.YES:
        return Refusal("visit.not_disputed")
    return ACCEPTED
