"""Signs that somebody works on the figures instead of the work. An alarm is a question to a person, never a verdict:
it changes no figure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class AlarmKind(StrEnum):
    REVIEW_BURST = "review_burst"
    SCORES_WITHOUT_OUTCOMES = "scores_without_outcomes"
    EASY_INTAKE = "easy_intake"
    REDEEMED_FOR_REVIEW = "redeemed_for_review"
    ONE_PLACE = "one_place"


class AlarmState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    CONFIRMED = "confirmed"


ALARM_TRANSITIONS: Final[Mapping[AlarmState, frozenset[AlarmState]]] = {
    AlarmState.OPEN: frozenset({AlarmState.EXPLAINED, AlarmState.CONFIRMED}),
    AlarmState.EXPLAINED: frozenset(),
    AlarmState.CONFIRMED: frozenset(),
}

ORIGIN_DAYS: Final = 14
"""How long it is kept from which place a review came: joint service points share computers, so it is a weak sign and
not worth a longer trace."""
