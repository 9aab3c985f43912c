"""What an organiser may change of a voucher that it has granted: raise it, lower it, give it more days.

The terms that it was granted with stay as they were. Each change is a record of its own beside them, with a reason, and
the voucher is what was granted and the sum of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.money import price
from registry.vouchers.rules import OPEN_STATES, VoucherState


class ChangeKind(StrEnum):
    RAISED = "raised"
    LOWERED = "lowered"
    """An adverse act: the client is told why, and what it can do against it."""
    EXTENDED = "extended"


CHANGE_REASONS: Final[Mapping[ChangeKind, tuple[str, ...]]] = {
    ChangeKind.RAISED: ("agreed_in_plan", "more_needed", "corrected"),
    ChangeKind.LOWERED: ("client_asked", "less_needed", "corrected"),
    ChangeKind.EXTENDED: ("agreed_in_plan", "could_not_be_used", "corrected"),
}
"""Codes, so that the client is told in the own language and statistics count. None of them says anything of health."""


@dataclass(frozen=True, slots=True)
class Worth:
    """A sum, and the units that it stands for on a voucher in units."""

    cents: int
    units: int | None


def worth(*, in_units: bool, ceiling_cents: int, cents: int | None, units: int | None) -> Worth | Refusal:
    """What a raise or a lowering is worth: units × ceiling on a voucher in units, and whole cents always."""
    if in_units:
        if units is None or cents is not None or units <= 0:
            return Refusal("change.in_units")
        if units * ceiling_cents % 100:
            return Refusal("change.not_whole_cents", {"units": units})
        return Worth(price(ceiling_cents, units), units)
    if cents is None or units is not None or cents <= 0:
        return Refusal("change.in_euros")
    return Worth(cents, None)


def may_raise(by: Worth, *, state: VoucherState, terms_value_cents: int) -> Decision:
    """At most by what the service's terms grant in one voucher: whoever needs more needs a new decision."""
    if state not in OPEN_STATES:
        return Refusal("change.not_open", {"state": str(state)})
    if by.cents > terms_value_cents:
        return Refusal("change.above_terms", {"wanted_cents": by.cents, "most_cents": terms_value_cents})
    return ACCEPTED


def may_lower(
    by: Worth, *, state: VoucherState, available_cents: int, units_available: int | None
) -> Decision:
    """Only by what nobody has used or reserved, and never to nothing: a voucher that is to end is cancelled."""
    if state not in OPEN_STATES:
        return Refusal("change.not_open", {"state": str(state)})
    if by.cents >= available_cents or (by.units is not None and by.units >= (units_available or 0)):
        return Refusal("change.below_used", {"wanted_cents": by.cents, "available_cents": available_cents})
    return ACCEPTED


def may_extend(days: int, *, state: VoucherState, last_day: date, today: date, terms_days: int) -> Decision:
    """At most by the validity that the terms grant, from the last day on; what has ended is granted anew."""
    if state not in OPEN_STATES or today > last_day:
        return Refusal("change.not_open", {"state": str(state)})
    if not 1 <= days <= terms_days:
        return Refusal("change.days_range", {"days": days, "most": terms_days})
    return ACCEPTED


def known_reason(kind: ChangeKind, reason: str) -> Decision:
    """A reason of this kind of change."""
    return ACCEPTED if reason in CHANGE_REASONS[kind] else Refusal("change.reason_unknown")
