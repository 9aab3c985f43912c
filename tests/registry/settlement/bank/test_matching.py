"""Bookings find their orders, each cent once, and what is left explains the difference."""

import random
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.settlement.bank.matching import (
    MOST_GROUPED,
    Due,
    Line,
    Step,
    difference_of,
    match_bookings,
    only_sum,
)

DAY = date(2026, 11, 20)
A, B = "FI1410093000123458", "FI2112345600000785"


def line(number: int, cents: int, **more: object) -> Line:
    return Line(UUID(int=number), cents, **{"on": DAY, **more})  # type: ignore[arg-type]


def due(number: int, cents: int, **more: object) -> Due:
    return Due(UUID(int=1000 + number), cents, **{"on": DAY, **more})  # type: ignore[arg-type]


def found(lines: list[Line], dues: list[Due], tolerance: int = 0) -> list[tuple[int, int, int, int, Step]]:
    return [
        (p.line_id.int, p.due_id.int - 1000, p.line_cents, p.due_cents, p.step)
        for p in match_bookings(lines, dues, tolerance_cents=tolerance).pairs
    ]


def test_the_order_s_own_id_decides_before_everything_else() -> None:
    lines = [line(1, 500, end_to_end_id="X", payee=A)]
    dues = [due(1, 500, payee=A), due(2, 500, end_to_end_id="X", payee=B)]
    assert found(lines, dues) == [(1, 2, 500, 500, Step.END_TO_END)]


def test_another_amount_under_the_same_id_pays_what_it_covers() -> None:
    assert found([line(1, 400, end_to_end_id="X")], [due(1, 500, end_to_end_id="X")]) == [
        (1, 1, 400, 400, Step.END_TO_END)
    ]
    matched = match_bookings([line(1, 600, end_to_end_id="X")], [due(1, 500, end_to_end_id="X")])
    assert (matched.lines_left, matched.dues_left) == ({UUID(int=1): 100}, {})


def test_cents_within_the_tolerance_are_a_difference_and_no_more_than_that() -> None:
    lines, dues = [line(1, 502, end_to_end_id="X")], [due(1, 500, end_to_end_id="X")]
    assert found(lines, dues, 2) == [(1, 1, 502, 500, Step.END_TO_END)]
    assert found(lines, dues, 1) == [(1, 1, 500, 500, Step.END_TO_END)]


def test_a_file_booked_as_one_sum_pays_all_of_it_or_nothing() -> None:
    dues = [due(1, 300, batch="P"), due(2, 200, batch="P"), due(3, 100, batch="Q")]
    assert [f[1] for f in found([line(1, 500, batch="P")], dues)] == [1, 2]
    assert found([line(1, 499, batch="P")], dues) == []


def test_a_reference_finds_the_equal_sum_among_several_and_then_parts() -> None:
    dues = [due(1, 300, reference="7"), due(2, 200, reference="7")]
    assert found([line(1, 200, reference="7")], dues) == [(1, 2, 200, 200, Step.REFERENCE)]
    assert found([line(1, 450, reference="7")], dues) == [
        (1, 1, 300, 300, Step.REFERENCE),
        (1, 2, 150, 150, Step.REFERENCE),
    ]


def test_payee_sum_and_day_together_are_enough_within_the_window() -> None:
    assert found([line(1, 500, payee=A)], [due(1, 500, payee=A)]) == [(1, 1, 500, 500, Step.AMOUNT)]
    assert found([line(1, 500, payee=B)], [due(1, 500, payee=A)]) == []
    late = DAY + timedelta(days=6)
    assert found([line(1, 500, payee=A, on=late)], [due(1, 500, payee=A)]) == []


def test_one_booking_for_several_orders_only_where_one_choice_sums() -> None:
    dues = [due(1, 301, payee=A), due(2, 202, payee=A), due(3, 103, payee=A)]
    assert [f[1:3] for f in found([line(1, 404, payee=A)], dues)] == [(1, 301), (3, 103)]
    twice = [due(1, 300, payee=A), due(2, 200, payee=A), due(3, 200, payee=A)]
    assert found([line(1, 500, payee=A)], twice) == []


def test_several_bookings_for_one_order() -> None:
    lines = [line(1, 120, payee=A), line(2, 380, payee=A), line(3, 77, payee=A)]
    assert [(f[0], f[4]) for f in found(lines, [due(1, 500, payee=A)])] == [
        (1, Step.INSTALMENTS),
        (2, Step.INSTALMENTS),
    ]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=9), st.integers(1, 120))
def test_the_search_for_sums_finds_what_trying_everything_finds(amounts: list[int], wanted: int) -> None:
    places = range(len(amounts))
    all_ways = [
        chosen
        for size in range(1, len(amounts) + 1)
        for chosen in combinations(places, size)
        if sum(amounts[i] for i in chosen) == wanted
    ]
    assert only_sum(amounts, wanted) == (all_ways[0] if len(all_ways) == 1 else None)


def test_the_search_gives_up_before_it_blows_up() -> None:
    powers = [3**place for place in range(MOST_GROUPED)]
    assert only_sum(powers, sum(powers)) is None


KEYS = st.sampled_from(["", "a", "b", "c"])
SOME = {"end_to_end_id": KEYS, "batch": KEYS, "reference": KEYS, "payee": KEYS}
CENTS = st.one_of(st.integers(1, 12), st.integers(1, 10**9))
DAYS = st.integers(0, 9).map(lambda n: DAY + timedelta(days=n))
LINES = st.lists(
    st.builds(Line, id=st.uuids(), cents=CENTS, on=DAYS, **SOME), max_size=12, unique_by=lambda i: i.id
)
DUES = st.lists(
    st.builds(Due, id=st.uuids(), cents=CENTS, on=DAYS, **SOME), max_size=12, unique_by=lambda i: i.id
)


@settings(max_examples=300, deadline=None)
@given(LINES, DUES, st.integers(0, 3), st.randoms(use_true_random=False))
def test_whatever_comes_no_cent_is_used_twice_and_the_rest_explains_the_difference(
    lines: list[Line], dues: list[Due], tolerance: int, dice: random.Random
) -> None:
    matched = match_bookings(lines, dues, tolerance_cents=tolerance)
    for items, left, used in (
        (lines, matched.lines_left, [(p.line_id, p.line_cents) for p in matched.pairs]),
        (dues, matched.dues_left, [(p.due_id, p.due_cents) for p in matched.pairs]),
    ):
        for item in items:
            taken = sum(cents for owner, cents in used if owner == item.id)
            assert taken + left.get(item.id, 0) == item.cents
            assert left.get(item.id, 0) >= 0
    assert all(p.line_cents > 0 and p.due_cents > 0 for p in matched.pairs)
    assert all(abs(p.difference_cents) <= tolerance for p in matched.pairs)
    assert difference_of(matched) == sum(i.cents for i in lines) - sum(i.cents for i in dues)
    shuffled_lines, shuffled_dues = dice.sample(lines, len(lines)), dice.sample(dues, len(dues))
    assert match_bookings(shuffled_lines, shuffled_dues, tolerance_cents=tolerance) == matched
    apart = {(p.line_id, p.due_id) for p in matched.pairs if dice.random() < 0.5}
    again = match_bookings(lines, dues, tolerance_cents=tolerance, apart=apart)
    assert not apart & {(p.line_id, p.due_id) for p in again.pairs}
    assert difference_of(again) == difference_of(matched)
