"""What counts, and why a blank is blank."""

from datetime import UTC, date, datetime, timedelta

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from registry.quality.computation import canonical
from registry.quality.rules import (
    HALF_YEAR_DAYS,
    HEADLINE,
    MEASURES,
    Blank,
    Moment,
    blank_reason,
    may_review,
    of_ten,
)
from registry.shared.errors import Accepted, Refusal

AS_OF = date(2026, 11, 22)
LONG_AGO, LATELY = AS_OF - timedelta(days=900), AS_OF - timedelta(days=100)


@pytest.mark.parametrize(
    ("n", "collected", "admitted_on", "under_review", "reason"),
    [
        (5, True, LONG_AGO, False, None),
        (4, True, LONG_AGO, False, Blank.TOO_FEW),
        (0, True, LONG_AGO, False, Blank.TOO_FEW),
        (4, True, LATELY, False, Blank.TOO_NEW),
        (0, False, LATELY, False, Blank.NOT_COLLECTED),
        (50, True, LONG_AGO, True, Blank.UNDER_REVIEW),
        (7, True, LATELY, False, None),
    ],
)
def test_each_blank_has_its_reason(
    n: int, collected: bool, admitted_on: date, under_review: bool, reason: Blank | None
) -> None:
    found = blank_reason(
        MEASURES[HEADLINE],
        n=n,
        collected=collected,
        admitted_on=admitted_on,
        as_of=AS_OF,
        under_review=under_review,
    )
    assert found == reason


def test_a_row_of_ten_rounds_halves_up() -> None:
    assert [of_ten(share) for share in (0.0, 0.049, 0.05, 0.649, 0.65, 1.0)] == [0, 0, 1, 6, 7, 10]


def test_a_review_needs_a_redemption_and_the_second_one_half_a_year() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    nothing = may_review(moment=Moment.AFTER, last_redeemed_at=None, now=now)
    assert isinstance(nothing, Refusal)
    assert nothing.code == "review.nothing_redeemed"
    recent = now - timedelta(days=HALF_YEAR_DAYS - 1)
    assert isinstance(may_review(moment=Moment.AFTER, last_redeemed_at=recent, now=now), Accepted)
    assert isinstance(may_review(moment=Moment.HALF_YEAR, last_redeemed_at=recent, now=now), Refusal)
    passed = now - timedelta(days=HALF_YEAR_DAYS)
    assert isinstance(may_review(moment=Moment.HALF_YEAR, last_redeemed_at=passed, now=now), Accepted)


json_documents = st.recursive(
    st.none()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_documents)
def test_the_fast_canonical_form_is_rfc_8785(document: object) -> None:
    assert canonical(document).encode() == rfc8785.dumps(document)  # type: ignore[arg-type]
