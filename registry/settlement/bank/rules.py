"""States of payment batches and orders, the two ways of paying, and who may approve what."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.settlement.bank.target_days import is_target_day, next_target_day
from registry.shared.errors import ACCEPTED, Decision, Refusal


class Route(StrEnum):
    """Who pays: the accounting system, told by an export, or the bank, told by a file. Never both, or a provider is
    paid twice."""

    ACCOUNTING = "accounting"
    BANK_FILE = "bank_file"


class BatchState(StrEnum):
    DRAFTED = "drafted"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class OrderState(StrEnum):
    DRAFTED = "drafted"
    ORDERED = "ordered"
    BOOKED = "booked"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


BATCH_TRANSITIONS: Final[Mapping[BatchState, frozenset[BatchState]]] = {
    BatchState.DRAFTED: frozenset({BatchState.APPROVED, BatchState.WITHDRAWN}),
    BatchState.APPROVED: frozenset(),
    BatchState.WITHDRAWN: frozenset(),
}
ORDER_TRANSITIONS: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    OrderState.DRAFTED: frozenset({OrderState.ORDERED, OrderState.WITHDRAWN}),
    # booked and back, when a match is undone; returned by the bank when it was booked, or else by a person who knows
    # that the bank never carried it out
    OrderState.ORDERED: frozenset({OrderState.BOOKED, OrderState.RETURNED}),
    OrderState.BOOKED: frozenset({OrderState.ORDERED, OrderState.RETURNED}),
    OrderState.RETURNED: frozenset(),
    OrderState.WITHDRAWN: frozenset(),
}
LIVE_ORDERS: Final = (OrderState.DRAFTED, OrderState.ORDERED, OrderState.BOOKED)
"""A payable has at most one of these."""
AT_BANK: Final = (OrderState.ORDERED, OrderState.BOOKED)

MOST_TOLERANCE_CENTS: Final = 100
FURTHEST_DAYS: Final = 60


def may_batch_become(state: BatchState, wanted: BatchState) -> Decision:
    if wanted in BATCH_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal(f"payment_batch.{state}", {"state": str(state)})


def may_order_become(state: OrderState, wanted: OrderState) -> Decision:
    if wanted in ORDER_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal(f"payment_order.{state}", {"state": str(state)})


def may_second(*, first: UUID | None, second: UUID | None) -> Decision:
    """Whoever made a batch or a setting does not also put it in force; nor does anyone whom we cannot name."""
    if first is None or second is None:
        return Refusal("settlement.person_unknown")
    return Refusal("payment_batch.same_person") if first == second else ACCEPTED


def may_execute(day: date, today: date) -> Decision:
    """Banks take orders for days on which they settle, from today on and not for the far future."""
    if not today <= day <= today + timedelta(days=FURTHEST_DAYS):
        return Refusal("payment_batch.day_out_of_range", {"first": today.isoformat()})
    if not is_target_day(day):
        return Refusal("payment_batch.not_target_day", {"next_day": next_target_day(day).isoformat()})
    return ACCEPTED
