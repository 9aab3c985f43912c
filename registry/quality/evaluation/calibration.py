"""Does a later quarter fall where the figures said? The interval of the true rate, widened for sampling: the
beta-binomial that a provider's posterior foretells for as many people as the later quarter has."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from registry.quality.evaluation.reading import Result
from registry.quality.funnel import probabilities

LEVELS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
MAIN: Final = 0.9
SIZES: Final = ((5, 9), (10, 19), (20, 49), (50, 99), (100, None))
"""People of the later count, from and to."""


@dataclass(frozen=True, slots=True)
class Within:
    """One foretold interval, in people, and the later count."""

    low: int
    high: int
    inside: bool
    probability: float
    """What the method gives the interval: counts are whole, so it is somewhat more than the level."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a provider's figure foretold of its later quarter, by level, and that quarter."""

    later: Result
    intervals: dict[float, Within]


@dataclass(frozen=True, slots=True)
class Kept:
    """How often intervals held."""

    providers: int
    inside: float
    """Share of intervals that contain the later count."""
    expected: float
    """Share that the method itself expects to."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """All levels, and the main one by how many people the later count is of."""

    levels: dict[float, Kept]
    sizes: dict[tuple[int, int | None], Kept]


def foretell(alpha: float, beta: float, later: Result) -> Foretold:
    """The central intervals of the beta-binomial of `later.n` people."""
    people = alpha + beta
    cumulative = list(accumulate(probabilities(later.n, alpha / people, people)))
    return Foretold(later, {level: _central(cumulative, (1.0 - level) / 2.0, later.k) for level in LEVELS})


def _central(cumulative: Sequence[float], tail: float, k: int) -> Within:
    """From the first count that is not in the lower tail to the first that leaves no more than the upper one."""
    last = len(cumulative) - 1
    low = next((x for x, below in enumerate(cumulative) if below >= tail), last)
    high = next((x for x, below in enumerate(cumulative) if below >= 1.0 - tail), last)
    probability = cumulative[high] - (cumulative[low - 1] if low else 0.0)
    return Within(low, high, low <= k <= high, probability)


def calibrate(foretold: Sequence[Foretold]) -> Calibration:
    """Over all providers whose later quarter is known."""
    return Calibration(
        levels={level: _kept(foretold, level) for level in LEVELS} if foretold else {},
        sizes={
            (least, most): _kept(group, MAIN)
            for least, most in SIZES
            if (group := [f for f in foretold if f.later.n >= least and (most is None or f.later.n <= most)])
        },
    )


def _kept(foretold: Sequence[Foretold], level: float) -> Kept:
    every = [found.intervals[level] for found in foretold]
    return Kept(
        len(every),
        sum(within.inside for within in every) / len(every),
        sum(within.probability for within in every) / len(every),
    )
