"""The statistics against scipy, closed forms and the edges where plain methods claim too much."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import betainc, betaln, expit
from scipy.stats import beta, betabinom

from registry.quality.beta import probability_greater, told_apart
from registry.quality.statistics import (
    LEAST_KAPPA,
    MOST_KAPPA,
    UNIFORM,
    fit,
    greater_matrix,
    interval,
    log_likelihood,
)


def greater_exactly(a1: int, b1: int, a2: int, b2: int) -> float:
    """Pr(A > B) for whole parameters: a finite sum (E. Miller), in exact fractions."""

    def b(x: int, y: int) -> Fraction:
        return Fraction(math.factorial(x - 1) * math.factorial(y - 1), math.factorial(x + y - 1))

    terms = (b(a2 + i, b1 + b2) / ((b1 + i) * b(1 + i, b1) * b(a2, b2)) for i in range(a1))
    return float(sum(terms, Fraction(0)))


@pytest.mark.parametrize(
    ("first", "second"),
    list(product([(1, 1), (2, 5), (14, 6), (70, 30), (3, 40)], [(1, 1), (9, 3), (13, 7), (60, 40)])),
)
def test_probability_of_being_better_equals_the_finite_sum(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    assert probability_greater(*first, *second) == pytest.approx(greater_exactly(*first, *second), abs=1e-9)


def below(a: float, b: float, t: np.ndarray) -> np.ndarray:
    """scipy's incomplete beta function at the logit t; its first term where the rate is too small for a float."""
    first_term = np.exp(np.minimum(a * t - math.log(a) - betaln(a, b), 0))
    return np.asarray(np.where(t < -600, first_term, betainc(a, b, expit(t))))


def greater_on_a_grid(a1: float, b1: float, a2: float, b2: float) -> float:
    """Pr(A > B) on an even grid over the logit of A, which must not be much wider than B."""
    wide = math.sqrt(1 / a1 + 1 / b1)
    middle = math.log(a1 / b1)
    points = 1_000_001 if min(a1, b1) < 1 else 20_001
    t = np.linspace(middle - max(45 / a1, 12 * wide), middle + max(45 / b1, 12 * wide), points)
    log_density = a1 * t - (a1 + b1) * np.logaddexp(0, t) - betaln(a1, b1)
    density = np.where(log_density > -60, np.exp(log_density), 0.0)
    rate_below = np.where(t < 0, below(a2, b2, t), 1 - below(b2, a2, -t))
    return float((density * rate_below).sum() / density.sum())


@pytest.mark.parametrize(
    ("first", "second"),
    list(product([(0.05, 0.3), (0.5, 200), (7, 1), (31.4, 18.6)], [(3000, 3000), (0.3, 2.5), (200, 0.5)])),
)
def test_probability_of_being_better_equals_integration(
    first: tuple[float, float], second: tuple[float, float]
) -> None:
    assert probability_greater(*first, *second) == pytest.approx(greater_on_a_grid(*first, *second), abs=1e-6)


@pytest.mark.parametrize("least", [1e-4, 1e-2, 1.0, 1e3, 1e5])
def test_the_probability_is_accurate_for_the_smallest_and_the_largest_parameters(least: float) -> None:
    """Also where a prior with kappa at its least meets none of n, or n is in the millions (fixed seed)."""
    rng = np.random.default_rng(8)
    for _ in range(6):
        a1, b1, a2, b2 = (float(x) for x in least * np.exp(rng.uniform(0, np.log(100), 4)))
        if 1 / a1 + 1 / b1 > 1 / a2 + 1 / b2:
            a1, b1, a2, b2 = a2, b2, a1, b1
        assert probability_greater(a1, b1, a2, b2) == pytest.approx(
            greater_on_a_grid(a1, b1, a2, b2), abs=1e-6
        )


def test_the_table_of_all_pairs_says_the_same_as_a_page() -> None:
    a = np.array([0.0004, 0.3, 2.5, 14.0, 14.0, 300.5, 9_000.0])
    b = np.array([0.3, 0.0004, 7.5, 6.0, 6.0, 200.0, 9_500.0])
    table = greater_matrix(a, b)
    for i, j in product(range(7), repeat=2):
        expected = probability_greater(a[i], b[i], a[j], b[j]) if i != j else 0.5
        assert table[i, j] == pytest.approx(expected, abs=1e-8), (i, j)


@given(*(st.floats(0.2, 500) for _ in range(4)))
def test_one_of_two_is_better(a1: float, b1: float, a2: float, b2: float) -> None:
    there, back = probability_greater(a1, b1, a2, b2), probability_greater(a2, b2, a1, b1)
    assert there + back == pytest.approx(1, abs=1e-6)


def test_alike_are_never_told_apart_and_far_apart_are() -> None:
    assert probability_greater(14.0, 6.0, 14.0, 6.0) == pytest.approx(0.5)
    assert told_apart(14.0, 6.0, 13.0, 7.0) == 0
    assert told_apart(90.0, 10.0, 50.0, 50.0) == 1
    assert told_apart(50.0, 50.0, 90.0, 10.0) == -1


def test_the_likelihood_is_scipys() -> None:
    k, n = np.array([3.0, 7.0, 9.0]), np.array([5.0, 9.0, 20.0])
    ours = log_likelihood(0.6, 12.0, k, n) - log_likelihood(0.4, 30.0, k, n)
    theirs = betabinom.logpmf(k, n, 7.2, 4.8).sum() - betabinom.logpmf(k, n, 12.0, 18.0).sum()
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize(("providers", "seed"), [(2, 7), (8, 1), (14, 2), (100, 3), (1000, 4)])
def test_the_fit_is_where_a_general_optimiser_ends(providers: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(5, 60, providers).astype(float)
    k = rng.binomial(n.astype(int), rng.beta(12, 8, providers)).astype(float)

    def minus(x: list[float]) -> float:
        rho = float(expit(-x[1]))
        return -log_likelihood(float(expit(x[0])), float(np.exp(x[1])), k, n) - math.log(rho * (1 - rho))

    found = fit(k, n)
    searched = minimize(
        minus, [0.0, 2.5], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000}
    )
    assert found.mean == pytest.approx(expit(searched.x[0]), abs=1e-6)
    assert found.kappa == pytest.approx(np.exp(searched.x[1]), rel=1e-5)


def test_with_many_providers_the_fit_finds_what_the_rates_were_drawn_from() -> None:
    rng = np.random.default_rng(11)
    n = rng.integers(20, 80, 3000)
    found = fit(rng.binomial(n, rng.beta(12, 8, 3000)), n)
    assert found.mean == pytest.approx(0.6, abs=0.005)
    assert found.kappa == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize(("providers", "kappa"), [(3, 20), (8, 20), (14, 60)])
def test_nine_in_ten_intervals_hold_the_truth_also_with_few_providers(providers: int, kappa: int) -> None:
    """Plain maximum likelihood holds it in some 75 of 100 of these cases (fixed seed, 120 services each)."""
    rng = np.random.default_rng(5)
    held: list[bool] = []
    for _ in range(120):
        n = rng.integers(8, 60, providers)
        rates = rng.beta(0.6 * kappa, 0.4 * kappa, providers)
        k = rng.binomial(n, rates)
        prior = fit(k, n)
        low, high = interval(prior.mean * prior.kappa + k, (1 - prior.mean) * prior.kappa + n - k)
        held += list((low <= rates) & (rates <= high))
    assert 0.85 <= np.mean(held) <= 0.95


def test_equal_rates_do_not_make_providers_the_same() -> None:
    found = fit([7, 14, 21], [10, 20, 30])
    assert found.mean == pytest.approx(0.7, abs=0.02)
    assert found.kappa < 60
    assert fit([700, 1400, 2100], [1000, 2000, 3000]).kappa > found.kappa


def test_two_providers_leave_room_for_doubt() -> None:
    found = fit([6, 3], [10, 8])
    assert found.fitted
    low, high = interval(
        np.array([found.mean * found.kappa + 6]), np.array([(1 - found.mean) * found.kappa + 4])
    )
    assert low[0] < 0.4
    assert high[0] > 0.7


def test_opposite_providers_share_almost_nothing() -> None:
    assert fit([0, 10], [10, 10]).kappa < 1


@pytest.mark.parametrize(
    ("k", "n"), [([], []), ([3], [5]), ([0, 4], [0, 6])], ids=["nobody", "one provider", "one with people"]
)
def test_fewer_than_two_providers_have_no_usual_level(k: list[int], n: list[int]) -> None:
    assert fit(k, n) == UNIFORM


@pytest.mark.parametrize(("k", "n"), [([0, 0], [5, 5]), ([5, 6], [5, 6]), ([1, 1, 1], [1, 1, 1])])
def test_all_or_nobody_good_stays_off_the_edge(k: list[int], n: list[int]) -> None:
    found = fit(k, n)
    total = sum(n)
    assert 1 / (total + 2) <= found.mean <= (total + 1) / (total + 2)
    low, high = interval(
        np.array([found.mean * found.kappa + k[0]]), np.array([(1 - found.mean) * found.kappa + n[0] - k[0]])
    )
    assert high[0] - low[0] > 0.05


@given(
    st.lists(
        st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=2,
        max_size=12,
    )
)
def test_any_counts_have_a_usable_fit(counts: list[tuple[int, int]]) -> None:
    k, n = [c[0] for c in counts], [c[1] for c in counts]
    found = fit(k, n)
    assert 0 < found.mean < 1
    assert LEAST_KAPPA <= found.kappa <= MOST_KAPPA
    assert fit(k[::-1], n[::-1]) == found, "the order of the providers is not in the last bit either"


@pytest.mark.parametrize(
    ("k", "n", "kappa"),
    [
        ([14_000] * 1000, [20_000] * 1000, MOST_KAPPA),
        ([5] * 1000 + [0] * 2000, [5] * 3000, LEAST_KAPPA),
    ],
    ids=["so many people, all alike", "so many providers, all or nothing"],
)
def test_kappa_stops_at_its_ends(k: list[int], n: list[int], kappa: float) -> None:
    found = fit(k, n)
    assert found.kappa == kappa
    assert found.mean == pytest.approx(sum(k) / sum(n), abs=0.001)


def test_with_one_person_each_only_the_penalty_speaks() -> None:
    found = fit([1, 0, 1, 1], [1, 1, 1, 1])
    assert found.kappa == pytest.approx(1)
    assert found.mean == pytest.approx(0.75)


def test_the_interval_is_scipys() -> None:
    low, high = interval(np.array([14.2, 1.5]), np.array([6.1, 22.0]))
    assert low == pytest.approx(beta.ppf(0.05, [14.2, 1.5], [6.1, 22.0]))
    assert high == pytest.approx(beta.ppf(0.95, [14.2, 1.5], [6.1, 22.0]))
