"""The invoice that the organiser makes for its provider out of a statement. Pure.

Each line is a line of the statement with its net amount; VAT is counted by the standard, once for each rate. What that
makes different from the sum of the lines, which were rounded one by one as the vouchers were drawn on, stands as the
invoice's rounding (BT-114), so that what is to be paid is what is stated, to the cent. What is outside VAT stands on an
invoice of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from registry.settlement.einvoices.checks import taxable_sums, vat_of
from registry.settlement.einvoices.invoice import (
    REASONED,
    SELF_BILLED,
    SELF_BILLED_CREDIT,
    UNTAXED,
    ZERO,
    Invoice,
    Line,
    Party,
    Totals,
    VatRow,
)
from registry.shared.errors import ACCEPTED, Decision, Refusal

NET_DAYS: Final = 14
OUTSIDE: Final = "O"
PIECE: Final = "C62"
"""UN/ECE Recommendation 20: one, without a unit. A voucher may pay a part of an hour's price; the line is the sum."""


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of the statement; amounts of a reversal are negative."""

    reference: str
    text: str
    net_cents: int
    amount_cents: int
    vat_rate_bp: int
    vat_category: str | None = None
    vat_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Untaxed:
    """What the provider said, when it consented, of lines without VAT that do not say it themselves: their prices are
    from before it was asked with each."""

    category: str
    reason: str


def category_of(line: BilledLine, untaxed: Untaxed) -> str:
    """What the line is, as the statement says; where it does not, a rate above zero is S."""
    return line.vat_category or ("S" if line.vat_rate_bp else untaxed.category)


def may_bill(*, vat_id: str | None, buyer_id: str, categories: frozenset[str]) -> Decision:
    """Whether what the provider said of its VAT and what the statement's lines are go together. A seller that is not
    registered for VAT may not show any, nor a reason that only one that is has (BR-S-02, BR-E-02, BR-AE-02, BR-Z-02);
    and who accounts for the VAT in the seller's place must be named (BR-AE-02)."""
    if categories - {OUTSIDE} and not vat_id:
        return Refusal("selfbilling.not_registered")
    if "AE" in categories and not buyer_id:
        return Refusal("selfbilling.buyer_id_missing")
    return ACCEPTED


def by_invoice(lines: Sequence[BilledLine], untaxed: Untaxed) -> list[list[BilledLine]]:
    """The lines of each invoice: on one invoice all is outside VAT or nothing is (BR-O-11 to BR-O-14). A charge and what
    takes it back have the same category, so they stay together."""
    taxed: list[BilledLine] = []
    outside: list[BilledLine] = []
    for line in lines:
        (outside if category_of(line, untaxed) == OUTSIDE else taxed).append(line)
    return [together for together in (taxed, outside) if together]


def make_invoice(
    lines: Sequence[BilledLine],
    *,
    number: str,
    day: date,
    seller: Party,
    buyer: Party,
    reference: str,
    iban: str,
    untaxed: Untaxed,
    note: str = "",
) -> Invoice:
    """The invoice, or the credit note where the statement's total is negative."""
    total_cents = sum(line.amount_cents for line in lines)
    credit = total_cents < 0
    if all(category_of(line, untaxed) == OUTSIDE for line in lines):
        seller = replace(seller, vat_id="")  # BR-O-02: it would say that the seller is registered
    sign = -1 if credit else 1
    written = tuple(_line(place, line, sign, untaxed) for place, line in enumerate(lines, start=1))
    made = Invoice(
        number=number,
        day=day,
        type_code=SELF_BILLED_CREDIT if credit else SELF_BILLED,
        currency="EUR",
        seller=seller,
        buyer=buyer,
        lines=written,
        vat=(),
        totals=Totals(ZERO, ZERO, ZERO, ZERO, ZERO),
    )
    reasons = _reasons(lines, untaxed)
    rows = tuple(
        _row(category, rate, taxable, reasons.get(category, ""))
        for (category, rate), taxable in taxable_sums(made).items()
    )
    net, vat = sum((line.net for line in written), ZERO), sum((row.vat for row in rows), ZERO)
    payable = _euro(total_cents * sign)
    return Invoice(
        number=number,
        day=day,
        type_code=made.type_code,
        currency="EUR",
        seller=seller,
        buyer=buyer,
        lines=written,
        vat=rows,
        totals=Totals(net, net, vat, net + vat, payable, rounding=payable - net - vat),
        due=day + timedelta(days=NET_DAYS),
        note=note,
        order_reference=reference,
        iban=iban,
        payment_reference=reference,
    )


def _euro(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _line(place: int, line: BilledLine, sign: int, untaxed: Untaxed) -> Line:
    net = _euro(line.net_cents * sign)
    category = category_of(line, untaxed)
    rate = None if category == OUTSIDE else Decimal(line.vat_rate_bp) / 100
    count = Decimal(-1 if net < 0 else 1)
    return Line(str(place), count, PIECE, net, line.text, abs(net), category, rate, line.reference)


def _reasons(lines: Sequence[BilledLine], untaxed: Untaxed) -> dict[str, str]:
    """Why there is no VAT, by category: the standard has one row for each, so lines of several reasons share it."""
    found: dict[str, dict[str, None]] = {}
    for line in lines:
        category = category_of(line, untaxed)
        if category in REASONED:
            said = line.vat_reason if line.vat_category else untaxed.reason
            found.setdefault(category, {})[said or ""] = None
    return {category: "; ".join(said) for category, said in found.items()}


def _row(category: str, rate: Decimal, taxable: Decimal, reason: str) -> VatRow:
    if category not in UNTAXED:
        return VatRow(category, rate, taxable, vat_of(taxable, rate))
    return VatRow(category, None if category == OUTSIDE else rate, taxable, ZERO, reason)
