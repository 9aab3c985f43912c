"""States, months, references, four eyes, and matching on any lines."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from registry.settlement.rules import (
    EXCEPTIONS,
    STATEMENT_TRANSITIONS,
    TAKES_INVOICES,
    Item,
    Match,
    StatementState,
    credits_to_net,
    finnish_check_digit,
    line_reference,
    match,
    may_approve,
    may_become,
    may_close,
    may_pay,
    may_take_invoice,
    read_reference,
    statement_month,
    statement_number,
    statement_reference,
)
from registry.shared.errors import Accepted, Refusal
from registry.shared.period import local_date, month_of, month_period, next_month

S = StatementState

ALLOWED = {
    (S.OPEN, S.CLOSED),
    (S.OPEN, S.MATCHED),
    (S.CLOSED, S.INVOICED),
    (S.CLOSED, S.MATCHED),
    (S.INVOICED, S.MATCHED),
    (S.INVOICED, S.DISPUTED),
    (S.MATCHED, S.APPROVED),
    (S.MATCHED, S.CLOSED),
    (S.MATCHED, S.INVOICED),
    (S.DISPUTED, S.CLOSED),
    (S.DISPUTED, S.INVOICED),
    (S.APPROVED, S.PAID),
    (S.PAID, S.APPROVED),
}


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_every_pair_of_states(before: StatementState, after: StatementState) -> None:
    decision = may_become(before, after)
    if (before, after) in ALLOWED:
        assert isinstance(decision, Accepted)
    else:
        assert decision == Refusal(f"statement.{before}", {"state": str(before), "wanted": str(after)})


def test_nothing_is_paid_that_was_not_approved_and_nothing_approved_that_was_not_matched() -> None:
    into = {after: {b for b in S if after in STATEMENT_TRANSITIONS[b]} for after in S}
    assert into[S.PAID] == {S.APPROVED}
    # from paid alone by what the bank sends back, which is no approval
    assert into[S.APPROVED] == {S.MATCHED, S.PAID}
    assert STATEMENT_TRANSITIONS[S.PAID] == {S.APPROVED}
    assert {s for s in S if isinstance(may_approve(s), Accepted)} == {S.MATCHED}


@pytest.mark.parametrize("state", list(S))
def test_invoices_are_taken_only_while_something_is_to_be_invoiced(state: StatementState) -> None:
    assert isinstance(may_take_invoice(state), Accepted) == (state in {S.CLOSED, S.DISPUTED})
    assert all(S.INVOICED in STATEMENT_TRANSITIONS[s] for s in TAKES_INVOICES)


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        (datetime(2026, 10, 31, 21, 59, 59, tzinfo=UTC), False),  # 23.59.59 in Finland, winter time
        (datetime(2026, 10, 31, 22, 0, tzinfo=UTC), True),
        (datetime(2026, 9, 30, 21, 0, tzinfo=UTC), False),
    ],
)
def test_a_month_is_closed_once_it_has_ended_in_finland(now: datetime, closes: bool) -> None:
    decision = may_close(date(2026, 10, 1), now)
    assert decision == (
        Accepted() if closes else Refusal("settlement.month_not_ended", {"ends_on": "2026-11-01"})
    )


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    closed=st.sets(st.integers(0, 40), max_size=30),
)
def test_a_redemption_belongs_to_its_own_month_or_the_first_open_one_after(
    at: datetime, closed: set[int]
) -> None:
    own = month_of(local_date(at))
    months = [own]
    for _ in range(41):
        months.append(next_month(months[-1]))
    shut = {months[i] for i in closed}
    found = statement_month(at, shut)
    assert found not in shut
    assert found >= own
    assert all(month in shut for month in months if month < found)
    if own not in shut:
        assert at in month_period(found)


@given(month=st.dates(date(2000, 1, 1), date(2099, 12, 31)), ordinal=st.integers(1, 99_999))
def test_references_check_out_at_any_bank(month: date, ordinal: int) -> None:
    reference = statement_reference(month, ordinal)
    assert iso11649.is_valid(reference)
    national = reference[4:]
    assert national[-1] == finnish_check_digit(national[:-1])


def test_the_check_digit_of_a_known_finnish_reference() -> None:
    assert finnish_check_digit("123456") == "1"  # 1234561, Finance Finland's example of a reference number
    assert statement_number("oulu", date(2026, 10, 1), 7) == "OULU-2026-10-0007"


@given(identifier=st.uuids())
def test_a_line_is_found_however_its_reference_is_written(identifier: UUID) -> None:
    short = line_reference(identifier)
    grouped = "-".join(short[i : i + 4] for i in (0, 4, 8)).upper()
    for written in (short, grouped, str(identifier), identifier.hex, str(identifier).upper(), f" {grouped} "):
        assert read_reference(written) == short


@pytest.mark.parametrize("text", ["", "12345", "zzzz-zzzz-zzzz", "1" * 13, "1" * 33, "٣" * 12])
def test_what_cannot_be_a_reference_is_none(text: str) -> None:
    assert read_reference(text) is None


def test_payments_take_four_eyes() -> None:
    one, other = uuid4(), uuid4()
    assert may_pay(approver=one, payer=other) == Accepted()
    assert may_pay(approver=one, payer=one) == Refusal("settlement.same_person")
    for approver, payer in ((None, one), (one, None), (None, None)):
        assert may_pay(approver=approver, payer=payer) == Refusal("settlement.person_unknown")


@given(total=st.integers(1, 1000), sizes=st.lists(st.integers(-1000, -1), max_size=8))
def test_credits_are_netted_whole_and_never_below_zero(total: int, sizes: list[int]) -> None:
    credits = [(uuid4(), size) for size in sizes]
    taken = credits_to_net(total, credits)
    left = total + sum(cents for _, cents in taken)
    assert left >= 0
    assert [c for c in credits if c in taken] == taken  # oldest first, each whole
    assert all(cents + left < 0 for c, cents in credits if (c, cents) not in taken)


# --- matching -----------------------------------------------------------------------------------------------

amounts = st.sampled_from([10, 20, 30, -10, -20])
lines = st.lists(st.tuples(st.sampled_from("abc"), amounts), max_size=14)


def items(pairs: list[tuple[str, int]]) -> list[Item]:
    return [Item(uuid4(), reference, cents) for reference, cents in pairs]


@given(stated=lines, invoiced=lines)
def test_every_line_has_one_result_and_every_pair_is_one_to_one(
    stated: list[tuple[str, int]], invoiced: list[tuple[str, int]]
) -> None:
    s, i = items(stated), items(invoiced)
    found = match(s, i)
    assert set(found.stated) == {line.id for line in s}
    assert set(found.invoiced) == {line.id for line in i}
    assert len(set(found.pairs.values())) == len(found.pairs)
    by_id = {line.id: line for line in [*s, *i]}
    for invoice_line, statement_line in found.pairs.items():
        left, right = by_id[statement_line], by_id[invoice_line]
        assert left.reference == right.reference
        assert found.invoiced[invoice_line] == found.stated[statement_line]
        same = left.amount_cents == right.amount_cents
        assert found.invoiced[invoice_line] == (Match.MATCHED if same else Match.DIFFERENT)
    paired = {Match.MATCHED, Match.DIFFERENT}
    assert {x for x, m in found.invoiced.items() if m in paired} == set(found.pairs)
    assert {x for x, m in found.stated.items() if m in paired} == set(found.pairs.values())


@given(stated=lines, invoiced=lines)
def test_the_exceptions_explain_the_difference_to_the_cent(
    stated: list[tuple[str, int]], invoiced: list[tuple[str, int]]
) -> None:
    s, i = items(stated), items(invoiced)
    found = match(s, i)
    cents = {line.id: line.amount_cents for line in [*s, *i]}
    explained = sum(cents[x] for x, m in found.invoiced.items() if m in (Match.EXTRA, Match.DUPLICATE))
    explained -= sum(cents[x] for x, m in found.stated.items() if m is Match.MISSING)
    explained += sum(
        cents[x] - cents[y] for x, y in found.pairs.items() if found.invoiced[x] is Match.DIFFERENT
    )
    assert explained == sum(x.amount_cents for x in i) - sum(x.amount_cents for x in s)
    assert (found.exceptions == 0) == (not {*found.stated.values(), *found.invoiced.values()} & {*EXCEPTIONS})
    assert sum(cents[x] for x, m in found.invoiced.items() if m is Match.CREDITED) == 0
    assert sum(cents[x] for x, m in found.stated.items() if m is Match.NETTED) == 0


@given(stated=lines)
def test_an_invoice_that_repeats_the_statement_matches_whatever_is_on_it(
    stated: list[tuple[str, int]],
) -> None:
    found = match(items(stated), items(stated[::-1]))
    assert Counter(found.stated.values()) == Counter({Match.MATCHED: len(stated)} if stated else {})
    assert found.exceptions == 0


@pytest.mark.parametrize(
    ("stated", "invoiced", "on_statement", "on_invoice"),
    [
        ([("a", 60)], [("a", 60)], ["matched"], ["matched"]),
        ([("a", 60)], [], ["missing"], []),
        ([], [("a", 60)], [], ["extra"]),
        ([("a", 60)], [("a", 70)], ["different"], ["different"]),
        ([("a", 60)], [("a", 60), ("a", 60)], ["matched"], ["matched", "duplicate"]),
        ([("a", 60)], [("a", -60)], ["missing"], ["duplicate"]),
        # redeemed and reversed in the month: invoiced both ways, or not at all, or only half of it
        ([("a", 60), ("a", -60)], [("a", 60), ("a", -60)], ["matched"] * 2, ["matched"] * 2),
        ([("a", 60), ("a", -60)], [], ["netted"] * 2, []),
        ([("a", 60), ("a", -60)], [("a", 60)], ["matched", "missing"], ["matched"]),
        # a wrong invoice, its credit note, and the corrected one
        ([("a", 60)], [("a", 70), ("a", -70), ("a", 60)], ["matched"], ["credited", "credited", "matched"]),
        ([("a", 60)], [("a", 70), ("a", -70)], ["missing"], ["credited", "credited"]),
        ([("a", -60)], [("a", -60)], ["matched"], ["matched"]),
    ],
)
def test_the_kinds_of_result(
    stated: list[tuple[str, int]],
    invoiced: list[tuple[str, int]],
    on_statement: list[str],
    on_invoice: list[str],
) -> None:
    s, i = items(stated), items(invoiced)
    found = match(s, i)
    assert [str(found.stated[line.id]) for line in s] == on_statement
    assert [str(found.invoiced[line.id]) for line in i] == on_invoice


def test_matching_a_hostile_file_takes_no_longer_than_an_honest_one() -> None:
    same = [Item(uuid4(), "a", 1 if n % 2 else 3) for n in range(20_000)]
    begun = datetime.now(UTC)
    assert match([], same).exceptions == 20_000
    assert datetime.now(UTC) - begun < timedelta(seconds=5)
