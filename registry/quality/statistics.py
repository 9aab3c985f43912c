"""Beta-binomial empirical Bayes: what a provider's k of n says once small numbers are allowed for.

Needs numpy and scipy, so only the making and verifying of releases imports it, never a page (a web worker would
carry some 60 MB for nothing).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, betaln, expit

from registry.quality import beta

Floats = npt.NDArray[np.floating[Any]]
Whole = npt.NDArray[np.int64]

LEAST_KAPPA: Final = 2.0**-10
MOST_KAPPA: Final = 2.0**20
"""Where kappa stops: a prior that weighs as much as a million people leaves providers no difference of their own."""
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


def _more_than(counts: Whole) -> Floats:
    """How many of the counts are above 0, above 1, above 2, …"""
    return np.bincount(counts)[::-1].cumsum()[::-1][1:].astype(np.float64)


class _Likelihood:
    """The beta-binomial log likelihood of counts, without the binomial coefficients (no parameter is in them).

    For whole counts log B(k + a, n - k + b) - log B(a, b) is a sum of logarithms, and its slopes are sums of
    fractions: the same bits on every machine, which digamma from a library is not, and as long as the largest n
    instead of as the list of providers.
    """

    def __init__(self, k: Whole, n: Whole) -> None:
        self.good, self.bad, self.all = _more_than(k), _more_than(n - k), _more_than(n)
        self.step = np.arange(len(self.all), dtype=np.float64)

    def value(self, mean: float, kappa: float) -> float:
        a, b, step = mean * kappa, (1.0 - mean) * kappa, self.step
        good = (self.good * np.log(a + step[: len(self.good)])).sum()
        bad = (self.bad * np.log(b + step[: len(self.bad)])).sum()
        return float(good + bad - (self.all * np.log(kappa + step)).sum())

    def mean_slope(self, mean: float, kappa: float) -> tuple[float, float]:
        """Slope and curvature in the mean; the curvature is negative everywhere."""
        good = 1.0 / (mean + self.step[: len(self.good)] / kappa)
        bad = 1.0 / (1.0 - mean + self.step[: len(self.bad)] / kappa)
        slope = (self.good * good).sum() - (self.bad * bad).sum()
        return float(slope), float(-(self.good * good * good).sum() - (self.bad * bad * bad).sum())

    def kappa_slope(self, mean: float, kappa: float) -> float:
        """Slope in log kappa."""
        good = (self.good / (mean + self.step[: len(self.good)] / kappa)).sum()
        bad = (self.bad / (1.0 - mean + self.step[: len(self.bad)] / kappa)).sum()
        every = (self.all / (1.0 + self.step / kappa)).sum()
        return float(mean * good + (1.0 - mean) * bad - every)

    def best_mean(self, kappa: float, low: float, high: float, start: float) -> float:
        """For a given kappa the likelihood is concave in the mean, so its slope has one zero or none in reach:
        Newton's method, halved where a step would leave what is still in question."""
        mean = start
        for _ in range(200):
            slope, curvature = self.mean_slope(mean, kappa)
            if slope > 0.0:
                low = mean
            else:
                high = mean
            to = mean - slope / curvature
            if not low < to < high:
                to = (low + high) / 2.0
            near, mean = abs(to - mean) <= 1e-9, to
            if near:  # the step that follows would be some 1e-18
                break
        return mean


def log_likelihood(mean: float, kappa: float, good: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """Beta-binomial log likelihood, without the binomial coefficients."""
    return _Likelihood(np.asarray(good, dtype=np.int64), np.asarray(people, dtype=np.int64)).value(
        mean, kappa
    )


def penalty(kappa: float) -> float:
    """log(ρ(1 - ρ)) for ρ = 1/(κ + 1), the share of the spread that lies between providers."""
    return float(np.log(kappa) - 2.0 * np.log1p(kappa))


def fit(good: npt.ArrayLike, people: npt.ArrayLike) -> Prior:
    """The prior of one service and measure, from its providers' k and n: the mean and kappa that maximise the
    likelihood times ρ(1 - ρ).

    Plain maximum likelihood takes providers that happen to look alike for alike: with 3 to 14 of them its "90 %"
    intervals held the truth in only some 75 of 100 simulated cases. The penalty vanishes where providers would all
    be the same and where they would have nothing in common, so kappa rarely runs off to either end; simulated
    coverage is then 87 to 92 of 100, and with many providers the data outweigh it. Where thousands of providers are
    all or nothing, or millions of people all fare alike, kappa stops at LEAST_KAPPA or MOST_KAPPA.
    Where everyone or no one did well there is nothing to tell kappa by: the mean then stays a person away from the
    edge, and the prior weighs as much as an average provider. With one person each, kappa is 1: nothing but the
    penalty speaks. Fewer than two providers have the uniform prior.
    """
    n = np.asarray(people, dtype=np.int64)
    k = np.asarray(good, dtype=np.int64)[n > 0]
    n = n[n > 0]
    if len(n) < 2:
        return UNIFORM
    total, happy = int(n.sum()), int(k.sum())
    low, high = 1.0 / (total + 2.0), (total + 1.0) / (total + 2.0)
    if happy in (0, total):
        return Prior(mean=high if happy else low, kappa=total / len(n), fitted=True)
    likelihood = _Likelihood(k, n)
    peaks = _peaks(likelihood, low, high, happy / total)
    _, kappa, mean = max(
        (likelihood.value(mean, kappa) + penalty(kappa), kappa, mean) for kappa, mean in peaks
    )
    return Prior(mean=mean, kappa=kappa, fitted=True)


def _peaks(likelihood: _Likelihood, low: float, high: float, start: float) -> list[tuple[float, float]]:
    """(kappa, mean) wherever the slope in log kappa crosses from rising to falling, and at an end that it points
    to: kappa is doubled from end to end, and each crossing narrowed down."""

    def slope(kappa: float, near: float) -> tuple[float, float]:
        mean = likelihood.best_mean(kappa, low, high, near)
        return likelihood.kappa_slope(mean, kappa) + (1.0 - kappa) / (1.0 + kappa), mean

    places: list[tuple[float, float, float]] = []
    kappa = LEAST_KAPPA
    while kappa <= MOST_KAPPA:
        steep, start = slope(kappa, start)
        places.append((kappa, steep, start))
        kappa *= 2.0
    peaks = []
    if places[0][1] <= 0.0:
        peaks.append((places[0][0], places[0][2]))
    if places[-1][1] > 0.0:
        peaks.append((places[-1][0], places[-1][2]))
    for (below, rising, mean), (above, falling, _) in pairwise(places):
        if rising > 0.0 >= falling:
            # regula falsi, the weight of an end that stays is halved (Illinois)
            side = 0
            for _ in range(200):
                kappa = (below * falling - above * rising) / (falling - rising)
                steep, mean = slope(kappa, mean)
                if steep > 0.0:
                    below, rising, falling = kappa, steep, falling / 2.0 if side > 0 else falling
                    side = 1
                else:
                    above, falling, rising = kappa, steep, rising / 2.0 if side < 0 else rising
                    side = -1
                if steep == 0.0 or above - below <= 1e-11 * above:
                    break
            peaks.append((kappa, mean))
    return peaks


def interval(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Equal-tailed 90 % credible intervals of Beta(a, b)."""
    tail = (1.0 - MASS) / 2.0
    return betaincinv(a, b, tail), betaincinv(a, b, 1.0 - tail)


def greater_matrix(a: Floats, b: Floats) -> Floats:
    """Pr(rate i > rate j) for every pair of independent rates, by the quadrature of `beta.probability_greater` with
    scipy's incomplete beta function, for the many pairs that no page shows."""
    greater = np.full((len(a), len(a)), 0.5)
    order = sorted(range(len(a)), key=lambda i: beta.spread(float(a[i]), float(b[i])))
    for place, i in enumerate(order):
        wider = np.array(order[place + 1 :], dtype=np.int64)
        if len(wider):
            t, mass = np.array(list(beta.masses(float(a[i]), float(b[i])))).T
            below = np.where(
                t < 0.0,
                _lower(a[wider, None], b[wider, None], t),
                1.0 - _lower(b[wider, None], a[wider, None], -t),
            )
            greater[i, wider] = below @ mass
            greater[wider, i] = 1.0 - greater[i, wider]
    bounded: Floats = np.clip(greater, 0.0, 1.0)
    return bounded


def _lower(a: Floats, b: Floats, t: Floats) -> Floats:
    """P(X ≤ x) of Beta(a, b) at the logit t; a rate too small for a float still has a tail that is none."""
    far = np.exp(np.minimum(a * t - np.log(a) - betaln(a, b), 0.0))
    below: Floats = np.where(t < -600.0, far, betainc(a, b, expit(t)))
    return below
