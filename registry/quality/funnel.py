"""The funnel: how far from the usual level a provider's share may lie by chance, by its number of people.

After D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
1185-1202, and D. J. Spiegelhalter et al., "Statistical methods for healthcare regulation: rating, screening and
surveillance", Journal of the Royal Statistical Society A 175 (2012), 1-47.

Pure Python, so that a page can draw it; and the limits come from nothing but the four operations, so that they are
the same on every machine.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Final

TAILS: Final = (0.001, 0.025, 0.975, 0.999)
"""The 99.8 % and the 95 % limits: chance alone puts 2 in 1,000 and 5 in 100 providers outside."""

WINSORISED: Final = 0.10
"""The most extreme tenth at each end counts only as much as the next: the few providers whom a funnel is to find
must not widen it until they are inside."""

LEAST_KAPPA: Final = 1.0
"""Providers with less in common than this have no usual level to draw a funnel about."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much more providers differ than chance explains.

    `phi`: the mean squared z-score, 1 where chance explains all. `kappa`: of the beta distribution that the
    providers' own levels then have about the usual one; None where chance explains all.
    """

    phi: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the limits lie at n people, as shares."""

    n: int
    low_998: float
    low_95: float
    high_95: float
    high_998: float


class Place(StrEnum):
    """Where a provider lies; "far" is outside the 99.8 % limits."""

    FAR_BELOW = "far_below"
    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    FAR_ABOVE = "far_above"


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel ready to draw."""

    mean: float
    spread: Spread
    grid: tuple[Limits, ...]
    places: Mapping[str, Place]


def spread(counts: Iterable[tuple[int, int]], mean: float) -> Spread:
    """Over-dispersion of (k, n) about the mean, from winsorised z-scores.

    Additive (a variance between providers, by moments as DerSimonian and Laird), not multiplicative: providers
    differ by more than chance because their clients and their work differ, and that does not fade with n as a
    widened standard error would; multiplied limits close up around large providers and call them all exceptional.
    phi is divided by what winsorising leaves of a normal variance, so that it is 1 and not 0.7 without any
    over-dispersion.
    """
    found = [(k, n) for k, n in counts if n > 0]
    if len(found) < 2:
        return Spread(phi=1.0, kappa=None)
    unit = mean * (1.0 - mean)
    scores = sorted((k - n * mean) / math.sqrt(n * unit) for k, n in found)
    cut = int(WINSORISED * len(scores))
    low, high = scores[cut], scores[-1 - cut]
    squares = math.fsum(min(max(z, low), high) ** 2 for z in scores)
    phi = squares / len(scores) / _left_by_winsorising(cut / len(scores))
    # variances are unit / n, so weights are n / unit and the variance between providers in units of `unit` is rho
    people = sum(n for _, n in found)
    rho = (len(found) * phi - (len(found) - 1)) / (people - sum(n * n for _, n in found) / people)
    if rho <= 0.0:
        return Spread(phi=phi, kappa=None)
    return Spread(phi=phi, kappa=max(1.0 / rho - 1.0, LEAST_KAPPA))


def _left_by_winsorising(share: float) -> float:
    """The variance of a standard normal whose outermost `share` at each end is drawn in."""
    if share == 0.0:
        return 1.0
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - share)
    return 2.0 * share * z * z + 1.0 - 2.0 * share - 2.0 * z * normal.pdf(z)


def limits(n: int, mean: float, kappa: float | None) -> Limits:
    """The limits at n people: quantiles of the binomial around the mean, or of the beta-binomial where providers
    differ by more than chance.

    Exact, from the probabilities of each count, and not by a normal approximation, which fails for small n and for
    shares near 0 or 1. Counts are whole, so the line runs between them by the mid-distribution P(X < x) + P(X = x)/2:
    a share lies beyond the line exactly where its mid-P value lies beyond the tail. Where no count would be extreme
    enough, the limit is 0 or 1.
    """
    quantiles = _quantiles(probabilities(n, mean, kappa))
    return Limits(n, *(next(quantiles) / n for _ in TAILS))


def probabilities(n: int, mean: float, kappa: float | None) -> list[float]:
    """P(X = 0), …, P(X = n) of the binomial, or of the beta-binomial where there is a kappa. From their ratios: no
    gamma function, and nothing that could overflow."""

    def odds(x: int) -> float:
        """P(X = x + 1) / P(X = x)."""
        if kappa is None:
            return (n - x) / (x + 1) * mean / (1.0 - mean)
        return (n - x) / (x + 1) * (mean * kappa + x) / ((1.0 - mean) * kappa + n - x - 1)

    start = int(n * mean)
    up, down = [1.0], []
    for x in range(start, n):
        up.append(up[-1] * odds(x))
    last = 1.0
    for x in range(start - 1, -1, -1):
        last /= odds(x)
        down.append(last)
    every = down[::-1] + up
    total = math.fsum(every)
    return [p / total for p in every]


def _quantiles(probabilities: list[float]) -> Iterator[float]:
    """For each tail the place, between whole counts, where the mid-distribution passes it."""
    wanted = iter(TAILS)
    tail = next(wanted)
    below, middle_before = 0.0, 0.0
    for x, p in enumerate(probabilities):
        middle = below + p / 2.0
        while middle >= tail:
            yield 0.0 if x == 0 else x - (middle - tail) / (middle - middle_before)
            following = next(wanted, None)
            if following is None:
                return
            tail = following
        below, middle_before = below + p, middle
    while True:
        yield float(len(probabilities) - 1)


def place(k: int, found: Limits) -> Place:
    """Where k of n lies, n being that of the limits."""
    share = k / found.n
    if share < found.low_998:
        return Place.FAR_BELOW
    if share > found.high_998:
        return Place.FAR_ABOVE
    if share < found.low_95:
        return Place.BELOW
    return Place.ABOVE if share > found.high_95 else Place.INSIDE


def places(counts: Mapping[str, tuple[int, int]], mean: float, kappa: float | None) -> dict[str, Place]:
    """Where each provider's (k, n) lies. Providers with as many people share their limits."""
    at: dict[int, Limits] = {}
    for _, n in counts.values():
        if n not in at:
            at[n] = limits(n, mean, kappa)
    return {provider: place(k, at[n]) for provider, (k, n) in counts.items()}


def grid(fewest: int, most: int, mean: float, kappa: float | None) -> tuple[Limits, ...]:
    """The limits from `fewest` to `most` people, closer together where the lines bend."""
    found, n = [], fewest
    while n < most:
        found.append(limits(n, mean, kappa))
        n += max(1, n // 8)
    return (*found, limits(max(most, fewest), mean, kappa))


def funnel(counts: Mapping[str, tuple[int, int]], mean: float, *, fewest: int) -> Funnel:
    """A funnel about the usual level, ready to draw: provider → (k, n)."""
    found = spread(counts.values(), mean)
    most = max((n for _, n in counts.values()), default=fewest)
    return Funnel(
        mean=mean,
        spread=found,
        grid=grid(fewest, most, mean, found.kappa),
        places=places(counts, mean, found.kappa),
    )
