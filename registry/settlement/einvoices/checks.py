"""The calculation rules of EN 16931 and its rules on the VAT breakdown. Pure.

Every rule is held to the cent, as the standard words it: a sum that is wrong by one cent is wrong. (Validators that
allow a whole euro on BR-CO-17 exist; public money is paid on these sums.) VAT is rounded once for each category and
rate, half a cent away from zero.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from registry.settlement.einvoices.invoice import (
    REASONED,
    UNTAXED,
    ZERO,
    Adjustment,
    Invoice,
    Line,
    Problem,
    VatRow,
    fault,
)

CENT: Final = Decimal("0.01")
REGISTERED: Final = frozenset({"S", "Z", "E", "AE", "K", "G"})
"""Categories that only a seller registered for VAT has."""
Rate = tuple[str, Decimal]
"""Category and rate; the rate is 0 where the category has none."""


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def vat_of(taxable: Decimal, rate: Decimal) -> Decimal:
    """BR-CO-17."""
    return rounded(taxable * rate / 100)


def taxable_sums(invoice: Invoice) -> dict[Rate, Decimal]:
    """What the lines, allowances and charges of each category and rate come to."""
    sums: dict[Rate, Decimal] = defaultdict(lambda: ZERO)
    for line in invoice.lines:
        sums[_rate(line)] += line.net
    for adjustment in invoice.adjustments:
        sums[_rate(adjustment)] += adjustment.amount if adjustment.charge else -adjustment.amount
    return dict(sums)


def _rate(of: Line | Adjustment | VatRow) -> Rate:
    return of.category, (of.rate or ZERO).normalize() + ZERO


def check(invoice: Invoice) -> list[Problem]:
    """Everything about the sums that breaks a rule."""
    return [*_totals(invoice), *_breakdown(invoice), *_rates(invoice), *_rows(invoice), *_parties(invoice)]


def _totals(invoice: Invoice) -> Iterator[Problem]:
    sums, at = invoice.totals, invoice.paths
    allowances = sum((a.amount for a in invoice.adjustments if not a.charge), ZERO)
    charges = sum((a.amount for a in invoice.adjustments if a.charge), ZERO)
    expected = (
        ("BR-CO-10", "lines", sums.lines, sum((line.net for line in invoice.lines), ZERO)),
        ("BR-CO-11", "allowances", sums.allowances, allowances),
        ("BR-CO-12", "charges", sums.charges, charges),
        ("BR-CO-13", "net", sums.net, sums.lines - sums.allowances + sums.charges),
        ("BR-CO-14", "vat", sums.vat, sum((row.vat for row in invoice.vat), ZERO)),
        ("BR-CO-15", "gross", sums.gross, sums.net + sums.vat),
        ("BR-CO-16", "payable", sums.payable, sums.gross - sums.prepaid + sums.rounding),
    )
    for rule, where, found, wanted in expected:
        if found != wanted:
            yield fault(rule, at.get(where, ""), found=_euro(found), wanted=_euro(wanted))
    if not invoice.vat:
        yield fault("BR-CO-18", at.get("vat_rows", ""))
    if sums.payable > 0 and invoice.due is None and not invoice.terms and not invoice.credit:
        yield fault("BR-CO-25", at.get("due", ""))


def _breakdown(invoice: Invoice) -> Iterator[Problem]:
    """One row for each category and rate that the lines have (BR-S-01, …), with their sum (BR-S-08, …)."""
    sums = taxable_sums(invoice)
    seen: set[Rate] = set()
    for row in invoice.vat:
        rate = _rate(row)
        if rate in seen:
            yield fault("VAT-TWICE", row.path, category=row.category, rate=_percent(row.rate))
            continue
        seen.add(rate)
        wanted = sums.get(rate, ZERO)
        if row.taxable != wanted:
            code = f"BR-{_family(row.category)}-08"
            yield fault(
                code, row.path, found=_euro(row.taxable), wanted=_euro(wanted), rate=_percent(row.rate)
            )
    for category, percent in sums.keys() - seen if invoice.vat else ():
        rule = f"BR-{_family(category)}-01"
        yield fault(rule, invoice.paths.get("vat_rows", ""), category=category, rate=_percent(percent))


def _rates(invoice: Invoice) -> Iterator[Problem]:
    """A standard rate is above zero; what is untaxed has none (BR-S-05, BR-E-05, …)."""
    for number, group in (("05", invoice.lines), ("06", invoice.adjustments)):
        for each in group:
            if not each.category:
                continue  # said already
            rate = each.rate or ZERO
            wrong = rate != 0 if each.category in UNTAXED else each.category == "S" and rate <= 0
            if wrong:
                rule = f"BR-{_family(each.category)}-{number}"
                yield fault(rule, each.path, category=each.category, rate=_percent(each.rate))


def _rows(invoice: Invoice) -> Iterator[Problem]:
    for row in invoice.vat:
        if row.category in UNTAXED:
            if row.vat != 0:
                yield fault(f"BR-{_family(row.category)}-09", row.path, found=_euro(row.vat))
            if row.category in REASONED and not row.reason:
                yield fault(f"BR-{_family(row.category)}-10", row.path, category=row.category)
        elif row.rate is not None and row.vat != (wanted := vat_of(row.taxable, row.rate)):
            facts = {"found": _euro(row.vat), "wanted": _euro(wanted), "rate": _percent(row.rate)}
            yield fault("BR-CO-17", row.path, **facts)


def _parties(invoice: Invoice) -> Iterator[Problem]:
    """Whoever sells with VAT, or without it for a reason that only a registered seller has, tells its number (BR-S-02,
    BR-E-02, …); the buyer that accounts for the VAT itself is named (BR-AE-02); and a seller outside VAT has no number,
    and nothing else on its invoice (BR-O-02, BR-O-11, BR-O-12)."""
    seller, buyer, at = invoice.seller, invoice.buyer, invoice.paths.get("seller", "")
    categories = {line.category for line in invoice.lines}
    for category in sorted(categories & REGISTERED):
        unnamed = category == "AE" and not (buyer.vat_id or buyer.business_id)
        if unnamed or not (seller.vat_id or seller.tax_number):
            yield fault(f"BR-{_family(category)}-02", at, category=category)
    if "O" in categories and (seller.vat_id or buyer.vat_id):
        yield fault("BR-O-02", at)
    rows = {row.category for row in invoice.vat}
    if "O" in rows and len(rows) > 1:
        yield fault("BR-O-11", invoice.paths.get("vat_rows", ""))
    if "O" in rows:
        for line in invoice.lines:
            if line.category not in ("O", ""):
                yield fault("BR-O-12", line.path, category=line.category)


def _family(category: str) -> str:
    """How the standard names a category in its rules."""
    return {"K": "IC", "L": "AF", "M": "AG", "": "S"}.get(category, category)


def _euro(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _percent(rate: Decimal | None) -> str:
    return f"{(rate or ZERO).normalize() + ZERO:f}"
