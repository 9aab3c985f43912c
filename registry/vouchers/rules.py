"""The voucher: its states, and every rule by which value is granted, held, drawn and given back.

Pure functions over plain values: no database, no clock. The rules of redemption stand here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Accepted, Decision, Refusal
from registry.shared.money import price, vat_split


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
) -> GrantedValue | Refusal:
    """What an order is worth under its service's terms: less is allowed, more is not, for the terms are what the
    organiser has decided. The value of units is units × ceiling and must come out in whole cents."""
    days = terms_validity_days if validity_days is None else validity_days
    if not 1 <= days <= terms_validity_days:
        return Refusal("grant.validity_out_of_terms", {"days": days, "most": terms_validity_days})
    if terms_units is None:
        value = terms_value_cents if value_cents is None else value_cents
        if units is not None or not 0 < value <= terms_value_cents:
            return Refusal(
                "grant.value_out_of_terms", {"value_cents": value, "most_cents": terms_value_cents}
            )
        return GrantedValue(value, None, days)
    wanted = terms_units if units is None else units
    if value_cents is not None or not 0 < wanted <= terms_units or wanted * ceiling_cents % 100:
        return Refusal("grant.units_out_of_terms", {"units": wanted, "units_most": terms_units})
    return GrantedValue(wanted * ceiling_cents // 100, wanted, days)


def may_become(now_state: VoucherState, wanted: VoucherState) -> Decision:
    """Whether a voucher may go from one state to another; the code names the state that stands in the way."""
    if wanted in VOUCHER_TRANSITIONS[now_state]:
        return ACCEPTED
    return Refusal(f"voucher.{now_state}", {"state": str(now_state), "wanted": str(wanted)})


def may_answer(now_state: AssignmentState, wanted: AssignmentState) -> Decision:
    if wanted in ASSIGNMENT_TRANSITIONS[now_state]:
        return ACCEPTED
    return Refusal("choice.answered_already", {"state": str(now_state)})


@dataclass(frozen=True, slots=True)
class Holding:
    """What a redemption needs to know of its voucher, as read under lock."""

    id: UUID
    state: VoucherState
    own_share_allowed: bool
    unit_price_ceiling_cents: int
    claim_until: datetime
    """End of validity plus the claim window: the last moment at which an event may be claimed."""
    first_day: date
    last_day: date
    """The days on which the service may be given."""
    available_cents: int
    units_available: int | None
    """Hundredths; None on a voucher in euros."""
    provider_id: UUID | None
    """The provider chosen now."""
    presented: bool
    """The presentation that the provider redeems with belongs to the pick that stands now."""
    confirmed: bool
    agreed_unit_price_cents: int
    vat_rate_bp: int
    admission_active: bool


@dataclass(frozen=True, slots=True)
class Draw:
    """What a provider asks of a voucher for one service event."""

    units: int
    """Hundredths of a unit: 1.25 hours = 125."""
    unit_price_cents: int
    service_date: date


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the draw costs whom. price = value + own share = net + VAT."""

    price_cents: int
    value_cents: int
    own_share_cents: int
    net_cents: int
    vat_cents: int
    units: int


MAX_UNITS: Final = 1_000_00
"""A thousand units in one event is a typing error."""


def draw(holding: Holding, asked: Draw, *, provider_id: UUID, now: datetime, today: date) -> Drawn | Refusal:
    """Decide one redemption or reservation. Each refusal has its own stable code and the amounts behind it."""
    for check in (_state, _provider, _dates):
        refusal = check(holding, asked, provider_id, now, today)
        if isinstance(refusal, Refusal):
            return refusal
    return _amounts(holding, asked)


def _state(
    holding: Holding, asked: Draw, provider_id: UUID, now: datetime, today: date
) -> Accepted | Refusal:
    if holding.state in (V.CHOSEN, V.IN_USE):
        return ACCEPTED
    if holding.state is V.GRANTED:
        return Refusal("voucher.not_chosen")
    return Refusal(f"voucher.{holding.state}")


def _provider(
    holding: Holding, asked: Draw, provider_id: UUID, now: datetime, today: date
) -> Accepted | Refusal:
    if holding.provider_id != provider_id:
        return Refusal("redemption.other_provider")
    if not holding.presented:
        return Refusal("presentation.ended")
    if not holding.confirmed:
        return Refusal("choice.not_confirmed")
    if not holding.admission_active:
        return Refusal("admission.not_active")
    return ACCEPTED


def _dates(
    holding: Holding, asked: Draw, provider_id: UUID, now: datetime, today: date
) -> Accepted | Refusal:
    if now >= holding.claim_until:
        return Refusal("voucher.expired", {"until": holding.last_day.isoformat()})
    if asked.service_date > today:
        return Refusal("redemption.date_in_future", {"today": today.isoformat()})
    if not holding.first_day <= asked.service_date <= holding.last_day:
        return Refusal(
            "redemption.date_outside_validity",
            {"first_day": holding.first_day.isoformat(), "last_day": holding.last_day.isoformat()},
        )
    return ACCEPTED


def _amounts(holding: Holding, asked: Draw) -> Drawn | Refusal:
    if not 0 < asked.units <= MAX_UNITS:
        return Refusal("redemption.units_out_of_range", {"units": asked.units})
    if asked.unit_price_cents > holding.agreed_unit_price_cents:
        return Refusal(
            "redemption.price_above_agreed",
            {"unit_price_cents": asked.unit_price_cents, "agreed_cents": holding.agreed_unit_price_cents},
        )
    ceiling = holding.unit_price_ceiling_cents
    if asked.unit_price_cents > ceiling and not holding.own_share_allowed:
        return Refusal(
            "redemption.price_above_ceiling",
            {"unit_price_cents": asked.unit_price_cents, "ceiling_cents": ceiling},
        )
    if holding.units_available is not None and asked.units > holding.units_available:
        return Refusal(
            "redemption.too_few_units", {"units": asked.units, "units_available": holding.units_available}
        )
    price_cents = price(asked.unit_price_cents, asked.units)
    if price_cents == 0:
        return Refusal("redemption.nothing_to_pay")
    covered = price(min(asked.unit_price_cents, ceiling), asked.units)
    if covered > holding.available_cents and not holding.own_share_allowed:
        return Refusal(
            "redemption.too_little_value",
            {"price_cents": covered, "available_cents": holding.available_cents},
        )
    value_cents = min(covered, holding.available_cents)
    if value_cents == 0:
        return Refusal("redemption.too_little_value", {"price_cents": covered, "available_cents": 0})
    net_cents, vat_cents = vat_split(price_cents, holding.vat_rate_bp)
    return Drawn(price_cents, value_cents, price_cents - value_cents, net_cents, vat_cents, asked.units)


def state_after_draw(available_cents: int, reserved_cents: int, units_available: int | None) -> VoucherState:
    """A voucher is used up when nothing can be drawn and nothing is held."""
    spent = available_cents == 0 or units_available == 0
    return V.USED_UP if spent and reserved_cents == 0 else V.IN_USE


def may_reverse(state: RedemptionState) -> Decision:
    """A captured redemption may be undone, once; what a statement already carries is netted on the next one."""
    if state is not R.CAPTURED:
        return Refusal(f"redemption.{state}")
    return ACCEPTED


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


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation, as it is to be captured."""

    state: RedemptionState
    reserved_until: datetime
    units: int
    unit_price_cents: int
    value_cents: int
    ceiling_cents: int
    vat_rate_bp: int


def capture(
    reserved: Reserved, *, units: int | None, now: datetime, voucher_state: VoucherState
) -> Drawn | Refusal:
    """Capture a reservation, whole or in part; the part that is not captured is released."""
    if R.CAPTURED not in REDEMPTION_TRANSITIONS[reserved.state]:
        return Refusal(f"redemption.{reserved.state}")
    if voucher_state is not V.IN_USE:
        return Refusal(f"voucher.{voucher_state}")
    if now >= reserved.reserved_until:
        return Refusal("redemption.lapsed")
    taken = reserved.units if units is None else units
    if not 0 < taken <= reserved.units:
        return Refusal("redemption.more_than_reserved", {"units": taken, "units_reserved": reserved.units})
    price_cents = price(reserved.unit_price_cents, taken)
    covered = price(min(reserved.unit_price_cents, reserved.ceiling_cents), taken)
    value_cents = min(covered, reserved.value_cents)
    if value_cents == 0:
        return Refusal("redemption.nothing_to_pay")
    net_cents, vat_cents = vat_split(price_cents, reserved.vat_rate_bp)
    return Drawn(price_cents, value_cents, price_cents - value_cents, net_cents, vat_cents, taken)


def may_end_reservation(state: RedemptionState, wanted: RedemptionState) -> Decision:
    """Only a standing reservation can be released or lapse."""
    if wanted in REDEMPTION_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal(f"redemption.{state}")
