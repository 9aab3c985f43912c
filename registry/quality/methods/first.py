"""Method 1, as its releases were made; kept only so that they can be verified.

It differs from method 2 in how the prior is fitted (the same optimum, by way of digamma and a general root finder),
and it knows neither expected results nor a funnel.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betaincinv, betaln, digamma

from registry.quality.rules import Count

_Floats = npt.NDArray[np.floating[Any]]
_LEAST_KAPPA: Final = 1e-3
_MOST_KAPPA: Final = 1e7


def shares(counts: Mapping[str, Count]) -> dict[str, Any]:
    """One service and measure by method 1."""
    n = np.array([count.n for count in counts.values()], dtype=np.float64)
    k = np.array([count.k for count in counts.values()], dtype=np.float64)
    unknown = np.array([count.unknown for count in counts.values()], dtype=np.float64)
    fitted = _fit(k, n)
    mean, kappa = (round(fitted[0], 6), round(fitted[1], 3)) if fitted else (0.5, 2.0)
    a = mean * kappa + k
    b = (1.0 - mean) * kappa + n - k
    estimate = a / (a + b)
    tail = (1.0 - 0.90) / 2.0
    columns = {
        "estimate": estimate,
        "low": np.minimum(betaincinv(a, b, tail), estimate),
        "high": np.maximum(betaincinv(a, b, 1.0 - tail), estimate),
        "if_unknown_bad": a / (a + b + unknown),
        "if_unknown_good": (a + unknown) / (a + b + unknown),
    }
    rounded = {name: np.rint(values * 10_000).astype(int).tolist() for name, values in columns.items()}
    return {
        "kappa_thousandths": round(kappa * 1_000),
        "mean_millionths": round(mean * 1_000_000),
        "providers": {
            provider: {
                "k": count.k,
                "n": count.n,
                "unknown": count.unknown,
                **{name: values[row] for name, values in rounded.items()},
            }
            for row, (provider, count) in enumerate(counts.items())
        },
        "usual": round(mean * 10_000) if fitted else None,
    }


def _log_likelihood(mean: float, kappa: float, k: _Floats, n: _Floats) -> float:
    a, b = mean * kappa, (1.0 - mean) * kappa
    return float(np.sum(betaln(k + a, n - k + b) - betaln(a, b)))


def _mean_slope(mean: float, kappa: float, k: _Floats, n: _Floats) -> float:
    a, b = mean * kappa, (1.0 - mean) * kappa
    return float(np.sum(digamma(k + a) - digamma(a) - digamma(n - k + b) + digamma(b)))


def _kappa_slope(mean: float, kappa: float, k: _Floats, n: _Floats) -> float:
    a, b = mean * kappa, (1.0 - mean) * kappa
    return float(
        np.sum(
            mean * (digamma(k + a) - digamma(a))
            + (1.0 - mean) * (digamma(n - k + b) - digamma(b))
            - digamma(n + kappa)
            + digamma(kappa)
        )
    )


def _best_mean(kappa: float, k: _Floats, n: _Floats, low: float, high: float) -> float:
    if _mean_slope(low, kappa, k, n) <= 0.0:
        return low
    if _mean_slope(high, kappa, k, n) >= 0.0:
        return high
    return float(brentq(_mean_slope, low, high, args=(kappa, k, n), xtol=1e-13, rtol=1e-13))


def _fit(k: _Floats, n: _Floats) -> tuple[float, float] | None:
    """(mean, kappa) of the highest likelihood times ρ(1 - ρ), or None for fewer than two providers."""
    if len(n) < 2:
        return None
    total = float(n.sum())
    low, high = 1.0 / (total + 2.0), (total + 1.0) / (total + 2.0)
    if k.sum() in (0.0, total):
        return (high if k.sum() else low), total / len(n)

    def slope(log_kappa: float) -> float:
        kappa = float(np.exp(log_kappa))
        mean = _best_mean(kappa, k, n, low, high)
        return kappa * _kappa_slope(mean, kappa, k, n) + (1.0 - kappa) / (1.0 + kappa)

    grid = np.linspace(np.log(_LEAST_KAPPA), np.log(_MOST_KAPPA), 25)
    slopes = [slope(point) for point in grid]
    fits = []
    for i in range(len(grid) - 1):
        if slopes[i] > 0.0 >= slopes[i + 1]:
            kappa = float(np.exp(brentq(slope, grid[i], grid[i + 1], xtol=1e-12, rtol=1e-12)))
            mean = _best_mean(kappa, k, n, low, high)
            penalty = float(np.log(kappa) - 2.0 * np.log1p(kappa))
            fits.append((_log_likelihood(mean, kappa, k, n) + penalty, kappa, mean))
    _, kappa, mean = max(fits)
    return mean, kappa
