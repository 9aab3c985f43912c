"""An electronic invoice as EN 16931 means it, whatever syntax it came in. Pure.

Amounts are decimals as they stand in the file, in the invoice's currency; cents come in where the invoice meets a
statement. On a credit note amounts are positive, as in the standard: a syntax that writes them with a minus sign is
turned on reading. `BT-…` are the standard's business terms.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

ZERO: Final = Decimal(0)


class Syntax(StrEnum):
    UBL = "ubl"
    FINVOICE = "finvoice"


# fmt: off
INVOICE_TYPES: Final = frozenset({
    "80", "82", "84", "130", "202", "203", "204", "211", "218", "219", "295", "325", "326", "331", "380", "382", "383",
    "384", "385", "386", "387", "388", "389", "390", "393", "394", "395", "456", "457", "527", "553", "575", "623",
    "633", "751", "780", "817", "870", "875", "876", "877", "935",
})
CREDIT_TYPES: Final = frozenset({
    "81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532", "533",
})
# fmt: on
"""UNTDID 1001 as far as the standard lets it in (BR-CL-01)."""
SELF_BILLED: Final = "389"
SELF_BILLED_CREDIT: Final = "261"

CATEGORIES: Final = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"})
"""VAT categories (UNTDID 5305, BR-CL-17): standard rate, zero rate, exempt, reverse charge, within the Union, export,
outside VAT, the Canary Islands, Ceuta and Melilla, split payment."""
UNTAXED: Final = frozenset({"Z", "E", "AE", "K", "G", "O"})
"""Categories whose VAT is nil."""
REASONED: Final = frozenset({"E", "AE", "K", "G", "O"})
"""Categories that need a reason for the exemption (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10)."""


@dataclass(frozen=True, slots=True)
class Address:
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    """ISO 3166-1, two letters."""


@dataclass(frozen=True, slots=True)
class Party:
    """The seller or the buyer."""

    name: str = ""
    business_id: str = ""
    """Legal registration (BT-30, BT-47): `1234567-8`."""
    vat_id: str = ""
    """BT-31, BT-48: `FI12345678`."""
    address: Address | None = None
    identifiers: tuple[str, ...] = field(default=(), compare=False)
    """Everything else that it is called by: an electronic address tells its business id too."""
    tax_number: str = field(default="", compare=False)
    """BT-32: another number that the tax authority knows the seller by."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance (taken off) or a charge (added)."""

    charge: bool
    amount: Decimal
    category: str = ""
    rate: Decimal | None = None
    reason: str = ""
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    quantity: Decimal
    unit: str
    net: Decimal
    """BT-131: without VAT, after the line's own allowances and charges."""
    name: str
    price: Decimal
    category: str
    rate: Decimal | None
    """Percent; None outside VAT."""
    reference: str = ""
    """What the line refers to on the order: of the candidates in the file, all of them, separated by spaces."""
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class VatRow:
    """A row of the VAT breakdown: one for each category and rate."""

    category: str
    rate: Decimal | None
    taxable: Decimal
    vat: Decimal
    reason: str = ""
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Totals:
    lines: Decimal
    """BT-106."""
    net: Decimal
    """BT-109."""
    vat: Decimal
    """BT-110."""
    gross: Decimal
    """BT-112."""
    payable: Decimal
    """BT-115."""
    allowances: Decimal = ZERO
    charges: Decimal = ZERO
    prepaid: Decimal = ZERO
    rounding: Decimal = ZERO
    """BT-114."""


@dataclass(frozen=True, slots=True)
class Invoice:
    number: str
    day: date
    type_code: str
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    vat: tuple[VatRow, ...]
    totals: Totals
    due: date | None = None
    terms: str = ""
    note: str = ""
    order_reference: str = ""
    """BT-13: the statement's reference or number."""
    buyer_reference: str = ""
    """BT-10."""
    preceding: str = ""
    """BT-25: the invoice that a credit note is about."""
    adjustments: tuple[Adjustment, ...] = ()
    iban: str = ""
    payment_reference: str = ""
    syntax: Syntax = field(default=Syntax.UBL, compare=False)
    paths: dict[str, str] = field(default_factory=dict, compare=False)
    """Where each total and reference stands in the file, for whoever has to mend it."""

    @property
    def credit(self) -> bool:
        return self.type_code in CREDIT_TYPES

    @property
    def sign(self) -> int:
        """−1 for a credit note: what it says is owed the other way."""
        return -1 if self.credit else 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file: the rule that it breaks, where, and the amounts or words that tell why. `rule` is
    the standard's own name where it has one (`BR-CO-10`)."""

    rule: str
    path: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def code(self) -> str:
        return f"einvoice.{self.rule}"


def fault(rule: str, path: str = "", **facts: object) -> Problem:
    return Problem(rule, path, tuple((name, str(value)) for name, value in facts.items()))
