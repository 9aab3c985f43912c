"""Method 2: beta-binomial empirical Bayes, a funnel with over-dispersion, and results beside expected ones."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from registry.quality import funnel, statistics
from registry.quality.expected import SUM_SCALE, observed_over_expected
from registry.quality.rules import SHARE_SCALE, Count

MEAN_SCALE: Final = 1_000_000
KAPPA_SCALE: Final = 1_000
KAPPA_DIGITS: Final = 4
"""Significant digits. Whatever another machine's last bits may do to an optimum, it stays far below them; and nobody
knows kappa better."""


def rounded_mean(mean: float) -> float:
    """A mean as published: millionths, and never 0 or 1, which would say that the next person cannot surprise."""
    return min(max(round(mean * MEAN_SCALE), 1), MEAN_SCALE - 1) / MEAN_SCALE


def rounded_kappa(kappa: float) -> float:
    """A kappa as published: thousandths, of four significant digits."""
    return max(round(float(f"{kappa:.{KAPPA_DIGITS}g}") * KAPPA_SCALE), 1) / KAPPA_SCALE


def shares(counts: Mapping[str, Count]) -> dict[str, Any]:
    """One service and measure: the fitted parameters, rounded before anything is computed from them, and each
    provider's figure."""
    prior = statistics.fit([count.k for count in counts.values()], [count.n for count in counts.values()])
    mean, kappa = rounded_mean(prior.mean), rounded_kappa(prior.kappa)
    figures: dict[str, dict[str, Any]] = {
        provider: {"k": count.k, "n": count.n, "unknown": count.unknown} for provider, count in counts.items()
    }
    _estimates(figures, counts, mean, kappa)
    _expected(figures, {provider: count for provider, count in counts.items() if count.expected is not None})
    return {
        "funnel": _funnel(figures, counts, mean) if prior.fitted else None,
        "kappa_thousandths": round(kappa * KAPPA_SCALE),
        "mean_millionths": round(mean * MEAN_SCALE),
        "providers": figures,
        "usual": round(mean * SHARE_SCALE) if prior.fitted else None,
    }


def _column(counts: Mapping[str, Count], name: str) -> statistics.Floats:
    return np.array([getattr(count, name) for count in counts.values()], dtype=np.float64)


def _add(
    figures: dict[str, dict[str, Any]], counts: Mapping[str, Count], **columns: statistics.Floats
) -> None:
    """Put columns of shares into the figures of these providers, as ten-thousandths."""
    for name, values in columns.items():
        rounded = np.rint(values * SHARE_SCALE).astype(np.int64).tolist()
        for provider, value in zip(counts, rounded, strict=True):
            figures[provider][name] = value


def _estimates(
    figures: dict[str, dict[str, Any]], counts: Mapping[str, Count], mean: float, kappa: float
) -> None:
    n, k, unknown = (_column(counts, name) for name in ("n", "k", "unknown"))
    a = mean * kappa + k
    b = (1.0 - mean) * kappa + n - k
    estimate = a / (a + b)
    low, high = statistics.interval(a, b)
    _add(
        figures,
        counts,
        estimate=estimate,
        # the mean of a very skewed posterior may lie outside its equal tails
        low=np.minimum(low, estimate),
        high=np.maximum(high, estimate),
        if_unknown_bad=a / (a + b + unknown),
        if_unknown_good=(a + unknown) / (a + b + unknown),
    )


def _expected(figures: dict[str, dict[str, Any]], counts: Mapping[str, Count]) -> None:
    """Observed over expected, for whom the clients' circumstances are known."""
    if not counts:
        return
    n, k, expected, variance = (_column(counts, name) for name in ("n", "k", "expected", "variance"))
    found = observed_over_expected(k, n, expected / SUM_SCALE, variance / SUM_SCALE)
    _add(
        figures,
        counts,
        expected=found.expected,
        ratio=found.ratio,
        ratio_low=found.low,
        ratio_high=found.high,
    )


def _funnel(
    figures: dict[str, dict[str, Any]], counts: Mapping[str, Count], mean: float
) -> dict[str, int | None]:
    """Where each provider lies; the lines are drawn from what is returned, by `funnel.grid`."""
    pairs = {provider: (count.k, count.n) for provider, count in counts.items()}
    spread = funnel.spread(pairs.values(), mean)
    kappa = rounded_kappa(spread.kappa) if spread.kappa is not None else None
    for provider, place in funnel.places(pairs, mean, kappa).items():
        figures[provider]["funnel"] = str(place)
    return {
        "kappa_thousandths": round(kappa * KAPPA_SCALE) if kappa is not None else None,
        "phi_thousandths": round(spread.phi * 1_000),
    }
