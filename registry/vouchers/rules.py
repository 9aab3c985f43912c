"""The voucher: its states, and the rules by which it is granted, chosen and presented.

Pure functions over plain values: no database, no clock. What is drawn from it is decided in `redemption/rules.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal


class VoucherState(StrEnum):
    GRANTED = "granted"
    CHOSEN = "chosen"
    IN_USE = "in_use"
    USED_UP = "used_up"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


V = VoucherState
_ENDS: Final = frozenset({V.REFUSED, V.CANCELLED, V.EXPIRED})

VOUCHER_TRANSITIONS: Final[Mapping[VoucherState, frozenset[VoucherState]]] = {
    V.GRANTED: frozenset({V.CHOSEN}) | _ENDS,
    # granted again when the chosen provider declines, lapses or leaves; chosen again when the pick changes
    V.CHOSEN: frozenset({V.GRANTED, V.CHOSEN, V.IN_USE}) | _ENDS,
    V.IN_USE: frozenset({V.GRANTED, V.CHOSEN, V.USED_UP}) | _ENDS,
    # a reversal gives value back, and a voucher with value is in use again
    V.USED_UP: frozenset({V.IN_USE}),
    V.REFUSED: frozenset(),
    V.CANCELLED: frozenset(),
    V.EXPIRED: frozenset(),
}
OPEN_STATES: Final = frozenset({V.GRANTED, V.CHOSEN, V.IN_USE})


class RedemptionState(StrEnum):
    RESERVED = "reserved"
    CAPTURED = "captured"
    RELEASED = "released"
    LAPSED = "lapsed"
    REVERSED = "reversed"


R = RedemptionState

REDEMPTION_TRANSITIONS: Final[Mapping[RedemptionState, frozenset[RedemptionState]]] = {
    R.RESERVED: frozenset({R.CAPTURED, R.RELEASED, R.LAPSED}),
    R.CAPTURED: frozenset({R.REVERSED}),
    R.RELEASED: frozenset(),
    R.LAPSED: frozenset(),
    R.REVERSED: frozenset(),
}


class AssignmentState(StrEnum):
    """The client's pick of a provider, as the provider answers it."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    ENDED = "ended"


A = AssignmentState

ASSIGNMENT_TRANSITIONS: Final[Mapping[AssignmentState, frozenset[AssignmentState]]] = {
    A.ASKED: frozenset({A.CONFIRMED, A.DECLINED, A.LAPSED, A.ENDED}),
    A.CONFIRMED: frozenset({A.ENDED}),
    A.DECLINED: frozenset(),
    A.LAPSED: frozenset(),
    A.ENDED: frozenset(),
}
STANDING: Final = frozenset({A.ASKED, A.CONFIRMED})


def told_to_provider(state: AssignmentState, reason: str) -> str | None:
    """The message that the provider gets when a pick ends; none where it ended it itself or was paid in full. It never
    says why: whether the client changed, refused or lost the voucher is the client's own matter."""
    if reason in ("declined", "provider_left", "used_up"):
        return None
    return "choice.closed" if state is AssignmentState.ASKED else "choice.ended"


SAID_BY: Final = ("client", "guardian")
"""Whom a case worker hears a choice or a refusal from, at the counter or by phone."""


def may_record_speech(*, channel: str, said_by: str | None) -> Decision:
    """Who acts alone has nobody else to have heard it from."""
    if said_by is None or (said_by in SAID_BY and channel != "self"):
        return ACCEPTED
    return Refusal("choice.said_by", {"said_by": said_by})


def may_meet(*, at: datetime, now: datetime, valid_until: datetime) -> Decision:
    """A first time lies ahead, and while the voucher pays for it."""
    if at <= now:
        return Refusal("meeting.in_the_past")
    if at >= valid_until:
        return Refusal("meeting.after_validity", {"until": valid_until - timedelta(seconds=1)})
    return ACCEPTED


@dataclass(frozen=True, slots=True)
class GrantedValue:
    """What a voucher is granted for."""

    value_cents: int
    units: int | None
    validity_days: int


def grant_value(
    *,
    terms_value_cents: int,
    terms_units: int | None,
    ceiling_cents: int,
    terms_validity_days: int,
    value_cents: int | None,
    units: int | None,
    validity_days: int | None,
    by_results: bool = False,
) -> GrantedValue | Refusal:
    """What an order is worth under its service's terms: less is allowed, more is not, for the terms are what the
    organiser has decided. The value of units is units × ceiling and must come out in whole cents. Of an allowance it is
    the month's sum. By results there is no less either, for the value is the milestones'."""
    days = terms_validity_days if validity_days is None else validity_days
    if not 1 <= days <= terms_validity_days:
        return Refusal("grant.validity_out_of_terms", {"days": days, "most": terms_validity_days})
    if terms_units is None:
        value = terms_value_cents if value_cents is None else value_cents
        less = value < terms_value_cents
        if units is not None or not 0 < value <= terms_value_cents or (by_results and less):
            return Refusal(
                "grant.value_out_of_terms", {"value_cents": value, "most_cents": terms_value_cents}
            )
        return GrantedValue(value, None, days)
    wanted = terms_units if units is None else units
    if value_cents is not None or not 0 < wanted <= terms_units or wanted * ceiling_cents % 100:
        return Refusal("grant.units_out_of_terms", {"units": wanted, "units_most": terms_units})
    return GrantedValue(wanted * ceiling_cents // 100, wanted, days)


def goes_on(state: VoucherState, *, chosen_here: bool, left_cents: int) -> bool:
    """The service at a provider may go on: the voucher is open, stands at this provider, and has value for more of it,
    free or reserved."""
    return state in OPEN_STATES and chosen_here and left_cents > 0


def may_become(now_state: VoucherState, wanted: VoucherState) -> Decision:
    """Whether a voucher may go from one state to another; the code names the state that stands in the way."""
    if wanted in VOUCHER_TRANSITIONS[now_state]:
        return ACCEPTED
    return Refusal(f"voucher.{now_state}", {"state": str(now_state), "wanted": str(wanted)})


def may_answer(now_state: AssignmentState, wanted: AssignmentState) -> Decision:
    if wanted in ASSIGNMENT_TRANSITIONS[now_state]:
        return ACCEPTED
    return Refusal("choice.answered_already", {"state": str(now_state)})


def may_change_pick(state: VoucherState, *, available_cents: int, reserved_cents: int) -> Decision:
    """The client may pick and change while value remains, but not over a reservation that the provider holds:
    it is for an event that has been agreed, so it is released or captured first."""
    if state not in OPEN_STATES:
        return Refusal(f"voucher.{state}")
    if available_cents == 0:
        return Refusal("choice.no_value_left")
    if reserved_cents > 0:
        return Refusal("choice.reservation_open", {"reserved_cents": reserved_cents})
    return ACCEPTED


def admission_can_be_chosen(
    *, active: bool, in_term: bool, free_places: int, already_chosen: bool
) -> Decision:
    """Everyone who is admitted and has a place can be chosen; where it stands in a list has no say in it."""
    if already_chosen:
        return Refusal("choice.same_provider")
    if not active or not in_term:
        return Refusal("choice.provider_not_available")
    if free_places <= 0:
        return Refusal("choice.no_free_place")
    return ACCEPTED


def may_be_presented(state: VoucherState, *, confirmed: bool, before_end: bool) -> Decision:
    """A right code opens a voucher only at a provider that has confirmed the client, and only while it can be used."""
    if state not in (V.CHOSEN, V.IN_USE):
        return Refusal("voucher.not_chosen" if state is V.GRANTED else f"voucher.{state}")
    if not confirmed:
        return Refusal("choice.not_confirmed")
    if not before_end:
        return Refusal("voucher.expired")
    return ACCEPTED
