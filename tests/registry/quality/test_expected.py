"""Expected results: the fit against a general optimiser, its edges, and the interval against every person's rate."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from registry.quality.expected import (
    RIDGE,
    fit_expected,
    observed_over_expected,
)
from registry.quality.rates import Pattern, rate

FACTS = ("months", "education", "language")
BANDS = (("0-3", "4-12", "13-"), ("basic", "upper", "higher"), ("fi", "sv", "other"))
EFFECTS = {"0-3": 0.6, "13-": -0.7, "basic": -0.4, "higher": 0.3, "other": -0.3}


def patterns_of(people: int, seed: int) -> dict[Pattern, tuple[int, int]]:
    """Pattern counts of people whose rates follow EFFECTS."""
    rng = np.random.default_rng(seed)
    every = list(product(*BANDS))
    sizes = rng.multinomial(people, rng.dirichlet(np.full(len(every), 2.0)))
    found: dict[Pattern, tuple[int, int]] = {}
    for pattern, n in zip(every, sizes.tolist(), strict=True):
        score = 0.4 + sum(EFFECTS.get(band, 0.0) for band in pattern)
        found[pattern] = (n, int(rng.binomial(n, 1 / (1 + math.exp(-score)))))
    return found


def test_the_fit_is_where_a_general_optimiser_ends() -> None:
    patterns = patterns_of(800, 1)
    found = fit_expected(FACTS, patterns)
    columns = [(place, band) for place, bands in enumerate(BANDS) for band in sorted(bands)]
    design = np.array([[1.0, *(float(p[place] == band) for place, band in columns)] for p in patterns])
    n, k = np.array(list(patterns.values()), dtype=float).T

    def minus(beta: np.ndarray) -> float:
        scores = design @ beta
        return float(n @ np.logaddexp(0, scores) - k @ scores + RIDGE / 2 * beta[1:] @ beta[1:])

    searched = minimize(minus, np.zeros(len(columns) + 1), method="BFGS", options={"gtol": 1e-8}).x
    assert found.intercept == pytest.approx(searched[0], abs=1e-4)
    for (place, band), value in zip(columns, searched[1:], strict=True):
        assert found.bands[FACTS[place]][band] == pytest.approx(value, abs=1e-4)


def test_expected_results_add_up_to_observed_ones() -> None:
    patterns = patterns_of(800, 2)
    found = fit_expected(FACTS, patterns)
    total = sum(n * rate(found, pattern) for pattern, (n, _) in patterns.items())
    assert total == pytest.approx(sum(k for _, k in patterns.values()), abs=0.05)


def test_many_people_show_what_each_band_does() -> None:
    found = fit_expected(FACTS, patterns_of(60_000, 3))
    months = found.bands["months"]
    assert months["0-3"] - months["4-12"] == pytest.approx(0.6, abs=0.1)
    assert months["13-"] - months["4-12"] == pytest.approx(-0.7, abs=0.1)


def test_the_order_of_the_rows_changes_nothing() -> None:
    patterns = patterns_of(500, 4)
    assert fit_expected(FACTS, patterns) == fit_expected(FACTS, dict(reversed(patterns.items())))


@pytest.mark.parametrize(
    "patterns",
    [
        {("a",): (30, 30), ("b",): (40, 0)},
        {("a",): (30, 30), ("b",): (40, 40)},
        {("a",): (30, 0)},
        {("a",): (1_000_000, 1_000_000), ("b",): (5, 0)},
    ],
    ids=["separated", "all well", "none well", "nearly all well"],
)
def test_all_or_none_keeps_every_coefficient_finite(patterns: dict[Pattern, tuple[int, int]]) -> None:
    found = fit_expected(["fact"], patterns)
    assert abs(found.intercept) < 15
    assert all(abs(value) < 6 for value in found.bands["fact"].values())
    total = sum(n * rate(found, pattern) for pattern, (n, _) in patterns.items())
    assert total == pytest.approx(sum(k for _, k in patterns.values()), abs=1)


def test_nobody_expects_half() -> None:
    found = fit_expected(FACTS, {})
    assert rate(found, ("0-3", "basic", None)) == 0.5


def test_what_is_not_known_adds_nothing() -> None:
    found = fit_expected(FACTS, patterns_of(800, 5))
    assert rate(found, (None, None, None)) == pytest.approx(1 / (1 + math.exp(-found.intercept)))
    assert rate(found, ("0-3", None, "never heard of")) == rate(found, ("0-3", None, None))


@pytest.mark.parametrize(
    ("sizes", "named"),
    [
        ({"a": 50, "b": 20, "c": 5}, {"a", "b", "c"}),
        ({"a": 50, "b": 20, "c": 4}, {"a"}),
        ({"a": 50, "b": 20, "c": 4, "d": 1}, {"a", "b"}),
        ({"a": 50, "b": 20, "c": 4, None: 1}, {"a", "b"}),
        ({"a": 50, "b": 20, None: 2}, {"a"}),
        ({"a": 4}, set()),
    ],
    ids=[
        "five is enough",
        "the next joins",
        "two small ones",
        "with the unknown",
        "unknown alone",
        "nobody else",
    ],
)
def test_no_band_of_fewer_than_five_can_be_worked_out(sizes: dict[str | None, int], named: set[str]) -> None:
    """Neither has one a coefficient, nor are fewer than five left when all that have one are subtracted."""
    found = fit_expected(["fact"], {(band,): (n, n // 2) for band, n in sizes.items()})
    assert set(found.bands["fact"]) == named
    assert sum(n for band, n in sizes.items() if band not in named) not in {1, 2, 3} or not named


def shifted_interval(rates: np.ndarray, k: int) -> tuple[float, float]:
    """The mid-P interval of the mean rate from the full Poisson-binomial, every person's odds moved alike."""

    def law(shift: float) -> np.ndarray:
        found = np.array([1.0])
        for p in moved(shift):
            found = np.convolve(found, [1 - p, p])
        return found

    def moved(shift: float) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-(np.log(rates / (1 - rates)) + shift))))

    low = brentq(lambda d: law(d)[k + 1 :].sum() + law(d)[k] / 2 - 0.05, -15, 15)
    high = brentq(lambda d: law(d)[:k].sum() + law(d)[k] / 2 - 0.05, -15, 15)
    return float(moved(low).mean()), float(moved(high).mean())


def test_the_interval_is_near_the_one_from_every_persons_rate() -> None:
    rng = np.random.default_rng(6)
    for spread in (0.3, 1.5):
        for _ in range(25):
            rates = 1 / (1 + np.exp(-rng.normal(0.2, spread, 40)))
            k = int((rng.random(40) < rates).sum())
            found = observed_over_expected([k], [40], [rates.sum()], [(rates * (1 - rates)).sum()])
            low, high = shifted_interval(rates, k)
            assert found.low[0] * rates.mean() == pytest.approx(low, abs=0.015)
            assert found.high[0] * rates.mean() == pytest.approx(high, abs=0.015)


@pytest.mark.parametrize("people", [5, 12, 60])
def test_nine_in_ten_intervals_hold_the_true_ratio(people: int) -> None:
    rng = np.random.default_rng(7)
    scores = rng.normal(0.2, 1.0, (2_000, people))
    usual = 1 / (1 + np.exp(-scores))
    true = 1 / (1 + np.exp(-(scores + rng.normal(0, 0.4, (2_000, 1)))))
    k = (rng.random((2_000, people)) < true).sum(axis=1)
    e, v = np.round(usual.sum(axis=1), 2), np.round((usual * (1 - usual)).sum(axis=1), 2)
    found = observed_over_expected(k, np.full(2_000, people), e, v)
    ratio = true.sum(axis=1) / usual.sum(axis=1)
    assert 0.87 < np.mean((found.low <= ratio) & (ratio <= found.high)) < 0.93


def test_none_and_all_reach_the_end() -> None:
    found = observed_over_expected([0, 20], [20, 20], [12.0, 12.0], [4.0, 4.0])
    assert (found.low[0], found.ratio[0]) == (0.0, 0.0)
    assert 0.05 < found.high[0] < 0.3
    assert found.high[1] == pytest.approx(20 / 12)
    assert found.ratio[1] == pytest.approx(20 / 12)
    assert found.low[1] < found.high[1]


def test_rounded_sums_at_their_edge_still_have_an_interval() -> None:
    found = observed_over_expected([5, 0], [5, 5], [5.0, 0.01], [0.01, 0.01])
    assert np.isfinite([found.low, found.high, found.ratio]).all()
    assert (found.low <= found.ratio).all()
    assert (found.ratio <= found.high + 1e-9).all()
