"""The exact two-sided test of how often a draw came out."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from registry.choice.chance import count_distribution, two_sided


def by_enumeration(chances: list[Fraction]) -> list[Fraction]:
    """Every way in which the draws can come out, in exact fractions."""
    found = [Fraction(0)] * (len(chances) + 1)
    for ways in product((0, 1), repeat=len(chances)):
        weight = Fraction(1)
        for out, chance in zip(ways, chances, strict=True):
            weight *= chance if out else 1 - chance
        found[sum(ways)] += weight
    return found


@given(
    st.lists(
        st.sampled_from([Fraction(0), Fraction(1, 6), Fraction(3, 10), Fraction(3, 4), Fraction(1)]),
        max_size=9,
    )
)
def test_the_distribution_is_that_of_all_the_ways(chances: list[Fraction]) -> None:
    exact = by_enumeration(chances)
    least, values = count_distribution([(float(chance), 1) for chance in chances])
    for count, probability in enumerate(exact):
        inside = 0 <= count - least < len(values)
        assert (values[count - least] if inside else 0.0) == pytest.approx(float(probability), abs=1e-15)


@given(
    st.lists(st.sampled_from([Fraction(1, 6), Fraction(3, 10), Fraction(3, 4)]), min_size=1, max_size=8),
    st.integers(0, 8),
)
def test_the_p_value_sums_what_is_no_likelier(chances: list[Fraction], found: int) -> None:
    exact = by_enumeration(chances)
    count = min(found, len(chances))
    expected = sum(value for value in exact if value <= exact[count])
    assert two_sided([(float(c), 1) for c in chances], count) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize(("times", "chance"), [(20, 0.3), (500, 3 / 11), (10_000, 0.3), (7, 1.0), (7, 0.0)])
def test_with_equal_chances_it_is_the_binomial_test(times: int, chance: float) -> None:
    mean = round(times * chance)
    for found in sorted({0, times, mean, max(0, mean - 20), min(times, mean + 20)}):
        assert two_sided([(chance, times)], found) == pytest.approx(
            binomtest(found, times, chance).pvalue, rel=1e-6, abs=1e-15
        )


def test_many_draws_of_two_chances_stay_exact() -> None:
    least, values = count_distribution([(0.25, 4_000), (0.6, 3_000)])
    assert sum(values) == pytest.approx(1.0, abs=1e-12)
    mean = sum((least + place) * value for place, value in enumerate(values))
    assert mean == pytest.approx(4_000 * 0.25 + 3_000 * 0.6)
    one, other = binom(4_000, 0.25), binom(3_000, 0.6)
    exact = sum(one.pmf(k) * other.pmf(2_800 - k) for k in range(2_801))
    assert values[2_800 - least] == pytest.approx(exact, rel=1e-9)
