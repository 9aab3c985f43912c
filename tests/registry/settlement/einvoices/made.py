"""Invoices to write and read again, and files to break."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from registry.settlement.einvoices.checks import taxable_sums, vat_of
from registry.settlement.einvoices.invoice import (
    REASONED,
    UNTAXED,
    ZERO,
    Address,
    Adjustment,
    Invoice,
    Line,
    Party,
    Totals,
    VatRow,
)

SELLER = Party("Valmentajat Oy", "2345678-0", "FI23456780", Address("Asemakatu 1", "90100", "Oulu", "FI"))
BUYER = Party("Oulun työllisyysalue", "0187690-1", "", Address("PL 27", "90015", "Oulun kaupunki", "FI"))
EURO = Decimal("1.00")


def line(
    net: str = "100.00",
    rate: str = "25.5",
    *,
    category: str = "S",
    reference: str = "7f3a91bc02d4",
    id: str = "1",
) -> Line:
    return Line(
        id,
        EURO,
        "HUR",
        Decimal(net),
        "Työhönvalmennus",
        abs(Decimal(net)),
        category,
        Decimal(rate),
        reference,
    )


def invoice(
    *lines: Line,
    type_code: str = "380",
    adjustments: tuple[Adjustment, ...] = (),
    prepaid: Decimal = ZERO,
    rounding: Decimal = ZERO,
    **others: object,
) -> Invoice:
    """An invoice of these lines whose sums are right."""
    numbered = tuple(replace(each, id=str(place)) for place, each in enumerate(lines or (line(),), start=1))
    made = Invoice(
        number="1001",
        day=date(2026, 11, 2),
        type_code=type_code,
        currency="EUR",
        seller=SELLER,
        buyer=BUYER,
        lines=numbered,
        vat=(),
        totals=Totals(ZERO, ZERO, ZERO, ZERO, ZERO),
        due=date(2026, 11, 16),
        order_reference="RF3920261000018",
        adjustments=adjustments,
        iban="FI2112345600000785",
        payment_reference="RF3920261000018",
    )
    rows = tuple(
        VatRow(
            category,
            rate,
            taxable,
            ZERO if category in UNTAXED else vat_of(taxable, rate),
            "Työvoimapalvelu" if category in REASONED else "",
        )
        for (category, rate), taxable in taxable_sums(made).items()
    )
    off = sum((a.amount for a in adjustments if not a.charge), ZERO)
    on = sum((a.amount for a in adjustments if a.charge), ZERO)
    of_lines = sum((each.net for each in numbered), ZERO)
    net, vat = of_lines - off + on, sum((row.vat for row in rows), ZERO)
    totals = Totals(of_lines, net, vat, net + vat, net + vat - prepaid + rounding, off, on, prepaid, rounding)
    return replace(made, vat=rows, totals=totals, **others)  # type: ignore[arg-type]  # test's own fields
