"""Redemption: what a provider may draw from a voucher, hold, capture and undo. It is decided here and nowhere else.

Pure functions over plain values: no database, no clock.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Accepted, Decision, Invalid, Refusal
from registry.shared.money import price, vat_split
from registry.vouchers.rules import REDEMPTION_TRANSITIONS, RedemptionState, VoucherState


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
    by_results: bool = False


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


class Activity(StrEnum):
    """What was done. A closed list, and no free text: it is read by the client, the authority and the auditor, and
    nothing about a person's health or family may slip into it."""

    MEETING = "meeting"
    REMOTE = "remote"
    """By phone or video."""
    GROUP = "group"
    WORKPLACE = "workplace"
    """At an employer, with or without the client."""
    TRAINING = "training"
    ASSESSMENT = "assessment"
    WRITING = "writing"
    """An application, a plan, a report."""
    OTHER = "other"


class Attended(StrEnum):
    """Who was there, besides the provider."""

    CLIENT = "client"
    CLIENT_AND_OTHER = "client_and_other"
    """With an interpreter, a guardian, an employer."""
    GROUP = "group"
    NOBODY = "nobody"
    """Work done for the client."""


MAX_GROUP: Final = 500


@dataclass(frozen=True, slots=True)
class Event:
    """What the provider tells of a visit beside its price; all of it may be left untold."""

    activity: Activity | None = None
    attended: Attended | None = None
    group_size: int | None = None
    """How many were there; only of a group."""

    def __post_init__(self) -> None:
        if self.group_size is not None and self.attended is not Attended.GROUP:
            raise Invalid(
                "redemption.group_without_group", errors={"group_size": "redemption.group_without_group"}
            )
        if self.group_size is not None and not 2 <= self.group_size <= MAX_GROUP:
            raise Invalid(
                "redemption.group_out_of_range",
                errors={"group_size": "redemption.group_out_of_range"},
                most=MAX_GROUP,
            )

    def told(self) -> dict[str, str | int]:
        """What was told, as JSON values."""
        said = {
            "activity": self.activity and str(self.activity),
            "attended": self.attended and str(self.attended),
            "group_size": self.group_size,
        }
        return {name: value for name, value in said.items() if value is not None}


UNTOLD: Final = Event()

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
    if holding.by_results:
        return Refusal("redemption.by_results")
    if holding.state in (VoucherState.CHOSEN, VoucherState.IN_USE):
        return ACCEPTED
    if holding.state is VoucherState.GRANTED:
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


def state_after_draw(
    available_cents: int, reserved_cents: int, units_available: int | None, *, more_to_come: bool = False
) -> VoucherState:
    """A voucher is used up when nothing can be drawn, nothing is held, and no month's sum is still to come."""
    spent = (available_cents == 0 or units_available == 0) and not more_to_come
    return VoucherState.USED_UP if spent and reserved_cents == 0 else VoucherState.IN_USE


def may_reverse(state: RedemptionState) -> Decision:
    """A captured redemption may be undone, once; what a statement already carries is netted on the next one."""
    if state is not RedemptionState.CAPTURED:
        return Refusal(f"redemption.{state}")
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
    if RedemptionState.CAPTURED not in REDEMPTION_TRANSITIONS[reserved.state]:
        return Refusal(f"redemption.{reserved.state}")
    if voucher_state is not VoucherState.IN_USE:
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
