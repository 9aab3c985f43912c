"""Signs that somebody works on the figures instead of the work. An alarm is a question to a person, never a verdict:
it changes no figure.

Each sign is compared with what is usual for the provider or for the others in its service, and is raised only where
chance would bring it so seldom that a large register (20,000 provider-services) has a handful of false ones in a year.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.quality.alarms.chance import binomial_tail, normal_tail, one_in, poisson_tail
from registry.shared.errors import ACCEPTED, Decision, Refusal


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


def may_decide(state: AlarmState, wanted: AlarmState) -> Decision:
    return ACCEPTED if wanted in ALARM_TRANSITIONS[state] else Refusal("alarm.decided_already")


ORIGIN_DAYS: Final = 14
"""How long it is kept from which place a review came: joint service points share computers, so it is a weak sign and
not worth a longer trace."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """When a kind of alarm is raised."""

    days: int
    """How far back is looked. After an alarm the next one of the kind waits as long, so that nothing is asked twice."""
    least: int
    """Fewer reviews, or people, raise none: of a handful anything can be chance."""
    rare: float
    """Chance alone may bring it at most so often each time it is looked for."""
    reason: str


THRESHOLDS: Final[Mapping[AlarmKind, Threshold]] = {
    AlarmKind.REVIEW_BURST: Threshold(
        7,
        8,
        1e-5,
        "a week is when people who were asked to write do write; a million weeks are looked at in a year",
    ),
    AlarmKind.SCORES_WITHOUT_OUTCOMES: Threshold(
        0,
        20,
        1e-4,
        "looked at once per release; kind words without results are possible, so both must be clear",
    ),
    AlarmKind.EASY_INTAKE: Threshold(
        365,
        20,
        1e-5,
        "a year, because intake moves with the seasons; clients choose too, so it must be far out",
    ),
    AlarmKind.REDEEMED_FOR_REVIEW: Threshold(
        91, 8, 1e-4, "a quarter: a sham visit and its review come together, but not all in one week"
    ),
    AlarmKind.ONE_PLACE: Threshold(
        ORIGIN_DAYS, 6, 1e-4, "as long as it is known at all; a weak sign, for many share a computer"
    ),
}

Facts = dict[str, int | str]
"""The evidence: counts, dates and expected values, whole numbers only; no person."""

HUNDREDTHS: Final = 100
TEN_THOUSANDTHS: Final = 10_000


# --- bursts of reviews --------------------------------------------------------------------------------------------

BASELINE_DAYS: Final = 182
ENDINGS_DAYS: Final = 21
"""Most who write do so within so long after the last visit."""
LEAST_ANSWERING: Final = 0.2
"""A service where hardly anybody has written yet says little of how many will."""


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews of one moment at one provider in the window, and what they are compared with."""

    found: int
    before: int
    """In the baseline days before the window."""
    ended: int
    """Clients who came to the moment in the window or not long before it."""
    answering: float
    """The share of clients in the service who review at that moment."""


def review_burst(reviews: Reviews) -> Facts | None:
    """Many more in a week than the provider's own weeks bring, and than clients who have just come to the moment would:
    a group that ends together writes together, and that is no sign of anything."""
    limit = THRESHOLDS[AlarmKind.REVIEW_BURST]
    usual = reviews.before * limit.days / BASELINE_DAYS
    expected = max(usual, reviews.ended * max(reviews.answering, LEAST_ANSWERING), 1.0)
    chance = poisson_tail(reviews.found, expected)
    if reviews.found < limit.least or chance > limit.rare:
        return None
    return {
        "reviews": reviews.found,
        "usual_hundredths": round(usual * HUNDREDTHS),
        "ended": reviews.ended,
        "expected_hundredths": round(expected * HUNDREDTHS),
        "one_in": one_in(chance),
    }


# --- scores far from outcomes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A share against what is usual: k of n, the usual share, and by how much providers differ around it (kappa, as the
    funnel has it; None where chance explains all)."""

    k: int
    n: int
    usual: float
    kappa: float | None

    @property
    def z(self) -> float:
        """How many standard deviations of the beta-binomial it lies from the usual share: chance, and the difference
        that there is between providers anyway."""
        spread = (1.0 + ((self.n - 1) / (self.kappa + 1.0) if self.kappa else 0.0)) / self.n
        return (self.k / self.n - self.usual) / math.sqrt(self.usual * (1.0 - self.usual) * spread)


EACH_AT_LEAST: Final = 1.64
"""Standard deviations: scores must be clearly high and outcomes clearly low, each by itself (1 in 20)."""


def scores_without_outcomes(scores: Standing, outcomes: Standing) -> Facts | None:
    """Clients praise clearly more than is usual, and clearly fewer find work than was to be expected of them. The
    probability is that of both together if they had nothing to do with each other."""
    limit = THRESHOLDS[AlarmKind.SCORES_WITHOUT_OUTCOMES]
    if min(scores.n, outcomes.n) < limit.least or min(scores.z, -outcomes.z) < EACH_AT_LEAST:
        return None
    chance = normal_tail(scores.z) * normal_tail(-outcomes.z)
    if chance > limit.rare:
        return None
    return {
        "scores_k": scores.k,
        "scores_n": scores.n,
        "scores_usual": round(scores.usual * TEN_THOUSANDTHS),
        "scores_z_hundredths": round(scores.z * HUNDREDTHS),
        "outcomes_k": outcomes.k,
        "outcomes_n": outcomes.n,
        "outcomes_usual": round(outcomes.usual * TEN_THOUSANDTHS),
        "outcomes_z_hundredths": round(outcomes.z * HUNDREDTHS),
        "one_in": one_in(chance),
    }


# --- intake much easier than expected -----------------------------------------------------------------------------

EASIER_BY: Final = 0.05
"""Five of a hundred: less would be of no use to anybody."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The expected rates of some people: how many, their sum, and the sum of their squares."""

    people: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.people

    @property
    def deviation(self) -> float:
        """How far one person's expected rate lies from the mean."""
        return math.sqrt(max(self.squares / self.people - self.mean**2, 0.0))


def easy_intake(own: Intake, others: Intake) -> Facts | None:
    """The provider's clients had, before anything was done for them, clearly better prospects than those of the others
    in the service. Where they live is left out: whoever works where unemployment is low has not picked its clients."""
    limit = THRESHOLDS[AlarmKind.EASY_INTAKE]
    if own.people < limit.least or others.people < 2 * limit.least or others.deviation == 0.0:
        return None
    by = own.mean - others.mean
    z = by / (others.deviation * math.sqrt(1.0 / own.people + 1.0 / others.people))
    chance = normal_tail(z)
    if by < EASIER_BY or chance > limit.rare:
        return None
    return {
        "people": own.people,
        "expected": round(own.mean * TEN_THOUSANDTHS),
        "others_people": others.people,
        "others_expected": round(others.mean * TEN_THOUSANDTHS),
        "z_hundredths": round(z * HUNDREDTHS),
        "one_in": one_in(chance),
    }


# --- redemptions right before a review ----------------------------------------------------------------------------

TINY_PERCENT: Final = 10
"""A visit that draws at most so much of what the voucher is worth is tiny."""
CLOSE_DAYS: Final = 3
LEAST_USUAL: Final = 0.02


def redeemed_for_review(reviews: int, close: int, others: int, others_close: int) -> Facts | None:
    """Of so many reviews, how many came within days of a tiny last visit, against the same among the others in the
    service: where visits are short by nature, they are so for everyone."""
    limit = THRESHOLDS[AlarmKind.REDEEMED_FOR_REVIEW]
    usual = max((others_close + 1) / (others + 2), LEAST_USUAL)
    chance = binomial_tail(close, reviews, usual)
    if close < limit.least or chance > limit.rare:
        return None
    return {
        "reviews": reviews,
        "close": close,
        "others": others,
        "others_close": others_close,
        "tiny_percent": TINY_PERCENT,
        "close_days": CLOSE_DAYS,
        "one_in": one_in(chance),
    }


# --- many reviews from one place ----------------------------------------------------------------------------------


def one_place(found: int, from_place: int, elsewhere: int, all_elsewhere: int) -> Facts | None:
    """So many of a place's reviews are of one provider, against its part of all other reviews: a joint service point
    sends reviews of everyone."""
    limit = THRESHOLDS[AlarmKind.ONE_PLACE]
    usual = (elsewhere + 1) / (all_elsewhere + 2)
    chance = binomial_tail(found, from_place, usual)
    if found < limit.least or chance > limit.rare:
        return None
    return {
        "reviews": found,
        "from_place": from_place,
        "elsewhere": elsewhere,
        "all_elsewhere": all_elsewhere,
        "one_in": one_in(chance),
    }
