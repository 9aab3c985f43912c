"""What a service's voucher terms may be."""

from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

ORGANISER_KINDS: Final = ("employment_area", "municipality", "wellbeing_county", "alliance")
AUDIENCES: Final = ("person", "company")
VALUE_KINDS: Final = ("euros", "units")
UNIT_NAMES: Final = ("hour", "session")


def terms_fit_service(*, free_by_law: bool, own_share_allowed: bool) -> Decision:
    """A service that the law makes free can never take an own share from its client."""
    if free_by_law and own_share_allowed:
        return Refusal("terms.own_share_on_free_service")
    return ACCEPTED


def units_value(*, units: int, unit_price_ceiling_cents: int) -> int | None:
    """What `units` hundredths at the ceiling cost, in whole cents; None when it does not come out even."""
    value, rest = divmod(units * unit_price_ceiling_cents, 100)
    return None if rest else value
