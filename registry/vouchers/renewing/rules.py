"""When a voucher may be renewed: a new one goes on from it, and the old one stays what it was."""

from datetime import date
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.vouchers.rules import OPEN_STATES, VoucherState

DAYS_BEFORE_END: Final = 60
"""An open voucher is renewed when it is about to end, not when it has just begun."""


def may_renew(state: VoucherState, *, last_day: date, today: date, spent: bool) -> Decision:
    """One that was used up or expired, or an open one that is near its end or has nothing left. What was refused or
    cancelled ended for a reason: it is granted anew or not at all."""
    if state in (VoucherState.USED_UP, VoucherState.EXPIRED):
        return ACCEPTED
    if state not in OPEN_STATES:
        return Refusal("renewal.ended_otherwise", {"state": str(state)})
    if spent or (last_day - today).days <= DAYS_BEFORE_END:
        return ACCEPTED
    return Refusal("renewal.too_early", {"days": DAYS_BEFORE_END})
