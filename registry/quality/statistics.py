"""Beta-binomial empirical Bayes: what a provider's k of n says once small numbers are allowed for.

Needs numpy and scipy, so only the making and verifying of releases imports it, never a page (a web worker would
carry some 60 MB for nothing).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betaincinv, betaln, digamma

Floats = npt.NDArray[np.floating[Any]]

LEAST_KAPPA: Final = 1e-3
MOST_KAPPA: Final = 1e7
MASS: Final = 0.90
"""Probability inside the credible interval, equal tails."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What one expects of a provider of this service before knowing it: Beta(mean · kappa, (1 - mean) · kappa).

    `fitted` is False where fewer than two providers have a count: then there is no "usual" to compare with, and
    the uniform prior stands in.
    """

    mean: float
    kappa: float
    fitted: bool


UNIFORM: Final = Prior(mean=0.5, kappa=2.0, fitted=False)


def log_likelihood(mean: float, kappa: float, k: Floats, n: Floats) -> float:
    """Beta-binomial log likelihood, without the binomial coefficients (they do not depend on the parameters)."""
    a, b = mean * kappa, (1.0 - mean) * kappa
    return float(np.sum(betaln(k + a, n - k + b) - betaln(a, b)))


def _mean_slope(mean: float, kappa: float, k: Floats, n: Floats) -> float:
    a, b = mean * kappa, (1.0 - mean) * kappa
    return float(np.sum(digamma(k + a) - digamma(a) - digamma(n - k + b) + digamma(b)))


def _kappa_slope(mean: float, kappa: float, k: Floats, n: Floats) -> float:
    a, b = mean * kappa, (1.0 - mean) * kappa
    return float(
        np.sum(
            mean * (digamma(k + a) - digamma(a))
            + (1.0 - mean) * (digamma(n - k + b) - digamma(b))
            - digamma(n + kappa)
            + digamma(kappa)
        )
    )


def _best_mean(kappa: float, k: Floats, n: Floats, low: float, high: float) -> float:
    """For a given kappa the likelihood is concave in the mean, so its slope has one zero or none in reach."""
    if _mean_slope(low, kappa, k, n) <= 0.0:
        return low
    if _mean_slope(high, kappa, k, n) >= 0.0:
        return high
    return float(brentq(_mean_slope, low, high, args=(kappa, k, n), xtol=1e-13, rtol=1e-13))


def penalty(kappa: float) -> float:
    """log(ρ(1 - ρ)) for ρ = 1/(κ + 1), the share of the spread that lies between providers."""
    return float(np.log(kappa) - 2.0 * np.log1p(kappa))


def fit(good: npt.ArrayLike, people: npt.ArrayLike) -> Prior:
    """The prior of one service and measure, from its providers' k and n: the mean and kappa that maximise the
    likelihood times ρ(1 - ρ).

    Plain maximum likelihood takes providers that happen to look alike for alike: with 3 to 14 of them its "90 %"
    intervals held the truth in only some 75 of 100 simulated cases. The penalty vanishes where providers would all
    be the same and where they would have nothing in common, so kappa runs off to neither end; simulated coverage is
    then 87 to 92 of 100, and with many providers the data outweigh it.
    Where everyone or no one did well there is nothing to tell kappa by: the mean then stays a person away from the
    edge, and the prior weighs as much as an average provider. Fewer than two providers have the uniform prior.
    """
    n = np.asarray(people, dtype=np.float64)
    k = np.asarray(good, dtype=np.float64)[n > 0]
    n = n[n > 0]
    if len(n) < 2:
        return UNIFORM
    total = float(n.sum())
    low, high = 1.0 / (total + 2.0), (total + 1.0) / (total + 2.0)
    if k.sum() in (0.0, total):
        return Prior(mean=high if k.sum() else low, kappa=total / len(n), fitted=True)

    def slope(log_kappa: float) -> float:
        kappa = float(np.exp(log_kappa))
        mean = _best_mean(kappa, k, n, low, high)
        return kappa * _kappa_slope(mean, kappa, k, n) + (1.0 - kappa) / (1.0 + kappa)

    # the slope is positive at the one end and negative at the other; where it crosses more than once, the best wins
    grid = np.linspace(np.log(LEAST_KAPPA), np.log(MOST_KAPPA), 25)
    slopes = [slope(point) for point in grid]
    fits = []
    for i in range(len(grid) - 1):
        if slopes[i] > 0.0 >= slopes[i + 1]:
            kappa = float(np.exp(brentq(slope, grid[i], grid[i + 1], xtol=1e-12, rtol=1e-12)))
            mean = _best_mean(kappa, k, n, low, high)
            fits.append((log_likelihood(mean, kappa, k, n) + penalty(kappa), kappa, mean))
    _, kappa, mean = max(fits)
    return Prior(mean=mean, kappa=kappa, fitted=True)


def interval(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Equal-tailed 90 % credible intervals of Beta(a, b)."""
    tail = (1.0 - MASS) / 2.0
    return betaincinv(a, b, tail), betaincinv(a, b, 1.0 - tail)
