"""Which transfers exist, and from which account to which: the chart of accounts as data."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Decision, Refusal

ACCOUNTS: Final = (
    "budget",  # id: budget line. What may still be granted
    "available",  # id: voucher. Granted and not drawn
    "reserved",  # id: voucher. Held for a coming service event
    "captured",  # id: voucher. Drawn by the provider
    "expense",  # id: organiser. What approved statements cost
    "payable",  # id: provider. Owed to the provider
    "bank",  # id: organiser. Paid out
    "difference",  # id: organiser. Cents that the bank moved more or less than was ordered
    "accrued",  # id: provider. Earned in a year whose books close before its statement is approved
    "loss",  # id: organiser. What providers owed and was given up
    "committed",  # id: voucher. Set aside for the months of an allowance that are still to come
)

FLOWS: Final[Mapping[str, tuple[str, str]]] = {
    "grant": ("budget", "available"),
    "return": ("available", "budget"),
    "redeem": ("available", "captured"),
    "reserve": ("available", "reserved"),
    "capture": ("reserved", "captured"),
    "release": ("reserved", "available"),
    "reverse": ("captured", "available"),
    "approve_statement": ("expense", "payable"),
    "approve_credit": ("payable", "expense"),
    "pay": ("payable", "bank"),
    # the bank sent a payment back: it is owed again, and may be paid again
    "pay_returned": ("bank", "payable"),
    "pay_again": ("payable", "bank"),
    "difference_more": ("difference", "bank"),
    "difference_less": ("bank", "difference"),
    # a year end: the next year's line takes over what a voucher still holds of the line it was granted from
    "carry": ("budget", "budget"),
    # an expense of the year that closes, and back on the first day of the next
    "accrue": ("expense", "accrued"),
    "unaccrue": ("accrued", "expense"),
    # what a provider owes by a credit (payable below nothing) comes in, or turns out not to have
    "receive": ("bank", "payable"),
    "receive_undone": ("payable", "bank"),
    # Given up: the debt is gone, and the money with it. A loss of its own and no expense: what services cost is told by
    # service and VAT rate, from statements alone, and the visits that this was once paid for were taken back.
    "write_off": ("loss", "payable"),
    "recover": ("payable", "loss"),
    # A month that is to come is set aside when the voucher is granted, and set free in the moment in which it is granted,
    # or when the voucher ends. So a grant remains the one way by which a voucher gets money.
    "commit": ("budget", "committed"),
    "uncommit": ("committed", "budget"),
}
TRANSFER_KINDS: Final = tuple(FLOWS)


def may_grant(*, allocated_cents: int, granted_cents: int, wanted_cents: int) -> Decision:
    """A line never grants more than it was allocated; the refusal carries the amounts, for the case worker has
    to explain it."""
    left = allocated_cents - granted_cents
    if wanted_cents > left:
        return Refusal("budget.short", {"wanted_cents": wanted_cents, "left_cents": left})
    return ACCEPTED


def split_return(amount_cents: int, parts: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """To which lines an amount goes back, `parts` being what a voucher holds of each line, the newest first: no line gets
    more than came from it."""
    back: list[tuple[UUID, int]] = []
    for line_id, cents in parts:
        taken = min(amount_cents, cents)
        if taken > 0:
            back.append((line_id, taken))
            amount_cents -= taken
    if amount_cents:
        raise ValueError("a voucher cannot give back more than it holds of its lines")
    return back
