"""Statements: their states, which month a redemption belongs to, who may pay, and how an invoice is matched.

Pure functions over plain values. Everything that decides whether public money leaves the bank stands here.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from stdnum.iso7064 import mod_97_10

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.period import local_date, month_of, month_period


class StatementState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    INVOICED = "invoiced"
    MATCHED = "matched"
    DISPUTED = "disputed"
    APPROVED = "approved"
    PAID = "paid"


S = StatementState

STATEMENT_TRANSITIONS: Final[Mapping[StatementState, frozenset[StatementState]]] = {
    # a month that still runs: nothing is stored, the sums are read from the redemptions themselves;
    # matched at once when all lines cancel each other out within the statement, for then nothing is invoiced
    S.OPEN: frozenset({S.CLOSED, S.MATCHED}),
    # matched without an invoice when the last line that was to be invoiced is disputed, and waits
    S.CLOSED: frozenset({S.INVOICED, S.MATCHED}),
    S.INVOICED: frozenset({S.MATCHED, S.DISPUTED}),
    # back to closed or invoiced when an invoice is rejected, or a further one arrives for a disputed statement
    S.MATCHED: frozenset({S.APPROVED, S.CLOSED, S.INVOICED}),
    S.DISPUTED: frozenset({S.CLOSED, S.INVOICED}),
    S.APPROVED: frozenset({S.PAID}),
    # owed again when the bank sends the payment back
    S.PAID: frozenset({S.APPROVED}),
}

STORED: Final = tuple(s for s in S if s is not S.OPEN)
TAKES_INVOICES: Final = frozenset({S.CLOSED, S.DISPUTED})
RECONCILED: Final = (S.MATCHED, S.APPROVED, S.PAID)
"""States in which what is invoiced is what is stated, to the cent."""


def may_become(state: StatementState, wanted: StatementState) -> Decision:
    """Whether a statement may go from one state to another; the code names the state that stands in the way."""
    if wanted in STATEMENT_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal(f"statement.{state}", {"state": str(state), "wanted": str(wanted)})


def may_take_invoice(state: StatementState) -> Decision:
    """An invoice may come while something is still to be invoiced: not once every line has found its own."""
    return ACCEPTED if state in TAKES_INVOICES else Refusal(f"statement.{state}", {"state": str(state)})


# --- months -------------------------------------------------------------------------------------------------


def may_close(month: date, now: datetime) -> Decision:
    """Only a month that has ended can be closed: until then anybody may still redeem in it."""
    end = month_period(month).end
    if now >= end:
        return ACCEPTED
    return Refusal("settlement.month_not_ended", {"ends_on": local_date(end).isoformat()})


def statement_month(captured_at: datetime, closed: Iterable[date]) -> date:
    """The month on whose statement a redemption stands: the month of its capture or, where that is closed already,
    the first later month that is not. (Closing does this for all redemptions at once, in SQL.)"""
    month, shut = month_of(local_date(captured_at)), frozenset(closed)
    while month in shut:
        month = month_of(local_date(month_period(month).end))
    return month


# --- numbers and references ---------------------------------------------------------------------------------


def statement_number(organiser_code: str, month: date, ordinal: int) -> str:
    """`OULU-2026-10-0007`: for people, and unique over all organisers, because a provider may serve many."""
    return f"{organiser_code.upper()}-{month:%Y-%m}-{ordinal:04d}"


def statement_reference(month: date, ordinal: int) -> str:
    """The order reference that the provider puts on its invoice: an RF creditor reference (ISO 11649) around a
    Finnish reference number, so that any bank and any accounting system checks its digits."""
    digits = f"{month:%Y%m}{ordinal:05d}"
    national = digits + finnish_check_digit(digits)
    return f"RF{mod_97_10.calc_check_digits(national + 'RF')}{national}"


def finnish_check_digit(digits: str) -> str:
    """The last digit of a Finnish reference number: weights 7, 3, 1 from the right."""
    total = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


REFERENCE_LENGTH: Final = 12


def line_reference(redemption_id: UUID) -> str:
    """The short reference of a redemption: the last group of its id, 48 bits. Enough on one statement; lines that
    share one are still matched one to one."""
    return redemption_id.hex[-REFERENCE_LENGTH:]


def read_reference(text: str) -> str | None:
    """The short reference that a person or a system wrote: a whole redemption id or its last group, in either case,
    with or without dashes and spaces. None when it can be neither."""
    plain = "".join(text.split()).replace("-", "").lower()
    if len(plain) not in (REFERENCE_LENGTH, 32) or not all(c in "0123456789abcdef" for c in plain):
        return None
    return plain[-REFERENCE_LENGTH:]


# --- paying -------------------------------------------------------------------------------------------------


def may_approve(state: StatementState) -> Decision:
    """Only what has just been reconciled. A paid statement becomes approved again by the bank's return alone, never by
    approving it a second time."""
    if state is S.MATCHED:
        return ACCEPTED
    return Refusal(f"statement.{state}", {"state": str(state), "wanted": str(S.APPROVED)})


def may_pay(*, approver: UUID | None, payer: UUID | None) -> Decision:
    """Payments take four eyes: who approved a statement does not also pay it. Nor does anyone whom we cannot name."""
    if approver is None or payer is None:
        return Refusal("settlement.person_unknown")
    return Refusal("settlement.same_person") if approver == payer else ACCEPTED


def credits_to_net(total_cents: int, credits: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """Which approved credits (negative totals, oldest first) a payment of `total_cents` takes along. A credit is
    netted whole or waits for a larger payment: a payment never goes below zero."""
    taken: list[tuple[UUID, int]] = []
    for statement_id, cents in credits:
        if total_cents + cents >= 0:
            total_cents += cents
            taken.append((statement_id, cents))
    return taken


# --- matching -----------------------------------------------------------------------------------------------


class Match(StrEnum):
    MATCHED = "matched"
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"
    DUPLICATE = "duplicate"
    CREDITED = "credited"
    """Two invoice lines of one reference that undo each other: a charge and its credit note."""
    NETTED = "netted"
    """A redemption and its reversal on one statement, and neither invoiced: nothing is owed."""


EXCEPTIONS: Final = (Match.DIFFERENT, Match.MISSING, Match.EXTRA, Match.DUPLICATE)
"""What keeps a statement from being approved."""
OF_INVOICE_LINES: Final = (
    Match.MATCHED, Match.DIFFERENT, Match.EXTRA, Match.DUPLICATE, Match.CREDITED,
)  # fmt: skip
PAIRED: Final = (Match.MATCHED, Match.DIFFERENT)
"""Results that join an invoice line with a statement line."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a statement or of an invoice, as far as matching looks at it."""

    id: UUID
    reference: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Matching:
    """What became of every line; each line of either side is in it exactly once."""

    stated: Mapping[UUID, Match]
    invoiced: Mapping[UUID, Match]
    pairs: Mapping[UUID, UUID]
    """Invoice line → statement line, for matched and different; no statement line twice."""

    @property
    def exceptions(self) -> int:
        """A pair whose amounts differ is one exception, not two."""
        lone = sum(result in EXCEPTIONS for result in self.invoiced.values())
        return lone + sum(result is Match.MISSING for result in self.stated.values())


def match(stated: Sequence[Item], invoiced: Sequence[Item]) -> Matching:
    """Match each invoice line with at most one statement line of the same reference.

    In passes, within a reference: same amount; a charge and its credit among invoice lines; same sign but another
    amount; a redemption and its reversal that were both left out. The rest is missing, or a duplicate when the
    reference is on the statement, or extra when it is not. The order of lines decides between equals. Takes time in
    proportion to the lines, whatever they hold: files come from outside.
    """
    of_stated: dict[UUID, Match] = {}
    of_invoiced: dict[UUID, Match] = {}
    pairs: dict[UUID, UUID] = {}
    on_statement, on_invoice = _by_reference(stated), _by_reference(invoiced)
    for reference in on_statement.keys() | on_invoice.keys():
        left_s, left_i = on_statement.get(reference, []), on_invoice.get(reference, [])
        if len(left_s) == len(left_i) == 1 and left_s[0].amount_cents == left_i[0].amount_cents:
            # nearly every line: what the passes below would come to
            pairs[left_i[0].id] = left_s[0].id
            of_stated[left_s[0].id] = of_invoiced[left_i[0].id] = Match.MATCHED
            continue
        unpaired = Match.DUPLICATE if left_s else Match.EXTRA

        exact, left_s, left_i = _pair(left_s, left_i, by=_amount)
        credited, left_i = _cancel(left_i)
        unequal, left_s, left_i = _pair(left_s, left_i, by=_sign)
        netted, left_s = _cancel(left_s)

        pairs |= exact | unequal
        of_invoiced |= dict.fromkeys(exact, Match.MATCHED) | dict.fromkeys(unequal, Match.DIFFERENT)
        of_invoiced |= dict.fromkeys(credited, Match.CREDITED)
        of_invoiced |= {line.id: unpaired for line in left_i}
        of_stated |= dict.fromkeys(exact.values(), Match.MATCHED)
        of_stated |= dict.fromkeys(unequal.values(), Match.DIFFERENT)
        of_stated |= dict.fromkeys(netted, Match.NETTED)
        of_stated |= {line.id: Match.MISSING for line in left_s}
    return Matching(of_stated, of_invoiced, pairs)


def _amount(item: Item) -> int:
    return item.amount_cents


def _sign(item: Item) -> int:
    return 1 if item.amount_cents > 0 else -1


def _by_reference(items: Sequence[Item]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.reference].append(item)
    return groups


def _pair(
    stated: list[Item], invoiced: list[Item], *, by: Callable[[Item], int]
) -> tuple[dict[UUID, UUID], list[Item], list[Item]]:
    """Join lines that are alike `by` something, in order; returns the pairs and what is left on either side."""
    waiting: dict[int, deque[Item]] = defaultdict(deque)
    for item in stated:
        waiting[by(item)].append(item)
    pairs: dict[UUID, UUID] = {}
    for item in invoiced:
        if waiting[by(item)]:
            pairs[item.id] = waiting[by(item)].popleft().id
    taken = set(pairs.values())
    return pairs, [s for s in stated if s.id not in taken], [i for i in invoiced if i.id not in pairs]


def _cancel(items: list[Item]) -> tuple[set[UUID], list[Item]]:
    """Every two items that are each other's opposite, and what is left."""
    waiting: dict[int, list[UUID]] = defaultdict(list)
    cancelled: set[UUID] = set()
    for item in items:
        if waiting[-item.amount_cents]:
            cancelled |= {item.id, waiting[-item.amount_cents].pop()}
        else:
            waiting[item.amount_cents].append(item.id)
    return cancelled, [item for item in items if item.id not in cancelled]
