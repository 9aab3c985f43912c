"""Claims, as pure rules."""

from datetime import date
from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from registry.settlement.bank.references import core
from registry.settlement.claims.rules import (
    CLAIM_TRANSITIONS,
    Awaited,
    ClaimState,
    Incoming,
    claim_reference,
    may_cancel,
    may_receive,
    may_second,
    may_write_off,
    receipts_by_reference,
    recovered,
    state_of,
)
from registry.settlement.rules import statement_reference
from registry.shared.errors import ACCEPTED, Refusal

C = ClaimState
CENTS = st.integers(0, 300)


def test_who_may_do_what_in_which_state() -> None:
    for state in C:
        for may, states in (
            (may_cancel, {C.CLAIMED}),
            (may_write_off, {C.CLAIMED, C.PARTLY_PAID}),
            (may_receive, {C.CLAIMED, C.PARTLY_PAID, C.WRITTEN_OFF}),
        ):
            expected = ACCEPTED if state in states else Refusal(f"claim.{state}", {"state": str(state)})
            assert may(state) == expected
    first, second = UUID(int=1), UUID(int=2)
    assert may_second(first=first, second=second) is ACCEPTED
    assert may_second(first=first, second=first) == Refusal("claim.same_person")
    assert may_second(first=first, second=None) == Refusal("settlement.person_unknown")


@given(amount=st.integers(1, 200), received=CENTS, off=CENTS, cents=CENTS)
def test_whatever_comes_in_the_step_is_one_that_the_table_knows(
    amount: int, received: int, off: int, cents: int
) -> None:
    received = min(received, amount)
    off = min(off, amount - received)
    before = state_of(amount_cents=amount, received_cents=received, written_off_cents=off)
    assert (before is C.PAID) == (received == amount)
    assert (before in {C.PAID, C.WRITTEN_OFF}) == (received + off == amount)
    cents = min(cents, amount - received)
    back = recovered(left_cents=amount - received - off, received_cents=cents)
    assert 0 <= back <= off
    after = state_of(amount_cents=amount, received_cents=received + cents, written_off_cents=off - back)
    assert after is before or after in CLAIM_TRANSITIONS[before]
    undone = state_of(amount_cents=amount, received_cents=received, written_off_cents=off - back)
    assert undone is after or undone in CLAIM_TRANSITIONS[after]


def test_a_claims_reference_is_no_statements_and_any_bank_checks_it() -> None:
    claims = {claim_reference(2026, ordinal) for ordinal in (1, 2, 99_999)}
    statements = {
        statement_reference(date(2026, month, 1), ordinal)
        for month, ordinal in product(range(1, 13), (1, 2, 99_999))
    }
    assert len(claims) == 3
    assert not claims & statements
    assert all(iso11649.is_valid(reference) for reference in claims)
    assert claim_reference(2026, 1) == "RF31202600000017"


def test_a_debt_is_paid_in_parts_the_earliest_first_and_never_more_than_it_is() -> None:
    claim, other = UUID(int=1), UUID(int=2)
    reference = core(claim_reference(2026, 7))

    def booking(number: int, day: int, cents: int, said: str = reference) -> Incoming:
        return Incoming(UUID(int=number), cents, date(2026, 11, day), said)

    incoming = [booking(10, 9, 80), booking(11, 3, 50), booking(12, 4, 30, "999"), booking(13, 5, 10, "")]
    awaited = [Awaited(claim, 100, reference), Awaited(other, 40, core(claim_reference(2026, 8)))]
    found = receipts_by_reference(incoming, awaited)
    assert [(one.booking_id.int, one.claim_id, one.cents) for one in found] == [
        (11, claim, 50),
        (10, claim, 50),
    ]
    assert receipts_by_reference(incoming[::-1], awaited[::-1]) == found
