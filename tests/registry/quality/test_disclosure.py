"""What may be published of a cell after all that was published of it before."""

from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st

from registry.quality.disclosure import publishable
from registry.quality.rules import FEWEST, Count

fresh_counts = st.builds(
    lambda n, share, unknown: Count(n=n, k=n * share // 10, unknown=unknown),
    n=st.integers(0, 30),
    share=st.integers(0, 10),
    unknown=st.integers(0, 4),
)


def published(counts: list[Count]) -> list[Count | None]:
    """What one release after the other says of a cell; a preview or a withdrawn release is one among them."""
    said: list[Count | None] = []
    for fresh in counts:
        said.append(publishable(fresh, [before for before in said if before is not None]))
    return said


@given(st.lists(fresh_counts, max_size=12))
@example([Count(20), Count(25), Count(22)])
@example([Count(9), Count(3), Count(10)])
@example([Count(20, 10), Count(20, 11)])
@example([Count(20, 10), Count(25, 12), Count(20, 11)])
def test_no_two_releases_give_one_to_four_people_by_subtraction(counts: list[Count]) -> None:
    said = published(counts)
    shown = [count for count in said if count is not None]
    assert all(count.n >= FEWEST for count in shown)
    for one, other in combinations(shown, 2):
        assert one == other or abs(one.n - other.n) >= FEWEST


@given(st.lists(fresh_counts, max_size=12))
def test_what_is_published_was_true_once(counts: list[Count]) -> None:
    for place, said in enumerate(published(counts)):
        assert said is None or said in counts[: place + 1]


@given(st.lists(fresh_counts, max_size=6), fresh_counts)
def test_a_count_that_five_people_set_apart_is_published(counts: list[Count], fresh: Count) -> None:
    before = [count for count in published(counts) if count is not None]
    if fresh.n >= FEWEST and all(abs(fresh.n - count.n) >= FEWEST for count in before):
        assert publishable(fresh, before) == fresh


def test_a_first_count_needs_five_people() -> None:
    assert publishable(Count(4, 4), []) is None
    assert publishable(Count(5, 4), []) == Count(5, 4)


def test_what_was_expected_stays_with_the_count_that_it_was_of() -> None:
    before = Count(n=20, k=10, expected=900, variance=400)
    assert publishable(Count(n=20, k=10, expected=950, variance=410), [before]) == before
    assert publishable(Count(n=22, k=12, expected=950, variance=410), [before]) == before
    fresh = Count(n=25, k=12, expected=1150, variance=510)
    assert publishable(fresh, [before]) == fresh


def test_a_cell_follows_people_who_leave_too() -> None:
    assert published([Count(20), Count(18), Count(15), Count(2), Count(20)]) == [
        Count(20),
        Count(20),
        Count(15),
        None,
        Count(20),
    ]
