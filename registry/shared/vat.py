"""Value added tax in a price: the law's rates by their days, and what a line without VAT is. Pure.

A price is agreed with its VAT in it, and that sum stays what it is: the voucher's value and ceiling, and the client's
own share, were counted from it, and neither the client nor the authority agreed to more. What of it is VAT is not
agreed but law: the rate of the day on which the service was given (Value Added Tax Act, 15 §), and whether the seller
was registered on that day. So a change of the law, or of the seller, moves the line between net and VAT inside the
price, and nothing else.

The changes of the law are data: `vat_changes.toml`, Finland's rates and their source.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

LONGEST_REASON: Final = 70
"""Finvoice takes no more."""


class VatCategory(StrEnum):
    """The categories of EN 16931 (UNTDID 5305) that a service bought with a voucher can have."""

    STANDARD = "S"
    """At a rate above zero, whichever."""
    EXEMPT = "E"
    REVERSE = "AE"
    """Reverse charge: the buyer accounts for it."""
    ZERO = "Z"
    OUTSIDE = "O"
    """Outside VAT: above all of a seller that is not registered."""


UNTAXED: Final = (VatCategory.EXEMPT, VatCategory.REVERSE, VatCategory.ZERO, VatCategory.OUTSIDE)
REASONED: Final = (VatCategory.EXEMPT, VatCategory.REVERSE, VatCategory.OUTSIDE)
"""An invoice has to say why (BR-E-10, BR-AE-10, BR-O-10)."""
USUAL_REASONS: Final = {
    VatCategory.OUTSIDE: "Ei arvonlisäverovelvollinen – Ej momsskyldig",
    VatCategory.REVERSE: "Käännetty verovelvollisuus – Omvänd skattskyldighet",
}
"""What an invoice says where the seller does not say it in its own words. On invoices, so not in one's own language.
What a service is exempt by is not the same for all, and has no usual words."""

VAT_CHECK: Final = (
    "vat_category IS NULL OR (vat_category IN ('S', 'E', 'AE', 'Z', 'O')"
    " AND (vat_category = 'S') = (vat_rate_bp > 0)"
    " AND (vat_category IN ('S', 'Z')) = (vat_reason IS NULL) AND vat_reason IS DISTINCT FROM '')"
)
"""Of every table that carries a price's VAT. No category: from before it was asked."""


VAT_NAMES: Final = ("vat_rate_bp", "vat_category", "vat_reason")
"""What is said of a price's VAT, by the names of whatever carries a price."""


class Vat(NamedTuple):
    """The VAT in a price. `category` is None where it was never asked: above a rate of zero it is S, and what a line
    at zero is only the consent to self-billing tells, if there is one."""

    rate_bp: int
    category: str | None = None
    reason: str | None = None

    def columns(self) -> dict[str, Any]:
        return dict(zip(VAT_NAMES, (self.rate_bp, self.category, self.reason), strict=True))


class Priced(Protocol):
    """What carries a price: an admission, a choice, a redemption, a line of a statement."""

    vat_rate_bp: Any
    vat_category: Any
    vat_reason: Any


def vat_in(priced: Priced) -> Vat:
    return Vat(priced.vat_rate_bp, priced.vat_category, priced.vat_reason)


def vat_errors(vat: Vat, rates: Sequence[int]) -> dict[str, str]:
    """Field → code of what does not go together; empty when it does."""
    if vat.rate_bp != 0 and vat.rate_bp not in rates:
        return {"vat_rate_bp": "offer.vat_rate_unknown"}
    if vat.category is None:
        return {"vat_reason": "offer.vat_reason_alone"} if vat.reason else {}
    if vat.category not in tuple(VatCategory) or (vat.category == VatCategory.STANDARD) != (vat.rate_bp > 0):
        return {"vat_category": "offer.vat_category_unfit"}
    if vat.category in REASONED:
        if not vat.reason:
            return {"vat_reason": "offer.vat_reason_missing"}
        if len(vat.reason) > LONGEST_REASON:
            return {"vat_reason": "offer.vat_reason_long"}
    elif vat.reason:
        return {"vat_reason": "offer.vat_reason_alone"}
    return {}


def completed(rate_bp: int, category: str | None, reason: str | None) -> Vat:
    """What somebody said of a price's VAT: a rate above zero is S, and no words of one's own are the usual ones."""
    said = category or (str(VatCategory.STANDARD) if rate_bp else None)
    words = (reason or "").strip() or None
    if words is None and said in USUAL_REASONS:
        words = USUAL_REASONS[VatCategory(said)]
    return Vat(rate_bp, said, words)


def merged(before: Vat, said: Mapping[str, Any]) -> Vat:
    """`before` with what somebody says anew of it, each name of the price only if it is said. What no longer fits the
    rest of what is said goes: a rate above zero has no category but S, and a category without VAT no rate."""
    rate, category, reason = (said.get(name) for name in VAT_NAMES)
    if rate is None:
        rate = before.rate_bp if category in (None, VatCategory.STANDARD) else 0
    if category is None and rate == before.rate_bp == 0:
        category = before.category
    if reason is None and category == before.category:
        reason = before.reason
    return completed(rate, category, reason)


@dataclass(frozen=True, slots=True)
class RateChange:
    """From its first day on, what had the one rate has the other."""

    first_day: date
    from_bp: int
    to_bp: int


def read_changes(content: str) -> tuple[tuple[int, ...], tuple[RateChange, ...]]:
    """The rates before the first change, and the changes in the order of their days."""
    found: dict[str, Any] = tomllib.loads(content)
    changes = [RateChange(**one) for one in found["changes"]]
    return tuple(found["rates_bp"]), tuple(sorted(changes, key=lambda one: one.first_day))


RATES_BEFORE, CHANGES = read_changes(Path(__file__).with_name("vat_changes.toml").read_text())


def rate_on(rate_bp: int, day: date, *, of: date, changes: Sequence[RateChange] = CHANGES) -> int:
    """The rate, on the day of the service, of what had `rate_bp` on the day `of`.

    Later changes are followed forwards, and earlier ones back: a service given in December and claimed on a voucher
    whose provider was chosen in January has December's rate. A rate that the law had already left on the day `of`
    (a price that nobody set anew) is first taken to what became of it."""
    introduced = max(
        (i for i, c in enumerate(changes) if c.to_bp == rate_bp and c.first_day <= of), default=-1
    )
    rate = rate_bp
    for change in changes[introduced + 1 :]:
        if change.first_day <= max(of, day) and change.from_bp == rate:
            rate = change.to_bp
    if day < of:
        for change in reversed(changes):
            if day < change.first_day <= of and change.to_bp == rate:
                rate = change.from_bp
    return rate


def rates_in_force(day: date, *, changes: Sequence[RateChange] = CHANGES) -> tuple[int, ...]:
    """The rates above zero that the law has on a day, the usual one first."""
    rates = set(RATES_BEFORE)
    for change in changes:
        if change.first_day <= day:
            rates = (rates - {change.from_bp}) | {change.to_bp}
    return tuple(sorted(rates, reverse=True))


def spans(*, changes: Sequence[RateChange] = CHANGES) -> list[tuple[int, date, date]]:
    """Every rate above zero with the days on which the law has it, the last one excluded."""
    since = dict.fromkeys(RATES_BEFORE, date.min)
    found = []
    for change in changes:
        if change.from_bp in since:
            found.append((change.from_bp, since.pop(change.from_bp), change.first_day))
        since.setdefault(change.to_bp, change.first_day)
    return found + [(rate, first, date.max) for rate, first in since.items()]


def left_rates(day: date, *, changes: Sequence[RateChange] = CHANGES) -> dict[int, RateChange]:
    """Every rate that the law no longer has on a day → the change by which it last left it."""
    gone = {c.from_bp: c for c in changes if c.first_day <= day}
    return {rate: c for rate, c in gone.items() if rate not in rates_in_force(day, changes=changes)}


@lru_cache(maxsize=4_096)
def _by_law(rate_bp: int, day: date, of: date) -> int:
    """Kept for a while: a batch has few rates and few days."""
    return rate_on(rate_bp, day, of=of)


def turned(vat: Vat, day: date, *, of: date) -> Vat:
    """What had this VAT on the day `of`, with the rate of another day; above a rate of zero it is S, also where nobody
    said so."""
    if vat.rate_bp == 0:
        return vat
    rate_bp, category = _by_law(vat.rate_bp, day, of), vat.category or "S"
    return vat if (rate_bp, category) == (vat.rate_bp, vat.category) else Vat(rate_bp, category)


def vat_on(day: date, *, agreed: Vat, agreed_on: date, prices: Sequence[tuple[date, Vat]] = ()) -> Vat:
    """The VAT in a price on the day of the service.

    `agreed` is what was in the price when the provider was chosen; `prices` what was in the provider's prices from which
    day on, where that has ever changed: a provider that registers for VAT owes it on every service that it gives from
    then on, whenever it was chosen."""
    if prices and (held := [each for each in prices if each[0] <= day]):
        agreed_on, agreed = max(held, key=lambda each: each[0])
    return turned(agreed, day, of=agreed_on)
