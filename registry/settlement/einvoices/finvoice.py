"""Reading Finvoice 3.0 into the terms of EN 16931. Pure.

What the standard requires and Finvoice's schema leaves free (unit prices, addresses, sums that follow from others) may
be absent; what is there is held to the standard's rules. Numbers have a decimal comma, days are CCYYMMDD, and a credit
note's amounts carry a minus sign, which is turned here.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from registry.settlement.einvoices.invoice import (
    CATEGORIES,
    CREDIT_TYPES,
    INVOICE_TYPES,
    SELF_BILLED,
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

VERSIONS: Final = ("1.3", "2.0", "2.01", "3.0")
TYPES: Final = {"INV01": "380", "INV02": "381", "INV07": SELF_BILLED}
"""Invoice, credit note, self-billing; reminders, interest, quotations and orders are no invoices of a statement."""
TOP: Final = ("SellerPartyDetails", "BuyerPartyDetails", "InvoiceDetails", "InvoiceRow", "EpiDetails")
"""What every file has, in this order."""

_ACCOUNT: Final = "SellerInformationDetails/SellerAccountDetails/SellerAccountID"
_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(,[0-9]{1,5})?")
_REFERENCES: Final = (
    "RowOrderPositionIdentifier", "RowIdentifier", "InvoicedObjectID", "ArticleIdentifier",
    "RowFreeText",
)  # fmt: skip


class _Source(Source):
    """Numbers and days as Finvoice writes them; `sign` turns a credit note's amounts."""

    def __init__(self) -> None:
        super().__init__({})
        self.sign = 1

    def number(self, text: str) -> Decimal | None:
        return Decimal(text.replace(",", ".")) if _AMOUNT.fullmatch(text) else None

    def amount(self, element: Any, path: str, rule: str = "") -> Decimal:
        return super().amount(element, path, rule) * self.sign

    def calendar_day(self, text: str) -> date | None:
        if not re.fullmatch(r"[0-9]{8}", text):
            return None
        return super().calendar_day(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def read_finvoice(root: Any) -> tuple[Invoice, Source]:
    """The invoice as far as it can be read, and what is wrong with it."""
    reader = _Reader(root)
    return reader.invoice(), reader.source


class _Reader:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.source = _Source()
        self.details = root.find("InvoiceDetails")

    def invoice(self) -> Invoice:
        s, root, details = self.source, self.root, self.details
        self._structure()
        type_code = self._type()
        total = s.find(details, "InvoiceTotalVatIncludedAmount")
        currency = total.get("AmountCurrencyIdentifier", "") if total is not None else ""
        self._currencies(currency)
        rows = enumerate(s.all(root, "InvoiceRow"), start=1)
        lines = tuple(self._line(row, place) for place, row in rows if self._billed(row))
        if not lines:
            s.note("BR-16", root, "InvoiceRow")
        vat = (
            tuple(self._vat_row(row) for row in s.all(details, "VatSpecificationDetails"))
            if self._there
            else ()
        )
        adjustments = tuple(self._adjustments()) if self._there else ()
        payment = "EpiDetails/EpiPaymentInstructionDetails"
        due = s.day(details, "PaymentTermsDetails/InvoiceDueDate") or s.day(
            root, f"{payment}/EpiDateOptionDate"
        )
        account = s.text(root, "EpiDetails/EpiPartyDetails/EpiBeneficiaryPartyDetails/EpiAccountID")
        return Invoice(
            number=s.text(details, "InvoiceNumber", "BR-02" if self._there else ""),
            day=s.day(details, "InvoiceDate", "BR-03" if self._there else "") or date.min,
            type_code=type_code,
            currency=currency,
            seller=self._party("Seller", "BR-06"),
            buyer=self._party("Buyer", "BR-07"),
            lines=lines,
            vat=vat,
            totals=self._totals(lines, vat, adjustments),
            due=due,
            terms=s.text(details, "PaymentTermsDetails/PaymentTermsFreeText"),
            note=" ".join(s.texts(details, "InvoiceFreeText")),
            order_reference=s.text(details, "OrderIdentifier"),
            buyer_reference=s.text(details, "BuyerReferenceIdentifier"),
            preceding=s.text(details, "OriginalInvoiceNumber"),
            adjustments=adjustments,
            iban="".join((account or s.text(root, _ACCOUNT)).split()),
            payment_reference=s.text(root, f"{payment}/EpiRemittanceInfoIdentifier"),
            syntax=Syntax.FINVOICE,
            paths=_PATHS,
        )  # fmt: skip

    @property
    def _there(self) -> bool:
        return self.details is not None

    def _structure(self) -> None:
        """What the schema asks of the whole, for an installation that has no copy of it."""
        s, root = self.source, self.root
        if root.get("Version") not in VERSIONS:
            s.note("FINVOICE-VERSION", root, "@Version", found=root.get("Version", ""))
        places = {name: [place for place, child in enumerate(root) if child.tag == name] for name in TOP}
        for name in TOP:
            if not places[name]:
                s.note("FINVOICE-REQUIRED", root, name)
        firsts = [min(found) for found in places.values() if found]
        if firsts != sorted(firsts):
            s.note("FINVOICE-ORDER", root)
        if self._there:
            for name in ("InvoiceTypeCode", "InvoiceTypeText", "OriginCode", "InvoiceTotalVatIncludedAmount"):
                s.text(self.details, name, "FINVOICE-REQUIRED")

    def _type(self) -> str:
        s, details = self.source, self.details
        code, named = s.text(details, "InvoiceTypeCode"), s.text(details, "InvoiceTypeCodeUN")
        origin = s.text(details, "OriginCode")
        if origin not in ("", "Original"):
            s.note("FINVOICE-ORIGIN", details, "OriginCode", found=origin)
        if not code:
            return ""
        type_code = named or TYPES.get(code, "")
        credit = code == "INV02"
        if code not in TYPES or (named and named not in (CREDIT_TYPES if credit else INVOICE_TYPES)):
            s.note("FINVOICE-TYPE", details, "InvoiceTypeCode", found=" ".join((code, named)).strip())
        total = s.amount(details, "InvoiceTotalVatIncludedAmount")
        if credit:
            if total > 0:
                s.note("FINVOICE-CREDIT-SIGN", details, "InvoiceTotalVatIncludedAmount", found=total)
            s.sign = -1
        return type_code

    def _currencies(self, currency: str) -> None:
        for element in self.root.iter(etree.Element):
            if element.tag.endswith("Amount") and element.tag != "InvoiceTotalVatAccountingAmount":
                code = element.get("AmountCurrencyIdentifier")
                if code is None and not len(element):
                    self.source.note("FINVOICE-REQUIRED", element, "@AmountCurrencyIdentifier")
                elif code != currency and "OtherCurrency" not in element.tag:
                    self.source.note("CURRENCY", element, found=code, wanted=currency)

    def _party(self, which: str, name_rule: str) -> Party:
        s = self.source
        party = s.find(self.root, f"{which}PartyDetails")
        if party is None:
            return Party()
        postal = s.find(party, f"{which}PostalAddressDetails")
        address = None
        if postal is not None:
            address = Address(
                street=s.text(postal, f"{which}StreetName"),
                postal_code=s.text(postal, f"{which}PostCodeIdentifier"),
                city=s.text(postal, f"{which}TownName"),
                country=s.text(postal, "CountryCode"),
            )
        name = " ".join(s.texts(party, f"{which}OrganisationName"))
        if not name:
            s.note(name_rule, party, f"{which}OrganisationName")
        vat_id = s.text(party, f"{which}OrganisationTaxCode")
        registered = s.text(party, f"{which}PartyIdentifier")
        others = s.texts(party, f"{which}Code")
        if which == "Seller" and not (registered or vat_id or others):
            s.note("BR-CO-26", party)
        # the business id is what the Finnish tax administration knows a seller by, and Finvoice has no other place for it
        return Party(name, registered, vat_id, address, others, registered)

    def _category(self, element: Any, code: str, rate: Decimal | None, rule: str) -> str:
        """The VAT category; where only a rate above zero is told, it is the standard one."""
        s = self.source
        category = s.text(element, code) or ("S" if rate else "")
        if not category:
            s.note(rule, element, code)
        elif category not in CATEGORIES:
            s.note("BR-CL-17", element, code, found=category)
        return category

    def _billed(self, row: Any) -> bool:
        """Whether the row is one of money: rows of text alone are common."""
        if row.find("SubInvoiceRow") is not None:
            self.source.note("FINVOICE-SUBROW", row)
            return False
        return any(
            row.find(name) is not None for name in ("RowVatExcludedAmount", "RowAmount", "UnitPriceAmount")
        )

    def _line(self, row: Any, place: int) -> Line:
        s = self.source
        rate = s.decimal(row, "RowVatRatePercent")
        counted = s.find(row, "InvoicedQuantity")
        if counted is None:
            counted = s.find(row, "DeliveredQuantity")
        quantity = s.decimal(row, counted.tag) if counted is not None else None
        unit = (
            (counted.get("QuantityUnitCodeUN") or counted.get("QuantityUnitCode", ""))
            if counted is not None
            else ""
        )
        return Line(
            id=s.text(row, "RowPositionIdentifier"),
            quantity=(quantity or ZERO) * s.sign,
            unit=unit,
            net=s.amount(row, "RowVatExcludedAmount", "BR-24"),
            name=s.text(row, "ArticleName", "BR-25"),
            price=s.decimal(row, "UnitPriceAmount") or ZERO,
            category=self._category(row, "RowVatCode", rate, "BR-CO-04"),
            rate=rate,
            reference=" ".join(text for name in _REFERENCES for text in s.texts(row, name)),
            path=f"/Finvoice/InvoiceRow[{place}]",
        )  # fmt: skip

    def _vat_row(self, row: Any) -> VatRow:
        s = self.source
        rate = s.decimal(row, "VatRatePercent")
        category = self._category(row, "VatCode", rate, "BR-47")
        if rate is None and category != "O":
            s.note("BR-48", row, "VatRatePercent")
        reason = " ".join(s.texts(row, "VatFreeText")) or s.text(row, "VatExemptionReasonCode")
        taxable, vat = s.amount(row, "VatBaseAmount", "BR-45"), s.amount(row, "VatRateAmount", "BR-46")
        return VatRow(category, rate, taxable, vat, reason, s.path(row))

    def _adjustments(self) -> list[Adjustment]:
        s, found = self.source, []
        for name, charge in (("DiscountDetails", False), ("ChargeDetails", True)):
            for element in s.all(self.details, name):
                rate = s.decimal(element, "VatRatePercent")
                category = self._category(element, "VatCategoryCode", rate, "BR-37" if charge else "BR-32")
                amount = s.amount(element, "Amount", "BR-36" if charge else "BR-31")
                reason = s.text(element, "ReasonText" if charge else "FreeText") or s.text(
                    element, "ReasonCode"
                )
                found.append(Adjustment(charge, amount, category, rate, reason, s.path(element)))
        return found

    def _totals(
        self, lines: tuple[Line, ...], vat: tuple[VatRow, ...], adjustments: tuple[Adjustment, ...]
    ) -> Totals:
        """The sums that are there; what the schema leaves out follows from the others."""
        s, details = self.source, self.details

        def given(name: str, otherwise: Decimal) -> Decimal:
            return s.amount(details, name) if s.find(details, name) is not None else otherwise

        allowances = given(
            "DiscountsTotalVatExcludedAmount", sum((a.amount for a in adjustments if not a.charge), ZERO)
        )
        charges = given(
            "ChargesTotalVatExcludedAmount", sum((a.amount for a in adjustments if a.charge), ZERO)
        )
        of_lines = given("RowsTotalVatExcludedAmount", sum((line.net for line in lines), ZERO))
        gross = s.amount(details, "InvoiceTotalVatIncludedAmount")
        prepaid, rounding = given("InvoicePaidAmount", ZERO), given("InvoiceTotalRoundoffAmount", ZERO)
        payable = gross - prepaid + rounding
        if (
            s.sign == 1
        ):  # what is written there on a credit note, where nothing is to be paid, differs by its maker
            instructed = "EpiDetails/EpiPaymentInstructionDetails/EpiInstructedAmount"
            payable = s.amount(self.root, instructed, "BR-15")
        return Totals(
            lines=of_lines,
            net=given("InvoiceTotalVatExcludedAmount", of_lines - allowances + charges),
            vat=given("InvoiceTotalVatAmount", sum((row.vat for row in vat), ZERO)),
            gross=gross,
            payable=payable,
            allowances=allowances,
            charges=charges,
            prepaid=prepaid,
            rounding=rounding,
        )  # fmt: skip


_PATHS: Final = {
    "root": "/Finvoice",
    "currency": "/Finvoice/InvoiceDetails/InvoiceTotalVatIncludedAmount/@AmountCurrencyIdentifier",
    "lines": "/Finvoice/InvoiceDetails/RowsTotalVatExcludedAmount",
    "allowances": "/Finvoice/InvoiceDetails/DiscountsTotalVatExcludedAmount",
    "charges": "/Finvoice/InvoiceDetails/ChargesTotalVatExcludedAmount",
    "net": "/Finvoice/InvoiceDetails/InvoiceTotalVatExcludedAmount",
    "vat": "/Finvoice/InvoiceDetails/InvoiceTotalVatAmount",
    "vat_rows": "/Finvoice/InvoiceDetails/VatSpecificationDetails",
    "gross": "/Finvoice/InvoiceDetails/InvoiceTotalVatIncludedAmount",
    "payable": "/Finvoice/EpiDetails/EpiPaymentInstructionDetails/EpiInstructedAmount",
    "due": "/Finvoice/InvoiceDetails/PaymentTermsDetails/InvoiceDueDate",
    "seller": "/Finvoice/SellerPartyDetails/SellerPartyIdentifier",
    "order": "/Finvoice/InvoiceDetails/OrderIdentifier",
    "number": "/Finvoice/InvoiceDetails/InvoiceNumber",
    "day": "/Finvoice/InvoiceDetails/InvoiceDate",
    "reference": "RowOrderPositionIdentifier",
}
