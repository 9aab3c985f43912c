"""What organisers, areas, services and their voucher terms may be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Decision, Refusal

ORGANISER_KINDS: Final = ("employment_area", "municipality", "wellbeing_county", "alliance")
REPRESENTATION_DAYS: Final = 7
MOST_REPRESENTATION_DAYS: Final = 60
"""Within how many days an organiser answers who asks to act for an organisation, where it says nothing; and at most."""

AUDIENCES: Final = ("person", "company")
VALUE_KINDS: Final = ("euros", "units", "allowance", "results")
"""A sum; a number of units at a capped price; so much a month; or by milestones."""
UNIT_NAMES: Final = ("hour", "session")

AUTONOMOUS_AREAS: Final = frozenset({"46"})
"""Codes in the classification of employment areas that are none: Åland arranges its services under its own law, so it
has municipalities, and providers there, but no organiser."""


MILESTONES: Final = ("start", "half_way", "completed", "employed_3_months", "employed_6_months")
CONFIRMERS: Final = ("client", "staff", "authority")
"""Who says that a milestone was reached: the client, a case worker, or the authority's own records."""
EVIDENCE: Final = ("words", "file")


def may_organise(area_code: str | None) -> Decision:
    """Whether an organiser can be the employment area with this code."""
    if area_code in AUTONOMOUS_AREAS:
        return Refusal("organiser.area_autonomous", {"area": area_code})
    return ACCEPTED


def is_code(text: str) -> bool:
    """A short name for addresses and files: lower-case letters a-z, digits and single dashes, 2 to 50 characters."""
    return len(text) <= 50 and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is not None and len(text) >= 2


def terms_fit_service(*, free_by_law: bool, own_share_allowed: bool) -> Decision:
    """A service that the law makes free can never take an own share from its client."""
    if free_by_law and own_share_allowed:
        return Refusal("terms.own_share_on_free_service")
    return ACCEPTED


def units_value(*, units: int, unit_price_ceiling_cents: int) -> int | None:
    """What `units` hundredths at the ceiling cost, in whole cents; None when it does not come out even."""
    value, rest = divmod(units * unit_price_ceiling_cents, 100)
    return None if rest else value


MAX_VALUE_CENTS: Final = 100_000_00
"""A hundred thousand euros on one voucher is a typing error; a procurement of that size is no voucher either."""
MAX_UNITS: Final = 100_000
"""Hundredths: a thousand hours."""

RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "unit_price_ceiling_cents": (1, MAX_VALUE_CENTS),
    "validity_days": (1, 1095),
    "shortlist_size": (1, 10),
    "claim_window_days": (0, 365),
    "confirm_within_days": (1, 60),
    "reservation_days": (1, 90),
    "retroactive_days": (0, 365),
}
"""Least and most of each number in the terms; the database has the outer bounds too."""


CLAIM_WINDOW_DAYS: Final = 30
"""Where an organiser has not said otherwise: for so long after the last day its events can still be claimed."""
MOST_MONTHS: Final = 36


@dataclass(frozen=True, slots=True)
class Milestone:
    """A result that is paid for: how much, on what evidence, and who says that it was reached."""

    code: str
    amount_cents: int
    evidence: str
    """words: words or a file; file: a file."""
    confirmer: str
    above_expected: bool = False
    """Paid only where the provider's clients fared better than was to be expected of just these clients."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a voucher of a service is: a sum in euros (`value_cents`), units (hundredths) at a capped unit price, an
    allowance (`value_cents` a month), or milestones, whose sum `value_cents` is."""

    kind: str
    value_cents: int | None
    units: int | None
    unit_name: str | None
    unit_price_ceiling_cents: int
    validity_days: int
    shortlist_size: int
    own_share_allowed: bool
    claim_window_days: int
    confirm_within_days: int
    reservation_days: int
    rule_book_version: str
    months: int | None = None
    """Of an allowance: for how many months at most."""
    carry_over: bool | None = None
    """Of an allowance: what is left of a month stays for the next."""
    milestones: list[dict[str, Any]] | None = None
    """Of a voucher by results: what `Milestone` holds, in the order in which they are reached."""
    expected_release_id: UUID | None = None
    """The frozen release that says what was to be expected, and the result that it is about."""
    expected_measure: str | None = None
    retroactive_days: int = 0
    """From how many days before the grant events may be claimed, with a second pair of eyes; 0 when never."""
    de_minimis: bool = False
    """The voucher is aid to a company, and counts towards the ceiling of such aid."""


def milestones_of(terms: list[dict[str, Any]] | None) -> tuple[Milestone, ...]:
    return tuple(Milestone(**one) for one in terms or ())


def terms_problems(terms: Terms) -> dict[str, str]:
    """Field → code of everything that is wrong with the terms by themselves; empty when they can be published."""
    problems: dict[str, str] = {}
    if terms.kind not in VALUE_KINDS:
        return {"kind": "field.not_a_choice"}
    for field, (least, most) in RANGES.items():
        if not least <= getattr(terms, field) <= most:
            problems[field] = f"terms.{field}_range"
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,29}", terms.rule_book_version):
        problems["rule_book_version"] = "terms.rule_book_version_malformed"
    if terms.kind == "units":
        problems |= _unit_problems(terms)
    elif terms.kind == "results":
        problems |= _result_problems(terms)
    else:
        problems |= _sum_problems(terms)
    return problems | _kind_problems(terms)


def _kind_problems(terms: Terms) -> dict[str, str]:
    """What belongs to one kind stands in the terms of no other."""
    problems: dict[str, str] = {}
    if terms.kind == "allowance":
        if terms.months is None or not 1 <= terms.months <= MOST_MONTHS:
            problems["months"] = "terms.months_range"
        if terms.carry_over is None:
            problems["carry_over"] = "field.required"
    elif terms.months is not None or terms.carry_over is not None:
        problems["months"] = "terms.months_on_other"
    if terms.kind != "results" and (terms.milestones or terms.expected_release_id or terms.expected_measure):
        problems["milestones"] = "terms.milestones_on_other"
    return problems


def _result_problems(terms: Terms) -> dict[str, str]:
    """A milestone each once, in whole cents; the ceiling is the dearest one, and no share is left to the client."""
    try:
        found = milestones_of(terms.milestones)
    except TypeError:
        return {"milestones": "terms.milestones_wrong"}
    codes = [one.code for one in found]
    places = [MILESTONES.index(code) for code in codes if code in MILESTONES]
    right = all(
        one.code in MILESTONES
        and one.confirmer in CONFIRMERS
        and one.evidence in EVIDENCE
        and 1 <= one.amount_cents <= MAX_VALUE_CENTS
        for one in found
    )
    if not found or not right or places != sorted(set(places)):
        return {"milestones": "terms.milestones_wrong"}
    if terms.units is not None or terms.unit_name is not None:
        return {"units": "terms.units_on_euros"}
    if terms.own_share_allowed:
        return {"own_share_allowed": "terms.own_share_on_results"}
    total = sum(one.amount_cents for one in found)
    if total > MAX_VALUE_CENTS or terms.value_cents not in (None, total):
        return {"value_cents": "terms.value_range"}
    if any(one.above_expected for one in found) != bool(terms.expected_release_id and terms.expected_measure):
        return {"expected_release_id": "terms.expected_without_release"}
    return {}


def _sum_problems(terms: Terms) -> dict[str, str]:
    if terms.units is not None or terms.unit_name is not None:
        return {"units": "terms.units_on_euros"}
    if terms.value_cents is None or not 1 <= terms.value_cents <= MAX_VALUE_CENTS:
        return {"value_cents": "terms.value_range"}
    return {}


def _unit_problems(terms: Terms) -> dict[str, str]:
    problems: dict[str, str] = {}
    if terms.unit_name not in UNIT_NAMES:
        problems["unit_name"] = "field.not_a_choice"
    if terms.units is None or not 1 <= terms.units <= MAX_UNITS:
        return problems | {"units": "terms.units_range"}
    value = units_value(units=terms.units, unit_price_ceiling_cents=terms.unit_price_ceiling_cents)
    if value is None:
        problems["units"] = "terms.units_uneven"
    elif value > MAX_VALUE_CENTS:
        problems["units"] = "terms.value_range"
    elif terms.value_cents is not None and terms.value_cents != value:
        problems["value_cents"] = "terms.value_not_units"
    return problems


def value_of(terms: Terms) -> int:
    """What the budget sets aside for one voucher, in cents, of terms without problems."""
    value: int | None
    if terms.kind in ("euros", "allowance"):
        value = terms.value_cents
    elif terms.kind == "results":
        value = sum(one.amount_cents for one in milestones_of(terms.milestones))
    else:
        value = units_value(units=terms.units or 0, unit_price_ceiling_cents=terms.unit_price_ceiling_cents)
    if value is None:
        raise ValueError("these terms have problems")
    return value


MAX_ALLOCATION_CENTS: Final = 1_000_000_000_00


def may_allocate(*, granted_cents: int, allocated_cents: int) -> Decision:
    """A budget line cannot shrink below what has been granted from it: vouchers in people's hands are promises."""
    if not 0 <= allocated_cents <= MAX_ALLOCATION_CENTS:
        return Refusal("budget.allocation_range", {"most_cents": MAX_ALLOCATION_CENTS})
    if allocated_cents < granted_cents:
        return Refusal(
            "budget.below_granted", {"granted_cents": granted_cents, "allocated_cents": allocated_cents}
        )
    return ACCEPTED
