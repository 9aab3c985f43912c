"""How sure one may be that one provider does better than another: pure Python, for it runs where pages are made.

The web workers keep numpy and scipy out of their memory, and a release cannot hold every pair (a thousand providers
make half a million): so pages compute the few pairs that they show, from the stored parameters.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

SURE: Final = 0.95
"""At least this probability either way, or there is "no clear difference"."""

# Gauss-Legendre nodes and weights on [-1, 1], ten points (Abramowitz & Stegun 25.4.30)
_NODES: Final = (
    (0.1488743389816312, 0.2955242247147529),
    (0.4333953941292472, 0.2692667193099963),
    (0.6794095682990244, 0.2190863625159820),
    (0.8650633666889845, 0.1494513491505806),
    (0.9739065285171717, 0.0666713443086881),
)
_NEGLIGIBLE: Final = -30.0
"""e^-30: what lies below it adds nothing to the fourth decimal."""


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the incomplete beta function's continued fraction (DLMF 8.17.22)."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 + numerator * d
            c = 1.0 + numerator / c
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            result *= d * c
        if abs(d * c - 1.0) < 1e-12:
            break
    return result


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _cumulative(a: float, b: float, log_beta: float, t: float) -> float:
    """P(X ≤ x) of Beta(a, b) at the logit t, so that x near 0 and near 1 are equally exact."""
    log_x, log_rest = -_softplus(-t), -_softplus(t)
    front = math.exp(a * log_x + b * log_rest - log_beta)
    x = math.exp(log_x)
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(a, b, x) / a
    return 1.0 - front * _continued_fraction(b, a, math.exp(log_rest)) / b


def _softplus(t: float) -> float:
    return t + math.log1p(math.exp(-t)) if t > 0 else math.log1p(math.exp(t))


def masses(a: float, b: float) -> Iterator[tuple[float, float]]:
    """(logit of the rate, weight) of Beta(a, b), so that the sum of weight times f is the mean of f.

    Over the logit a beta density is smooth with exponential tails, however near 0 or 1 the rate is: Gauss-Legendre
    on panels that double in width away from the mode, until nothing is left.
    """
    log_beta = _log_beta(a, b)
    mode = math.log(a / b)
    peak = a * mode - (a + b) * _softplus(mode)
    # a small parameter makes one tail long but leaves the other flank as steep as ever
    step = min(spread(a, b), 1.5)
    for side in (-1.0, 1.0):
        near, far = 0.0, 1.0
        while True:
            edge = mode + side * step * near
            if a * edge - (a + b) * _softplus(edge) - peak < _NEGLIGIBLE:
                break
            half, middle = step * (far - near) / 2, mode + side * step * (far + near) / 2
            for node, weight in _NODES:
                for t in (middle - half * node, middle + half * node):
                    yield t, half * weight * math.exp(a * t - (a + b) * _softplus(t) - log_beta)
            near, far = far, 2.0 * far


def spread(a: float, b: float) -> float:
    """About how far the logit of a Beta(a, b) rate lies from its mode."""
    return math.sqrt(1.0 / a + 1.0 / b)


@lru_cache(maxsize=4096)
def probability_greater(a1: float, b1: float, a2: float, b2: float) -> float:
    """Pr(A > B) for independent A ~ Beta(a1, b1) and B ~ Beta(a2, b2).

    By quadrature: the density of the narrower times the distribution function of the wider (a continued fraction).
    The finite sum that exists for whole parameters needs parameters that are whole, and a posterior's are not. Tests
    hold it against that sum in exact fractions (to 1e-9) and against a fine grid with scipy's incomplete beta
    function, parameters from 0.0001 to ten million (to 1e-6): well inside the promised 1e-4.
    """
    if spread(a1, b1) <= spread(a2, b2):
        return _mean_cumulative(a1, b1, a2, b2)
    return 1.0 - _mean_cumulative(a2, b2, a1, b1)


def _mean_cumulative(a: float, b: float, a2: float, b2: float) -> float:
    """The mean of F_B over A ~ Beta(a, b)."""
    log_beta = _log_beta(a2, b2)
    total = sum(mass * _cumulative(a2, b2, log_beta, t) for t, mass in masses(a, b))
    return min(max(total, 0.0), 1.0)


def told_apart(a1: float, b1: float, a2: float, b2: float) -> int:
    """1 when A is better, -1 when B is, 0 when the evidence shows no clear difference."""
    greater = probability_greater(a1, b1, a2, b2)
    if greater >= SURE:
        return 1
    return -1 if greater <= 1.0 - SURE else 0
