"""How likely chance alone is to bring so much, or more: tails of a few distributions, in pure Python."""

import math
from typing import Final

NEGLIGIBLE: Final = 1e-17


def poisson_tail(count: int, mean: float) -> float:
    """P(X ≥ count) where `mean` are usual. Summed from the tail inwards, so that small ones are exact too."""
    if count <= 0:
        return 1.0
    if mean <= 0.0:
        return 0.0
    if count <= mean:  # the tail is the larger part
        return max(0.0, 1.0 - math.fsum(_poisson(k, mean) for k in range(count)))
    total, term, k = 0.0, _poisson(count, mean), count
    while term > total * NEGLIGIBLE:
        total += term
        k += 1
        term *= mean / k
    return min(total, 1.0)


def _poisson(k: int, mean: float) -> float:
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))


def binomial_tail(count: int, of: int, share: float) -> float:
    """P(X ≥ count) of so many, each with the same probability."""
    if count <= 0:
        return 1.0
    if count > of or share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    return min(1.0, math.fsum(_binomial(k, of, share) for k in range(count, of + 1)))


def _binomial(k: int, of: int, share: float) -> float:
    return math.exp(
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        + k * math.log(share) + (of - k) * math.log1p(-share)
    )  # fmt: skip


def normal_tail(z: float) -> float:
    """P(Z ≥ z) of the standard normal."""
    return math.erfc(z / math.sqrt(2.0)) / 2.0


MOST_RARE: Final = 10**9


def one_in(probability: float) -> int:
    """A probability as "once in so many", for people; no finer than a billion."""
    return MOST_RARE if probability * MOST_RARE <= 1.0 else round(1.0 / probability)
