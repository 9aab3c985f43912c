"""The funnel against scipy, and that it finds whom it should and not more."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import betabinom, binom, norm

from registry.quality.funnel import Limits, Place, Spread, funnel, grid, limits, place, places, spread

TAILS = (0.001, 0.025, 0.975, 0.999)


@pytest.mark.parametrize("kappa", [None, 1.5, 20.0, 900.0])
@pytest.mark.parametrize(("n", "mean"), [(5, 0.6), (23, 0.03), (60, 0.5), (400, 0.97), (2_000, 0.6)])
def test_a_limit_is_where_the_mid_p_value_passes_the_tail(n: int, mean: float, kappa: float | None) -> None:
    law = binom(n, mean) if kappa is None else betabinom(n, mean * kappa, (1 - mean) * kappa)
    x = np.arange(n + 1)
    middle = law.cdf(x) - law.pmf(x) / 2
    found = limits(n, mean, kappa)
    for tail, limit in zip(TAILS, (found.low_998, found.low_95, found.high_95, found.high_998), strict=True):
        assert limit * n == pytest.approx(np.interp(tail, middle, x), abs=1e-6)
    assert 0 <= found.low_998 <= found.low_95 <= found.high_95 <= found.high_998 <= 1


def test_a_place_is_its_mid_p_value() -> None:
    law = binom(30, 0.6)
    for k in range(31):
        upper, lower = law.sf(k) + law.pmf(k) / 2, law.cdf(k) - law.pmf(k) / 2
        expected = (
            Place.FAR_BELOW if lower < 0.001
            else Place.FAR_ABOVE if upper < 0.001
            else Place.BELOW if lower < 0.025
            else Place.ABOVE if upper < 0.025
            else Place.INSIDE
        )  # fmt: skip
        assert place(k, limits(30, 0.6, None)) == expected, k


def test_places_are_those_of_the_drawn_limits() -> None:
    counts = {"a": (30, 30), "b": (18, 30), "c": (9, 30), "d": (3, 5)}
    assert places(counts, 0.6, None) == {p: place(k, limits(n, 0.6, None)) for p, (k, n) in counts.items()}


def test_a_few_people_have_no_limit_beyond_all_or_none() -> None:
    found = limits(5, 0.6, None)
    assert (found.low_998, found.high_95, found.high_998) == (0.0, 1.0, 1.0)
    assert place(0, found) == Place.BELOW
    assert place(5, found) == Place.INSIDE


def test_chance_alone_is_not_called_over_dispersion() -> None:
    """phi averages 1, winsorised or not (fixed seed, 300 services)."""
    rng = np.random.default_rng(2)
    for providers in (8, 40):
        phis = []
        for _ in range(300):
            n = rng.integers(8, 100, providers)
            k = rng.binomial(n, 0.6)
            phis.append(spread(zip(k.tolist(), n.tolist(), strict=True), float(k.sum() / n.sum())).phi)
        assert np.mean(phis) == pytest.approx(1.0 - 1.0 / providers, abs=0.05)


def test_over_dispersion_is_found_again() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(8, 100, 3_000)
    k = rng.binomial(n, rng.beta(12, 8, 3_000))
    found = spread(zip(k.tolist(), n.tolist(), strict=True), 0.6)
    assert found.phi > 2
    assert found.kappa == pytest.approx(20, rel=0.1)


def test_the_funnel_puts_some_five_in_a_hundred_ordinary_providers_outside() -> None:
    """Also over-dispersed ones, whom plain binomial limits would put outside by the third (fixed seed)."""
    rng = np.random.default_rng(4)
    outside = plain = 0
    for _ in range(60):
        n = rng.integers(8, 100, 50)
        k = rng.binomial(n, rng.beta(12, 8, 50))
        counts = {str(i): (int(k[i]), int(n[i])) for i in range(50)}
        mean = float(k.sum() / n.sum())
        outside += sum(p is not Place.INSIDE for p in funnel(counts, mean, fewest=5).places.values())
        plain += sum(p is not Place.INSIDE for p in places(counts, mean, None).values())
    assert 0.03 < outside / 3_000 < 0.07
    assert plain / 3_000 > 0.25


def test_the_exceptional_do_not_hide_themselves() -> None:
    """Two of twenty far off widen the limits little, for their scores are winsorised."""
    rng = np.random.default_rng(5)
    counts = {str(i): (int(rng.binomial(60, 0.6)), 60) for i in range(18)} | {
        "bad": (12, 60),
        "good": (59, 60),
    }
    found = funnel(counts, 0.6, fewest=5)
    assert found.places["bad"] == Place.FAR_BELOW
    assert found.places["good"] == Place.FAR_ABOVE
    assert sum(p is Place.INSIDE for p in found.places.values()) >= 16


def test_opposites_have_no_kappa_below_its_least() -> None:
    assert spread([(0, 50), (50, 50)], 0.5).kappa == 1.0
    assert spread([(3, 5)], 0.5) == Spread(phi=1.0, kappa=None)


def test_the_lines_run_from_the_fewest_to_the_largest_provider() -> None:
    found = grid(5, 300, 0.6, 20.0)
    assert (found[0].n, found[-1].n) == (5, 300)
    assert len(found) < 60
    width = [line.high_95 - line.low_95 for line in found]
    assert width == sorted(width, reverse=True)
    assert grid(5, 5, 0.6, None) == (limits(5, 0.6, None),)


def test_additive_limits_do_not_close_up_around_large_providers() -> None:
    def width(found: Limits) -> float:
        return found.high_95 - found.low_95

    between = 2 * norm.ppf(0.975) * (0.6 * 0.4 / 21) ** 0.5
    assert width(limits(5_000, 0.6, 20.0)) == pytest.approx(between, rel=0.03)
    assert width(limits(5_000, 0.6, None)) < 0.03


def test_a_page_can_draw_it_without_the_statistics_library() -> None:
    code = "import sys, registry.quality.funnel; sys.exit('numpy' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
