"""By what should one sort? A simulation: whoever picks the first of the list, how good is the provider that they get?

Sizes differ as they do in a real register, half the providers with few people and half with many, and how good a
provider is does not depend on its size. Fixed seed; 300 services of fourteen providers.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from registry.quality.statistics import fit, interval

Floats = npt.NDArray[np.float64]
TRIPLES = np.array(list(combinations(range(14), 3)))


@dataclass
class Picked:
    """Per service, the true rate of the first by each order: of three providers (over all triples) and of all."""

    of_three: dict[str, Floats]
    of_all: dict[str, Floats]

    def better(self, first: str, second: str, *, of_three: bool) -> float:
        """How many standard errors the first order's pick is better than the second's."""
        rates = self.of_three if of_three else self.of_all
        gain = rates[first] - rates[second]
        return float(gain.mean() / (gain.std(ddof=1) / np.sqrt(len(gain))))


@pytest.fixture(scope="module")
def picked() -> Picked:
    rng = np.random.default_rng(2026)
    three: dict[str, list[float]] = {}
    every: dict[str, list[float]] = {}
    for _ in range(300):
        n = np.where(rng.random(14) < 0.5, rng.integers(5, 13, 14), rng.integers(100, 400, 14))
        rates = rng.beta(12, 8, 14)
        k = rng.binomial(n, rates)
        prior = fit(k, n)
        a, b = prior.mean * prior.kappa + k, (1 - prior.mean) * prior.kappa + n - k
        drawn_lots = rng.permutation(14) * 1e-9
        for order, value in (("estimate", a / (a + b)), ("raw", k / n), ("lower end", interval(a, b)[0])):
            score = value + drawn_lots
            of_triples = TRIPLES[np.arange(len(TRIPLES)), score[TRIPLES].argmax(axis=1)]
            three.setdefault(order, []).append(float(rates[of_triples].mean()))
            every.setdefault(order, []).append(float(rates[score.argmax()]))
    return Picked(
        {order: np.array(values) for order, values in three.items()},
        {order: np.array(values) for order, values in every.items()},
    )


@pytest.mark.parametrize("other", ["raw", "lower end"])
def test_of_three_the_shrunken_estimate_picks_best(picked: Picked, other: str) -> None:
    assert picked.better("estimate", other, of_three=True) > 2


def test_of_three_the_lower_end_picks_worse_than_even_the_raw_rate(picked: Picked) -> None:
    """It passes over whoever has few people, however good: with three to choose from that costs more than it saves."""
    assert picked.better("raw", "lower end", of_three=True) > 2


def test_of_many_the_raw_rate_picks_luck(picked: Picked) -> None:
    """The longer the list, the likelier that somebody with few people stands first by chance. There the lower end does
    as well as the estimate."""
    assert picked.better("estimate", "raw", of_three=False) > 5
