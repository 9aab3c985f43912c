"""Reading UBL 2.1, Invoice and CreditNote, as EN 16931-3-2 binds the standard to it. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from registry.settlement.einvoices.invoice import (
    CATEGORIES,
    CREDIT_TYPES,
    INVOICE_TYPES,
    ZERO,
    Address,
    Adjustment,
    Invoice,
    Line,
    Party,
    Syntax,
    Totals,
    VatRow,
)
from registry.settlement.einvoices.source import Source

INVOICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE: Final = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
ROOTS: Final = {f"{{{INVOICE}}}Invoice": "Invoice", f"{{{CREDIT_NOTE}}}CreditNote": "CreditNote"}


def read_ubl(root: Any) -> tuple[Invoice, Source]:
    """The invoice as far as it can be read, and what is wrong with it."""
    reader = _Reader(root)
    return reader.invoice(), reader.source


class _Reader:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.source = Source({"cac": CAC, "cbc": CBC})
        self.kind = ROOTS[root.tag]
        currency = self.source.find(root, "cbc:DocumentCurrencyCode")
        self.currency = (currency.text or "").strip() if currency is not None else ""

    def invoice(self) -> Invoice:
        s, root = self.source, self.root
        s.text(root, "cbc:CustomizationID", "BR-01")
        number = s.text(root, "cbc:ID", "BR-02")
        day = s.day(root, "cbc:IssueDate", "BR-03") or date.min
        type_code = s.text(root, f"cbc:{self.kind}TypeCode", "BR-04")
        allowed = INVOICE_TYPES if self.kind == "Invoice" else CREDIT_TYPES
        if type_code and type_code not in allowed:
            s.note("BR-CL-01", s.find(root, f"cbc:{self.kind}TypeCode"), found=type_code)
        s.text(root, "cbc:DocumentCurrencyCode", "BR-05")
        self._currencies()
        rows = enumerate(s.all(root, f"cac:{self.kind}Line"), start=1)
        lines = tuple(self._line(element, place) for place, element in rows)
        if not lines:
            s.note("BR-16", root, f"cac:{self.kind}Line")
        due = s.day(root, "cbc:DueDate") or s.day(root, "cac:PaymentMeans/cbc:PaymentDueDate")
        return Invoice(
            number=number,
            day=day,
            type_code=type_code,
            currency=self.currency,
            seller=self._party("AccountingSupplierParty", "BR-06", "BR-08", "BR-09"),
            buyer=self._party("AccountingCustomerParty", "BR-07", "BR-10", "BR-11"),
            lines=lines,
            vat=tuple(self._vat_rows()),
            totals=self._totals(),
            due=due,
            terms=s.text(root, "cac:PaymentTerms/cbc:Note"),
            note=s.text(root, "cbc:Note"),
            order_reference=s.text(root, "cac:OrderReference/cbc:ID"),
            buyer_reference=s.text(root, "cbc:BuyerReference"),
            preceding=s.text(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"),
            adjustments=tuple(self._adjustment(e) for e in s.all(root, "cac:AllowanceCharge")),
            iban="".join(s.text(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID").split()),
            payment_reference=s.text(root, "cac:PaymentMeans/cbc:PaymentID"),
            syntax=Syntax.UBL,
            paths=self._paths(),
        )

    def _currencies(self) -> None:
        """Every amount is in the invoice's currency; only the VAT total may stand in a second one, too (BT-111)."""
        other = self.source.text(self.root, "cbc:TaxCurrencyCode")
        for element in self.root.iter(etree.Element):
            code = element.get("currencyID")
            if code is None or code == self.currency:
                continue
            total = element.getparent().tag == f"{{{CAC}}}TaxTotal"
            if not (total and code == other):
                self.source.note("CURRENCY", element, found=code, wanted=self.currency)

    def _party(self, which: str, name_rule: str, address_rule: str, country_rule: str) -> Party:
        s = self.source
        holder = s.find(self.root, f"cac:{which}")
        party = s.find(holder, "cac:Party")
        if party is None:
            for rule in (name_rule, address_rule):
                s.note(rule, self.root, f"cac:{which}/cac:Party")
            return Party()
        name = s.text(party, "cac:PartyLegalEntity/cbc:RegistrationName", name_rule)
        postal = s.find(party, "cac:PostalAddress")
        address = None
        if postal is None:
            s.note(address_rule, party, "cac:PostalAddress")
        else:
            address = Address(
                street=s.text(postal, "cbc:StreetName"),
                postal_code=s.text(postal, "cbc:PostalZone"),
                city=s.text(postal, "cbc:CityName"),
                country=s.text(postal, "cac:Country/cbc:IdentificationCode", country_rule),
            )
        vat_ids = [
            s.text(scheme, "cbc:CompanyID")
            for scheme in s.all(party, "cac:PartyTaxScheme")
            if s.text(scheme, "cac:TaxScheme/cbc:ID") == "VAT"
        ]
        tax_numbers = [
            s.text(scheme, "cbc:CompanyID")
            for scheme in s.all(party, "cac:PartyTaxScheme")
            if s.text(scheme, "cac:TaxScheme/cbc:ID") != "VAT"
        ]
        registered = s.text(party, "cac:PartyLegalEntity/cbc:CompanyID")
        others = s.texts(party, "cac:PartyIdentification/cbc:ID") + s.texts(party, "cbc:EndpointID")
        if name_rule == "BR-06" and not (registered or any(vat_ids) or others):
            s.note("BR-CO-26", party)
        return Party(name, registered, next(iter(vat_ids), ""), address, others, next(iter(tax_numbers), ""))

    def _category(self, element: Any, rule: str) -> tuple[str, Decimal | None]:
        """A VAT category and its rate."""
        s = self.source
        category = s.text(element, "cbc:ID", rule) if element is not None else ""
        if category and category not in CATEGORIES:
            s.note("BR-CL-17", s.find(element, "cbc:ID"), found=category)
        return category, s.decimal(element, "cbc:Percent") if element is not None else None

    def _line(self, element: Any, place: int) -> Line:
        s, quantity = (
            self.source,
            "cbc:InvoicedQuantity" if self.kind == "Invoice" else "cbc:CreditedQuantity",
        )
        taxes = s.find(element, "cac:Item/cac:ClassifiedTaxCategory")
        if taxes is None:
            s.note("BR-CO-04", element, "cac:Item/cac:ClassifiedTaxCategory")
        category, rate = self._category(taxes, "BR-CO-04")
        counted = s.find(element, quantity)
        unit = counted.get("unitCode", "") if counted is not None else ""
        if counted is not None and not unit:
            s.note("BR-23", element, f"{quantity}/@unitCode")
        price = s.decimal(element, "cac:Price/cbc:PriceAmount", "BR-26") or ZERO
        if price < 0:
            s.note("BR-27", element, "cac:Price/cbc:PriceAmount", found=price)
        for adjustment in s.all(element, "cac:AllowanceCharge"):
            s.amount(adjustment, "cbc:Amount", "BR-41" if self._off(adjustment) else "BR-43")
        references = (
            "cac:OrderLineReference/cbc:LineID", "cac:DocumentReference/cbc:ID",
            "cac:Item/cac:SellersItemIdentification/cbc:ID", "cbc:Note",
        )  # fmt: skip
        return Line(
            id=s.text(element, "cbc:ID", "BR-21"),
            quantity=s.decimal(element, quantity, "BR-22") or ZERO,
            unit=unit,
            net=s.amount(element, "cbc:LineExtensionAmount", "BR-24"),
            name=s.text(element, "cac:Item/cbc:Name", "BR-25"),
            price=price,
            category=category,
            rate=rate,
            reference=" ".join(text for path in references for text in s.texts(element, path)),
            path=f"/{self.kind}/cac:{self.kind}Line[{place}]",
        )

    def _off(self, element: Any) -> bool:
        return self.source.text(element, "cbc:ChargeIndicator") != "true"

    def _adjustment(self, element: Any) -> Adjustment:
        s, off = self.source, self._off(element)
        taxes = s.find(element, "cac:TaxCategory")
        if taxes is None:
            s.note("BR-32" if off else "BR-37", element, "cac:TaxCategory")
        category, rate = self._category(taxes, "BR-32" if off else "BR-37")
        reason = s.text(element, "cbc:AllowanceChargeReason") or s.text(
            element, "cbc:AllowanceChargeReasonCode"
        )
        if not reason:
            s.note("BR-33" if off else "BR-38", element, "cbc:AllowanceChargeReason")
        amount = s.amount(element, "cbc:Amount", "BR-31" if off else "BR-36")
        return Adjustment(not off, amount, category, rate, reason, s.path(element))

    def _tax_total(self) -> Any:
        """The VAT total in the invoice's currency."""
        for total in self.source.all(self.root, "cac:TaxTotal"):
            amount = self.source.find(total, "cbc:TaxAmount")
            if amount is not None and amount.get("currencyID") == self.currency:
                return total
        return None

    def _vat_rows(self) -> list[VatRow]:
        s, total, rows = self.source, self._tax_total(), []
        for element in s.all(total, "cac:TaxSubtotal") if total is not None else ():
            category, rate = self._category(s.find(element, "cac:TaxCategory"), "BR-47")
            if rate is None and category and category != "O":
                s.note("BR-48", element, "cac:TaxCategory/cbc:Percent")
            reason = s.text(element, "cac:TaxCategory/cbc:TaxExemptionReason")
            code = s.text(element, "cac:TaxCategory/cbc:TaxExemptionReasonCode")
            rows.append(
                VatRow(
                    category,
                    rate,
                    s.amount(element, "cbc:TaxableAmount", "BR-45"),
                    s.amount(element, "cbc:TaxAmount", "BR-46"),
                    reason or code,
                    s.path(element),
                )
            )
        return rows

    def _totals(self) -> Totals:
        s, root = self.source, self.root
        sums = s.find(root, "cac:LegalMonetaryTotal")
        if sums is None:
            for rule in ("BR-12", "BR-13", "BR-14", "BR-15"):
                s.note(rule, root, "cac:LegalMonetaryTotal")
            return Totals(ZERO, ZERO, ZERO, ZERO, ZERO)
        return Totals(
            lines=s.amount(sums, "cbc:LineExtensionAmount", "BR-12"),
            net=s.amount(sums, "cbc:TaxExclusiveAmount", "BR-13"),
            vat=s.amount(self._tax_total(), "cbc:TaxAmount"),
            gross=s.amount(sums, "cbc:TaxInclusiveAmount", "BR-14"),
            payable=s.amount(sums, "cbc:PayableAmount", "BR-15"),
            allowances=s.amount(sums, "cbc:AllowanceTotalAmount"),
            charges=s.amount(sums, "cbc:ChargeTotalAmount"),
            prepaid=s.amount(sums, "cbc:PrepaidAmount"),
            rounding=s.amount(sums, "cbc:PayableRoundingAmount"),
        )

    def _paths(self) -> dict[str, str]:
        root, sums = f"/{self.kind}", f"/{self.kind}/cac:LegalMonetaryTotal/cbc:"
        return {
            "root": root,
            "currency": f"{root}/cbc:DocumentCurrencyCode",
            "lines": f"{sums}LineExtensionAmount",
            "allowances": f"{sums}AllowanceTotalAmount",
            "charges": f"{sums}ChargeTotalAmount",
            "net": f"{sums}TaxExclusiveAmount",
            "vat": f"{root}/cac:TaxTotal/cbc:TaxAmount",
            "vat_rows": f"{root}/cac:TaxTotal/cac:TaxSubtotal",
            "gross": f"{sums}TaxInclusiveAmount",
            "payable": f"{sums}PayableAmount",
            "due": f"{root}/cbc:DueDate",
            "seller": f"{root}/cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID",
            "order": f"{root}/cac:OrderReference/cbc:ID",
            "number": f"{root}/cbc:ID",
            "day": f"{root}/cbc:IssueDate",
            "reference": "cac:OrderLineReference/cbc:LineID",
        }
