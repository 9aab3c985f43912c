"""Writing an invoice in Finvoice 3.0, valid against its schema. Pure.

Texts are cut to the lengths that the schema allows; a number, a reference or an amount never is.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from lxml import etree

from registry.settlement.einvoices.finvoice import TYPES
from registry.settlement.einvoices.invoice import Adjustment, Invoice, Line, Party, VatRow
from registry.settlement.einvoices.writing import Node, digits, document

TEXTS: Final = {"INV01": "LASKU", "INV02": "HYVITYSLASKU", "INV07": "ITSELASKUTUS"}
LONGEST_NUMBER: Final = 20


def write_finvoice(invoice: Invoice) -> bytes:
    """The invoice as a Finvoice document. A credit note's amounts carry a minus sign there."""
    return document(_Writer(invoice).root())


class _Writer:
    def __init__(self, invoice: Invoice) -> None:
        if len(invoice.number) > LONGEST_NUMBER:
            raise ValueError("Finvoice takes invoice numbers of at most 20 characters")
        self.invoice = invoice
        by_type = {named: code for code, named in TYPES.items()}
        self.code = "INV02" if invoice.credit else by_type.get(invoice.type_code, "INV01")

    def root(self) -> object:
        invoice = self.invoice
        root = Node(etree.Element("Finvoice", Version="3.0"), {})
        self._party(root.group("SellerPartyDetails"), "Seller", invoice.seller)
        self._party(root.group("BuyerPartyDetails"), "Buyer", invoice.buyer)
        self._details(root.group("InvoiceDetails"))
        for line in invoice.lines:
            self._line(root.group("InvoiceRow"), line)
        self._payment(root.group("EpiDetails"))
        return root.element

    def _money(self, node: Node, name: str, amount: Decimal) -> None:
        node.add(name, _comma(amount * self.invoice.sign), AmountCurrencyIdentifier=self.invoice.currency)

    def _day(self, node: Node, name: str, day: date) -> None:
        node.add(name, f"{day:%Y%m%d}", Format="CCYYMMDD")

    def _party(self, node: Node, which: str, party: Party) -> None:
        node.add(f"{which}PartyIdentifier", party.business_id)
        node.add(f"{which}OrganisationName", party.name[:70])
        node.add(f"{which}OrganisationTaxCode", party.vat_id)
        address = party.address
        if address and min(len(address.street), len(address.city), len(address.postal_code)) >= 2:
            postal = node.group(f"{which}PostalAddressDetails")
            postal.add(f"{which}StreetName", address.street[:35])
            postal.add(f"{which}TownName", address.city[:35])
            postal.add(f"{which}PostCodeIdentifier", address.postal_code)
            postal.add("CountryCode", address.country)

    def _details(self, node: Node) -> None:
        invoice, sums = self.invoice, self.invoice.totals
        node.add("InvoiceTypeCode", self.code, CodeListAgencyIdentifier="SPY")
        node.add("InvoiceTypeCodeUN", invoice.type_code)
        node.add("InvoiceTypeText", TEXTS[self.code])
        node.add("OriginCode", "Original")
        node.add("InvoiceNumber", invoice.number)
        self._day(node, "InvoiceDate", invoice.day)
        node.add("OriginalInvoiceNumber", invoice.preceding)
        node.add("OrderIdentifier", invoice.order_reference)
        node.add("BuyerReferenceIdentifier", invoice.buyer_reference)
        self._money(node, "RowsTotalVatExcludedAmount", sums.lines)
        if sums.allowances:
            self._money(node, "DiscountsTotalVatExcludedAmount", sums.allowances)
        if sums.charges:
            self._money(node, "ChargesTotalVatExcludedAmount", sums.charges)
        self._money(node, "InvoiceTotalVatExcludedAmount", sums.net)
        self._money(node, "InvoiceTotalVatAmount", sums.vat)
        self._money(node, "InvoiceTotalVatIncludedAmount", sums.gross)
        if sums.rounding:
            self._money(node, "InvoiceTotalRoundoffAmount", sums.rounding)
        if sums.prepaid:
            self._money(node, "InvoicePaidAmount", sums.prepaid)
        for row in invoice.vat:
            self._vat_row(node.group("VatSpecificationDetails"), row)
        node.add("InvoiceFreeText", invoice.note[:512])
        if invoice.due or invoice.terms:
            terms = node.group("PaymentTermsDetails")
            terms.add("PaymentTermsFreeText", invoice.terms[:70])
            if invoice.due:
                self._day(terms, "InvoiceDueDate", invoice.due)
        for adjustment in sorted(invoice.adjustments, key=lambda a: a.charge):
            self._adjustment(node, adjustment)

    def _vat_row(self, node: Node, row: VatRow) -> None:
        self._money(node, "VatBaseAmount", row.taxable)
        node.add("VatRatePercent", "" if row.rate is None else _percent(row.rate))
        node.add("VatCode", row.category)
        self._money(node, "VatRateAmount", row.vat)
        node.add("VatFreeText", row.reason[:70])

    def _adjustment(self, details: Node, adjustment: Adjustment) -> None:
        node = details.group("ChargeDetails" if adjustment.charge else "DiscountDetails")
        node.add("ReasonText" if adjustment.charge else "FreeText", adjustment.reason[:70])
        self._money(node, "Amount", adjustment.amount)
        node.add("VatCategoryCode", adjustment.category)
        node.add("VatRatePercent", "" if adjustment.rate is None else _percent(adjustment.rate))

    def _line(self, node: Node, line: Line) -> None:
        currency = self.invoice.currency
        node.add("ArticleName", line.name[:100])
        node.add("InvoicedQuantity", _number(line.quantity * self.invoice.sign), QuantityUnitCodeUN=line.unit)
        node.add("UnitPriceAmount", _comma(line.price), AmountCurrencyIdentifier=currency)
        node.add("RowOrderPositionIdentifier", line.reference)
        node.add("RowPositionIdentifier", line.id)
        node.add("RowVatRatePercent", "" if line.rate is None else _percent(line.rate))
        node.add("RowVatCode", line.category)
        self._money(node, "RowVatExcludedAmount", line.net)

    def _payment(self, node: Node) -> None:
        invoice = self.invoice
        head = node.group("EpiIdentificationDetails")
        self._day(head, "EpiDate", invoice.day)
        head.group("EpiReference").element.text = ""
        parties = node.group("EpiPartyDetails")
        parties.group("EpiBfiPartyDetails")
        payee = parties.group("EpiBeneficiaryPartyDetails")
        payee.add("EpiNameAddressDetails", invoice.seller.name[:35])
        payee.group("EpiAccountID", IdentificationSchemeName="IBAN").element.text = invoice.iban
        order = node.group("EpiPaymentInstructionDetails")
        if invoice.payment_reference:
            scheme = "ISO" if invoice.payment_reference.startswith("RF") else "SPY"
            order.add(
                "EpiRemittanceInfoIdentifier", invoice.payment_reference, IdentificationSchemeName=scheme
            )
        self._money(order, "EpiInstructedAmount", invoice.totals.payable)
        order.group("EpiCharge", ChargeOption="SHA").element.text = "SHA"
        self._day(order, "EpiDateOptionDate", invoice.due or invoice.day)


def _comma(amount: Decimal) -> str:
    return digits(amount, least=2).replace(".", ",")


def _number(number: Decimal) -> str:
    return digits(number).replace(".", ",")


def _percent(rate: Decimal) -> str:
    return digits(rate).replace(".", ",")
