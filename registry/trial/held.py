"""A voucher as its callers know it: what the answers said of it, and what must be on it by our own reckoning.

The reckoning is done from the terms and the price alone, apart from the service's own rules, so that the two can
contradict each other.
"""

from dataclasses import dataclass, field

from registry.catalogue.rules import Terms
from registry.shared.money import price
from registry.trial.errors import Unexpected
from registry.trial.plan import Story, Visit


@dataclass(frozen=True, slots=True)
class Charge:
    """What one service event must cost."""

    units: int
    value_cents: int
    own_share_cents: int


@dataclass(slots=True)
class Charged:
    """A redemption that stands."""

    id: str
    visit: Visit
    charge: Charge


@dataclass(slots=True)
class HeldVoucher:
    """A voucher of the trial."""

    story: Story
    id: str
    number: str
    terms: Terms
    case_worker: int
    """Whose client it is: place of the token."""
    available_cents: int
    units_available: int | None
    reserved_cents: int = 0
    provider: str | None = None
    assignment: str | None = None
    price_cents: int = 0
    """The agreed unit price."""
    presentation: str | None = None
    charged: list[Charged] = field(default_factory=list)
    ended: bool = False
    """Refused or cancelled; nothing can be drawn any more."""
    broken: bool = False
    """Something unexpected happened to it: later steps pass it over."""

    @property
    def most_units(self) -> int:
        """Hundredths of a unit that what is left pays for. Where the client may pay the rest, the last unit may be
        dearer than what is left."""
        if self.units_available is not None:
            return self.units_available
        covered = self._covered
        if self.terms.own_share_allowed:
            return -(-self.available_cents * 100 // covered)
        return self.available_cents * 100 // covered

    @property
    def _covered(self) -> int:
        """What the voucher pays of a unit."""
        return min(self.price_cents, self.terms.unit_price_ceiling_cents)

    def reckon(self, units: int) -> Charge:
        """What this many hundredths of a unit must cost now."""
        value = min(price(self._covered, units), self.available_cents)
        return Charge(units, value, price(self.price_cents, units) - value)

    def part_of(self, reserved: Charge, units: int) -> Charge:
        """What capturing only so much of a reservation must cost."""
        value = min(price(self._covered, units), reserved.value_cents)
        return Charge(units, value, price(self.price_cents, units) - value)

    def take(self, charge: Charge, *, reserve: bool) -> None:
        """Draw from what is left."""
        self.available_cents -= charge.value_cents
        if self.units_available is not None:
            self.units_available -= charge.units
        if reserve:
            self.reserved_cents += charge.value_cents

    def give_back(self, charge: Charge) -> None:
        """Undo a draw."""
        self.available_cents += charge.value_cents
        if self.units_available is not None:
            self.units_available += charge.units

    def same(self, what: str, said: object, reckoned: object) -> None:
        """Raise Unexpected where an answer contradicts our own reckoning."""
        if said != reckoned:
            raise Unexpected(
                f"voucher {self.id}: {what} is {said} by the answer and {reckoned} by our reckoning"
            )
