"""Writing an invoice in UBL 2.1, as EN 16931 binds it. Pure."""

from decimal import Decimal
from typing import Final

from lxml import etree

from registry.settlement.einvoices.invoice import REASONED, Adjustment, Invoice, Line, Party, VatRow
from registry.settlement.einvoices.ubl import CAC, CBC, CREDIT_NOTE, INVOICE
from registry.settlement.einvoices.writing import Node, digits, document

NORM: Final = "urn:cen.eu:en16931:2017"


def write_ubl(invoice: Invoice) -> bytes:
    """The invoice as a UBL document. Elements stand in the order that UBL's schema asks for."""
    return document(_Writer(invoice).root())


class _Writer:
    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.kind = "CreditNote" if invoice.credit else "Invoice"

    def root(self) -> object:
        invoice, kind = self.invoice, self.kind
        names = {"cac": CAC, "cbc": CBC}
        own = CREDIT_NOTE if invoice.credit else INVOICE
        root = Node(etree.Element(f"{{{own}}}{kind}", nsmap={None: own} | names), names)
        root.add("cbc:CustomizationID", NORM)
        root.add("cbc:ID", invoice.number)
        root.add("cbc:IssueDate", invoice.day.isoformat())
        if invoice.due and not invoice.credit:
            root.add("cbc:DueDate", invoice.due.isoformat())
        root.add(f"cbc:{kind}TypeCode", invoice.type_code)
        root.add("cbc:Note", invoice.note)
        root.add("cbc:DocumentCurrencyCode", invoice.currency)
        root.add("cbc:BuyerReference", invoice.buyer_reference)
        if invoice.order_reference:
            root.group("cac:OrderReference").add("cbc:ID", invoice.order_reference)
        if invoice.preceding:
            root.group("cac:BillingReference").group("cac:InvoiceDocumentReference").add(
                "cbc:ID", invoice.preceding
            )
        self._party(root.group("cac:AccountingSupplierParty"), invoice.seller)
        self._party(root.group("cac:AccountingCustomerParty"), invoice.buyer)
        self._payment(root)
        for adjustment in invoice.adjustments:
            self._adjustment(root.group("cac:AllowanceCharge"), adjustment)
        self._vat(root)
        self._totals(root)
        for line in invoice.lines:
            self._line(root.group(f"cac:{kind}Line"), line)
        return root.element

    def _money(self, node: Node, name: str, amount: Decimal) -> None:
        node.add(name, digits(amount, least=2), currencyID=self.invoice.currency)

    def _party(self, holder: Node, party: Party) -> None:
        node = holder.group("cac:Party")
        if party.address is not None:
            postal = node.group("cac:PostalAddress")
            postal.add("cbc:StreetName", party.address.street)
            postal.add("cbc:CityName", party.address.city)
            postal.add("cbc:PostalZone", party.address.postal_code)
            if party.address.country:
                postal.group("cac:Country").add("cbc:IdentificationCode", party.address.country)
        if party.vat_id:
            scheme = node.group("cac:PartyTaxScheme")
            scheme.add("cbc:CompanyID", party.vat_id)
            scheme.group("cac:TaxScheme").add("cbc:ID", "VAT")
        legal = node.group("cac:PartyLegalEntity")
        legal.add("cbc:RegistrationName", party.name)
        legal.add("cbc:CompanyID", party.business_id)

    def _payment(self, root: Node) -> None:
        invoice = self.invoice
        late = invoice.due if invoice.credit else None
        if invoice.iban or invoice.payment_reference or late:
            means = root.group("cac:PaymentMeans")
            means.add("cbc:PaymentMeansCode", "58" if invoice.iban else "1")
            means.add("cbc:PaymentDueDate", late.isoformat() if late else "")
            means.add("cbc:PaymentID", invoice.payment_reference)
            if invoice.iban:
                means.group("cac:PayeeFinancialAccount").add("cbc:ID", invoice.iban)
        if invoice.terms:
            root.group("cac:PaymentTerms").add("cbc:Note", invoice.terms)

    def _category(self, node: Node, name: str, category: str, rate: Decimal | None, reason: str = "") -> None:
        taxes = node.group(name)
        taxes.add("cbc:ID", category)
        taxes.add("cbc:Percent", "" if rate is None else digits(rate))
        taxes.add("cbc:TaxExemptionReason", reason if category in REASONED else "")
        taxes.group("cac:TaxScheme").add("cbc:ID", "VAT")

    def _adjustment(self, node: Node, adjustment: Adjustment) -> None:
        node.add("cbc:ChargeIndicator", "true" if adjustment.charge else "false")
        node.add("cbc:AllowanceChargeReason", adjustment.reason)
        self._money(node, "cbc:Amount", adjustment.amount)
        self._category(node, "cac:TaxCategory", adjustment.category, adjustment.rate)

    def _vat(self, root: Node) -> None:
        total = root.group("cac:TaxTotal")
        self._money(total, "cbc:TaxAmount", self.invoice.totals.vat)
        for row in self.invoice.vat:
            self._vat_row(total.group("cac:TaxSubtotal"), row)

    def _vat_row(self, node: Node, row: VatRow) -> None:
        self._money(node, "cbc:TaxableAmount", row.taxable)
        self._money(node, "cbc:TaxAmount", row.vat)
        self._category(node, "cac:TaxCategory", row.category, row.rate, row.reason)

    def _totals(self, root: Node) -> None:
        sums, node = self.invoice.totals, root.group("cac:LegalMonetaryTotal")
        self._money(node, "cbc:LineExtensionAmount", sums.lines)
        self._money(node, "cbc:TaxExclusiveAmount", sums.net)
        self._money(node, "cbc:TaxInclusiveAmount", sums.gross)
        optional = (
            ("AllowanceTotalAmount", sums.allowances),
            ("ChargeTotalAmount", sums.charges),
            ("PrepaidAmount", sums.prepaid),
            ("PayableRoundingAmount", sums.rounding),
        )
        for name, amount in optional:
            if amount:
                self._money(node, f"cbc:{name}", amount)
        self._money(node, "cbc:PayableAmount", sums.payable)

    def _line(self, node: Node, line: Line) -> None:
        node.add("cbc:ID", line.id)
        counted = "cbc:CreditedQuantity" if self.invoice.credit else "cbc:InvoicedQuantity"
        node.add(counted, digits(line.quantity), unitCode=line.unit)
        self._money(node, "cbc:LineExtensionAmount", line.net)
        if line.reference:
            node.group("cac:OrderLineReference").add("cbc:LineID", line.reference)
        item = node.group("cac:Item")
        item.add("cbc:Name", line.name)
        self._category(item, "cac:ClassifiedTaxCategory", line.category, line.rate)
        node.group("cac:Price").add(
            "cbc:PriceAmount", digits(line.price, least=2), currencyID=self.invoice.currency
        )
