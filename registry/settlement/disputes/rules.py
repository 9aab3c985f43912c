"""What becomes of a line that its provider disputes: whether its money waits, or has gone its way."""

from enum import StrEnum
from typing import Final

from registry.settlement.rules import TAKES_INVOICES, StatementState
from registry.shared.errors import ACCEPTED, Decision, Refusal

S = StatementState


class Becomes(StrEnum):
    WAITS = "waits"
    """It is taken off the statement and is not invoiced; it comes back on a later one."""
    BILLED_ANEW = "billed_anew"
    """The same, and the invoice that was made here for the provider is taken back: a self-billed invoice holds only
    what the seller accepts (VAT Act § 209 b), and it has not accepted this line."""
    CREDIT = "credit"
    """A reversal takes back what was not to be charged; disputing it keeps no public money back."""
    REVERSED = "reversed"
    """It was reversed already: charge and reversal cancel each other out."""
    INVOICED = "invoiced"
    """The provider itself has invoiced it, and nothing is wrong with the invoice."""
    SETTLED = "settled"
    """Its statement has been approved or paid."""


MONEY_WAITS: Final = frozenset({Becomes.WAITS, Becomes.BILLED_ANEW})


def becomes(
    state: StatementState, *, credit: bool, was_reversed: bool, invoiced: bool, self_billed: bool
) -> Becomes:
    """What disputing a line does. `invoiced`: an invoice that stands has it; `self_billed`: one that was made here."""
    if credit:
        return Becomes.CREDIT
    if was_reversed:
        return Becomes.REVERSED
    if state in TAKES_INVOICES and not invoiced:
        return Becomes.WAITS
    if state in (S.MATCHED, S.DISPUTED) and self_billed:
        return Becomes.BILLED_ANEW
    return Becomes.INVOICED if state in (S.MATCHED, S.DISPUTED) else Becomes.SETTLED


def may_dispute(*, takes_off: bool, taken_off: bool) -> Decision:
    """A line that was taken off once has come back, or will, as a line of another statement: that one can be disputed
    anew. Nor is there anything to dispute in the line that took it off."""
    return Refusal("dispute.taken_off") if takes_off or taken_off else ACCEPTED
