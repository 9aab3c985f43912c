"""What voucher terms, codes and budget lines may be."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.rules import (
    MAX_ALLOCATION_CENTS,
    MAX_UNITS,
    MAX_VALUE_CENTS,
    RANGES,
    Terms,
    is_code,
    may_allocate,
    may_organise,
    terms_fit_service,
    terms_problems,
    value_of,
)
from registry.shared.errors import ACCEPTED, Refusal

HOURS = Terms(
    kind="units",
    value_cents=None,
    units=10_00,
    unit_name="hour",
    unit_price_ceiling_cents=60_00,
    validity_days=90,
    shortlist_size=3,
    own_share_allowed=False,
    claim_window_days=0,
    confirm_within_days=5,
    reservation_days=14,
    rule_book_version="2026-1",
)
EUROS = replace(HOURS, kind="euros", value_cents=2_000_00, units=None, unit_name=None)


def test_good_terms_have_a_value() -> None:
    assert terms_problems(HOURS) == {}
    assert value_of(HOURS) == 600_00
    assert terms_problems(EUROS) == {}
    assert value_of(EUROS) == 2_000_00


@pytest.mark.parametrize(
    ("terms", "field", "code"),
    [
        (replace(HOURS, kind="gold"), "kind", "field.not_a_choice"),
        (replace(HOURS, unit_name="week"), "unit_name", "field.not_a_choice"),
        (replace(HOURS, units=None), "units", "terms.units_range"),
        (replace(HOURS, units=0), "units", "terms.units_range"),
        (replace(HOURS, units=MAX_UNITS + 1), "units", "terms.units_range"),
        (replace(HOURS, units=33, unit_price_ceiling_cents=10), "units", "terms.units_uneven"),
        (
            replace(HOURS, units=MAX_UNITS, unit_price_ceiling_cents=MAX_VALUE_CENTS),
            "units",
            "terms.value_range",
        ),
        (replace(HOURS, value_cents=1), "value_cents", "terms.value_not_units"),
        (replace(EUROS, value_cents=None), "value_cents", "terms.value_range"),
        (replace(EUROS, value_cents=0), "value_cents", "terms.value_range"),
        (replace(EUROS, value_cents=10**15), "value_cents", "terms.value_range"),
        (replace(EUROS, units=100), "units", "terms.units_on_euros"),
        (replace(EUROS, unit_name="hour"), "units", "terms.units_on_euros"),
        (replace(EUROS, rule_book_version=""), "rule_book_version", "terms.rule_book_version_malformed"),
        (replace(EUROS, rule_book_version="a b"), "rule_book_version", "terms.rule_book_version_malformed"),
        (
            replace(EUROS, rule_book_version="x" * 31),
            "rule_book_version",
            "terms.rule_book_version_malformed",
        ),
    ],
)
def test_wrong_terms_name_their_field(terms: Terms, field: str, code: str) -> None:
    assert terms_problems(terms) == {field: code}


@pytest.mark.parametrize("field", RANGES)
def test_each_range_holds_at_its_edges(field: str) -> None:
    least, most = RANGES[field]
    for value, fine in ((least, True), (most, True), (least - 1, False), (most + 1, False), (10**18, False)):
        changed: dict[str, Any] = {field: value}
        found = terms_problems(replace(EUROS, **changed))
        assert (found == {}) == fine, (value, found)


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = replace(HOURS, units=0, validity_days=0, shortlist_size=99)
    assert set(terms_problems(wrong)) == {"units", "validity_days", "shortlist_size"}


@given(units=st.integers(-10, MAX_UNITS + 10), ceiling=st.integers(-10, MAX_VALUE_CENTS + 10))
def test_terms_in_units_are_worth_exactly_units_times_ceiling(units: int, ceiling: int) -> None:
    terms = replace(HOURS, units=units, unit_price_ceiling_cents=ceiling)
    if not terms_problems(terms):
        assert value_of(terms) * 100 == units * ceiling
        assert 0 < value_of(terms) <= MAX_VALUE_CENTS


def test_a_service_free_by_law_takes_no_own_share() -> None:
    for free, own_share in ((False, False), (False, True), (True, False)):
        assert terms_fit_service(free_by_law=free, own_share_allowed=own_share) is ACCEPTED
    assert terms_fit_service(free_by_law=True, own_share_allowed=True) == Refusal(
        "terms.own_share_on_free_service"
    )


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("nuorten-valmennus", True),
        ("a1", True),
        ("a", False),
        ("A1", False),
        ("ä1", False),
        ("a--b", False),
        ("-ab", False),
        ("ab-", False),
        ("a b", False),
        ("a\n", False),
        ("x" * 50, True),
        ("x" * 51, False),
        ("x" * 100_000, False),
    ],
)
def test_codes_are_short_and_plain(text: str, fine: bool) -> None:
    assert is_code(text) == fine


@given(granted=st.integers(0, MAX_ALLOCATION_CENTS), allocated=st.integers(-10, MAX_ALLOCATION_CENTS + 10))
def test_a_budget_line_never_shrinks_below_what_is_granted(granted: int, allocated: int) -> None:
    decision = may_allocate(granted_cents=granted, allocated_cents=allocated)
    assert (decision is ACCEPTED) == (granted <= allocated <= MAX_ALLOCATION_CENTS)


def test_the_refusal_to_shrink_tells_the_amounts() -> None:
    expected: dict[str, Any] = {"granted_cents": 500, "allocated_cents": 499}
    assert may_allocate(granted_cents=500, allocated_cents=499) == Refusal("budget.below_granted", expected)


def test_aland_has_no_organiser() -> None:
    assert may_organise("46") == Refusal("organiser.area_autonomous", {"area": "46"})
    assert may_organise("24") is ACCEPTED
    assert may_organise(None) is ACCEPTED
