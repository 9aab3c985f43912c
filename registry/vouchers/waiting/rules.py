"""What waiting for a provider's answer costs the client: nothing. The days are put onto the voucher's validity."""

from collections.abc import Mapping
from datetime import date
from typing import Final

GIVEN_BACK_FOR: Final = ("silent", "declined", "late", "left")
"""Why days were given back: the provider never answered, could not take the client, took the client only when the
voucher would have run out, or was out of the register before the service began."""

WAITED_IN_VAIN: Final[Mapping[str, str]] = {
    "lapsed": "silent",
    "declined": "declined",
    "provider_left": "left",
}
"""End of a pick before the service began → why its days are given back. What the client ended by choice costs the days
that it took."""


def days_waited(*, chosen_on: date, answered_on: date) -> int:
    """Whole days that went by between the choice and its end: chosen and declined on one day costs nothing."""
    return max(0, (answered_on - chosen_on).days)
