"""An invoice in words: VAT categories, and the paper form in the reader's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from stdnum import iban as account

from registry.settlement.einvoices.intake import cents
from registry.settlement.einvoices.invoice import Invoice, Party
from registry.settlement.statement_csv import shown_reference
from web.translations import N_, current_language, format_date, format_money, format_number, gettext

CATEGORY_TEXTS: Final[dict[str, str]] = {
    "E": N_("Exempt from VAT"),
    "AE": N_("Reverse charge: the buyer pays the VAT"),
    "Z": N_("Zero-rated"),
    "O": N_("Outside VAT"),
}


def paper_facts(invoice: Invoice) -> dict[str, Any]:
    """Everything that the invoice's paper says."""
    title = gettext("Credit note (self-billing)") if invoice.credit else gettext("Invoice (self-billing)")
    sums = invoice.totals
    totals = [
        (gettext("Total without VAT"), _money(sums.net)),
        (gettext("VAT"), _money(sums.vat)),
        (gettext("Total with VAT"), _money(sums.gross)),
    ]
    if sums.rounding:
        totals.append((gettext("Rounding"), _money(sums.rounding)))
    payable = gettext("To be credited") if invoice.credit else gettext("To pay")
    return {
        "lang": current_language.get(),
        "title": title,
        "number": invoice.number,
        "made": gettext("Made by the buyer with the seller’s consent."),
        "seller_label": gettext("Seller"),
        "seller": _party(invoice.seller),
        "buyer_label": gettext("Buyer"),
        "buyer": _party(invoice.buyer),
        "facts": _facts(invoice),
        "columns": [
            gettext("Reference"), gettext("What was sold"), gettext("VAT %"), gettext("Without VAT"),
        ],
        "lines": [
            [shown_reference(line.reference), line.name, _rate(line.rate), _money(line.net)]
            for line in invoice.lines
        ],
        "vat_columns": [gettext("VAT %"), gettext("Without VAT"), gettext("VAT")],
        "vat_title": gettext("VAT by rate"),
        "vat": [
            [_vat_text(row.category, row.rate, row.reason), _money(row.taxable), _money(row.vat)]
            for row in invoice.vat
        ],
        "totals": [list(total) for total in totals],
        "payable": [payable, _money(sums.payable)],
    }  # fmt: skip


def _facts(invoice: Invoice) -> list[list[str]]:
    facts = [
        (gettext("Invoice number"), invoice.number),
        (gettext("Invoice date"), format_date(invoice.day)),
        (gettext("Due date"), format_date(invoice.due) if invoice.due and not invoice.credit else ""),
        (gettext("Order reference"), invoice.order_reference),
        (gettext("Payment reference"), invoice.payment_reference),
        (gettext("Account"), account.format(invoice.iban) if invoice.iban else ""),
    ]
    return [[term, value] for term, value in facts if value]


def _party(party: Party) -> list[str]:
    address = party.address
    place = f"{address.postal_code} {address.city}".strip() if address else ""
    street = address.street if address else ""
    return [text for text in (party.name, street, place, party.business_id, party.vat_id) if text]


def category_words(category: str | None, reason: str | None) -> str:
    """What has no VAT, and why."""
    return _vat_text(category, None, reason or "") if category in CATEGORY_TEXTS else gettext("No VAT")


def _vat_text(category: str, rate: Decimal | None, reason: str) -> str:
    if category not in CATEGORY_TEXTS:
        return _rate(rate)
    words = gettext(CATEGORY_TEXTS[category])
    return f"{words}: {reason}" if reason else words


def vat_words(row: Mapping[str, Any]) -> str:
    """A row of the VAT breakdown that was kept with an e-invoice."""
    return _vat_text(row["category"], Decimal(row["rate_bp"]) / 100, row["reason"])


def _rate(rate: Decimal | None) -> str:
    return "–" if rate is None else f"{format_number(float(rate))} %"


def _money(amount: Decimal) -> str:
    return format_money(cents(amount))
