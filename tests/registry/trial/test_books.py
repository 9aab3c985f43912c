"""The books: a cent that is lost or doubled anywhere is found."""

from typing import Any

import pytest

from registry.trial.books import Tally, differences, lines

MOVED = {
    "grant": 100_00, "redeem": 50_00, "reserve": 20_00, "capture": 15_00, "release": 5_00, "reverse": 10_00,
    "return": 45_00, "approve_statement": 55_00, "pay": 55_00,
}  # fmt: skip
SUMS = {
    "granted": 100_00, "available": 0, "reserved": 0, "captured": 55_00, "returned": 45_00, "budget": 55_00,
    "own_shares": 3_00, "reversals": 10_00, "statements": 55_00, "lines": 55_00, "invoices": 55_00,
    "payments": 55_00,
}  # fmt: skip


def tally(**other: Any) -> Tally:
    counted: dict[str, int] = {
        "granted": 100_00, "charged": 65_00, "reversed": 10_00, "returned": 45_00, "own_shares": 3_00,
        "stated": 55_00, "approved": 55_00, "paid": 55_00,
    }  # fmt: skip
    return Tally(**(counted | other))


def test_books_that_agree_have_no_differences() -> None:
    assert differences(lines(tally(), MOVED, SUMS), tally()) == []


@pytest.mark.parametrize("kind", sorted(set(MOVED) - {"reserve", "release"}))
def test_a_cent_more_in_the_ledger_is_found(kind: str) -> None:
    assert differences(lines(tally(), MOVED | {kind: MOVED[kind] + 1}, SUMS), tally())


@pytest.mark.parametrize("name", sorted(SUMS))
def test_a_cent_more_in_any_table_is_found(name: str) -> None:
    assert differences(lines(tally(), MOVED, SUMS | {name: SUMS[name] + 1}), tally())


@pytest.mark.parametrize(
    "name", ["granted", "charged", "reversed", "returned", "own_shares", "stated", "approved", "paid"]
)
def test_a_cent_that_the_callers_missed_is_found(name: str) -> None:
    counted = tally()
    setattr(counted, name, getattr(counted, name) - 1)
    assert differences(lines(counted, MOVED, SUMS), counted)


def test_money_that_was_charged_and_never_paid_is_found() -> None:
    unpaid = tally(paid=0)
    moved, sums = MOVED | {"pay": 0}, SUMS | {"payments": 0}
    assert "5500 cents were charged and kept, but 0 were paid" in differences(
        lines(unpaid, moved, sums), unpaid
    )
