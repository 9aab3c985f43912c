"""The invoice that the organiser makes for its provider out of a statement. Pure.

Each line is a line of the statement with its net amount; VAT is counted by the standard, once for each rate. What that
makes different from the statement's total, which was rounded line by line as the vouchers were drawn on, stands as the
invoice's rounding (BT-114), so that what is to be paid is the statement's total to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from registry.settlement.einvoices.checks import taxable_sums, vat_of
from registry.settlement.einvoices.invoice import (
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


@dataclass(frozen=True, slots=True)
class Untaxed:
    """What the provider said of its lines without VAT."""

    category: str
    reason: str


def may_bill(*, vat_id: str | None, untaxed: Untaxed, rates: frozenset[int]) -> Decision:
    """Whether what the provider said of its VAT and what its prices have in them go together: a seller that is not
    registered for VAT may not show any (BR-S-02), and on one invoice all is outside VAT or nothing is (BR-O-11)."""
    if any(rates) and not vat_id:
        return Refusal("selfbilling.not_registered")
    if any(rates) and 0 in rates and untaxed.category == OUTSIDE:
        return Refusal("selfbilling.mixed_outside")
    if 0 in rates and untaxed.category in ("E", "AE", "Z") and not vat_id:
        return Refusal("selfbilling.not_registered")
    return ACCEPTED


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
    rows = tuple(
        _row(category, rate, taxable, untaxed) for (category, rate), taxable in taxable_sums(made).items()
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
    category = "S" if line.vat_rate_bp else untaxed.category
    rate = None if category == OUTSIDE else Decimal(line.vat_rate_bp) / 100
    count = Decimal(-1 if net < 0 else 1)
    return Line(str(place), count, PIECE, net, line.text, abs(net), category, rate, line.reference)


def _row(category: str, rate: Decimal, taxable: Decimal, untaxed: Untaxed) -> VatRow:
    if category not in UNTAXED:
        return VatRow(category, rate, taxable, vat_of(taxable, rate))
    reason = untaxed.reason if category != "Z" else ""
    return VatRow(category, None if category == OUTSIDE else rate, taxable, ZERO, reason)
