"""Money is whole cents of euro, never a float: a float loses cents, and every cent here is public money."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from babel.numbers import format_currency

from registry.shared.errors import Invalid

MAX_CENTS = 1_000_000_000_00
"""One thousand million euros: above it an amount is a typing error, and below it every sum fits a BIGINT."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in euro cents; may be negative only as a difference."""

    cents: int

    def __post_init__(self) -> None:
        if type(self.cents) is not int:
            raise TypeError("Money takes whole cents as int")

    def __add__(self, other: Self) -> "Money":
        return Money(self.cents + other.cents)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.cents - other.cents)

    def __neg__(self) -> "Money":
        return Money(-self.cents)

    def __bool__(self) -> bool:
        return self.cents != 0

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02d}"

    @classmethod
    def parse(cls, text: str) -> "Money":
        """Read what a person types: `1 234,50`, `1234.5`, `1234 €`. More than two decimals is an error, not a
        rounding: we never guess somebody's cents."""
        cleaned = text.replace("€", "").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
        cleaned = cleaned.replace("\u2212", "-").replace(",", ".")
        whole, _, fraction = cleaned.partition(".")
        digits = whole.removeprefix("-")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 12 or len(fraction) > 2:
            raise Invalid("money.malformed")
        if fraction and not (fraction.isascii() and fraction.isdigit()):
            raise Invalid("money.malformed")
        cents = int(digits) * 100 + int(fraction.ljust(2, "0") or "0")
        if cents > MAX_CENTS:
            raise Invalid("money.too_large")
        return cls(-cents if whole.startswith("-") else cents)


def written(cents: int, language: str) -> str:
    """As a document says it in this language: "1 234,50 €", in English "€1,234.50"."""
    return str(format_currency(Decimal(cents) / 100, "EUR", locale=language))


def round_cents(amount: Decimal) -> int:
    """The one rounding of the house: half a cent goes up, away from zero (EN 16931 and Finnish invoicing)."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _rounded(dividend: int, divisor: int) -> int:
    """`round_cents` of a quotient of whole numbers (the divisor is positive): exact, and without a Decimal, which
    every redemption would pay for three times."""
    half_up = (2 * abs(dividend) + divisor) // (2 * divisor)
    return -half_up if dividend < 0 else half_up


def price(unit_price_cents: int, hundredths: int) -> int:
    """Price in cents of `hundredths`/100 units (1.25 hours = 125)."""
    return _rounded(unit_price_cents * hundredths, 100)


def vat_split(gross_cents: int, vat_rate_bp: int) -> tuple[int, int]:
    """(net, VAT) of a price that includes VAT; the rate is in basis points (25.5 % = 2550). The net is rounded
    and the VAT is the rest, so that the two always sum to the gross."""
    net = _rounded(gross_cents * 10_000, 10_000 + vat_rate_bp)
    return net, gross_cents - net


def allocate(total: Money, weights: Sequence[int]) -> list[Money]:
    """Split `total` by `weights` and lose no cent: the remainder goes, a cent each, to the largest fractions,
    ties to the earlier. Weights are non-negative and not all zero."""
    if not weights or any(w < 0 for w in weights) or sum(weights) == 0:
        raise ValueError("allocate needs non-negative weights, not all zero")
    if total.cents < 0:
        return [-part for part in allocate(-total, weights)]
    whole = sum(weights)
    shares = [total.cents * w // whole for w in weights]
    left = total.cents - sum(shares)
    by_fraction = sorted(range(len(weights)), key=lambda i: (-(total.cents * weights[i] % whole), i))
    for i in by_fraction[:left]:
        shares[i] += 1
    return [Money(share) for share in shares]
