"""How often a draw shows somebody, against what was found: the sum of independent draws, each with its own chance.

Pure Python, for it runs where pages are made; exact up to rounding (a test holds it against exact fractions, and
against scipy's binomial test where all chances are equal).
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

NEGLIGIBLE: Final = 1e-18
"""Below so small a share of the largest, a probability adds nothing to any that is told."""

AS_LIKELY: Final = 1 + 1e-7
"""Two outcomes count as equally likely within rounding, as in R and scipy."""


def count_distribution(draws: Iterable[tuple[float, int]]) -> tuple[int, list[float]]:
    """(least count, its probability and those of the following counts) for the number of times that independent draws
    come out (the Poisson binomial distribution). `draws`: (chance, how many draws have it)."""
    least, whole = 0, [1.0]
    for chance, times in draws:
        low, part = _binomial(chance, times)
        least, whole = least + low, _convolved(whole, part)
        cut, whole = _trimmed(whole)
        least += cut
    return least, whole


def _binomial(chance: float, times: int) -> tuple[int, list[float]]:
    """As above for equal chances: from the mode outwards, each probability from its neighbour."""
    if chance <= 0.0 or times == 0:
        return 0, [1.0]
    if chance >= 1.0:
        return times, [1.0]
    mode = min(times, math.floor((times + 1) * chance))
    peak = math.exp(
        math.lgamma(times + 1) - math.lgamma(mode + 1) - math.lgamma(times - mode + 1)
        + mode * math.log(chance) + (times - mode) * math.log1p(-chance)
    )  # fmt: skip
    odds = chance / (1.0 - chance)
    below, value = [], peak
    for k in range(mode, 0, -1):
        value *= k / ((times - k + 1) * odds)
        if value < peak * NEGLIGIBLE:
            break
        below.append(value)
    above, value = [], peak
    for k in range(mode, times):
        value *= (times - k) * odds / (k + 1)
        if value < peak * NEGLIGIBLE:
            break
        above.append(value)
    values = [*reversed(below), peak, *above]
    whole = math.fsum(values)  # 1, but for the rounding of the factorials
    return mode - len(below), [value / whole for value in values]


def _convolved(one: Sequence[float], other: Sequence[float]) -> list[float]:
    found = [0.0] * (len(one) + len(other) - 1)
    for at, a in enumerate(one):
        for offset, b in enumerate(other, start=at):
            found[offset] += a * b
    return found


def _trimmed(values: list[float]) -> tuple[int, list[float]]:
    """How many were cut off at the start, and what is left."""
    least = max(values) * NEGLIGIBLE
    first = next(place for place, value in enumerate(values) if value >= least)
    last = next(place for place in range(len(values) - 1, -1, -1) if values[place] >= least)
    return first, values[first : last + 1]


def two_sided(draws: Iterable[tuple[float, int]], found: int) -> float:
    """The probability, when chance alone decides, of a count that is no likelier than the one found: the exact
    two-sided p-value by the method of least likelihood, as the exact binomial and Fisher's test use it."""
    least, values = count_distribution(draws)
    if not 0 <= found - least < len(values):
        return 0.0
    bound = values[found - least] * AS_LIKELY
    return min(1.0, math.fsum(value for value in values if value <= bound))
