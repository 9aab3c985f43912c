"""An e-invoice for a statement: whether it is this provider's and for this statement, and what its lines are in cents
with VAT. Pure.

A voucher is drawn on with VAT in it, and each line of a statement was rounded by itself; an e-invoice gives its lines
without VAT and rounds VAT once for each rate. So a line that states the net amount and rate of the statement line that
it refers to is that line, to the cent. What the two roundings make different in the sum is told, never paid: the
statement's total is what is owed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from stdnum.fi import ytunnus

from registry.settlement.einvoices.invoice import ZERO, Invoice, Line, Party, Problem, fault
from registry.settlement.einvoices.reading import read_einvoice
from registry.settlement.invoice_csv import (
    EARLIEST,
    LONGEST_NUMBER,
    LONGEST_TEXT,
    InvoiceFile,
    InvoiceLine,
    digest,
)
from registry.settlement.invoice_problems import InvoiceUnreadable, of_einvoice
from registry.settlement.rules import read_reference

BUSINESS_ID: Final = "fi:business-id"


@dataclass(frozen=True, slots=True)
class StatedLine:
    """A line of the statement as an e-invoice's line is held to it; amounts of a reversal are negative."""

    reference: str
    amount_cents: int
    net_cents: int
    vat_rate_bp: int
    vat_category: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """The statement that an invoice is for."""

    seller_scheme: str
    seller_id: str
    references: tuple[str, ...]
    """Its order reference, and its number."""
    lines: Sequence[StatedLine]


Read = tuple[Invoice | None, list[Problem], int]
"""What `read_einvoice` made of a file."""


def take_einvoice(
    content: bytes, *, expected: Expected, today: date, read: Read | None = None
) -> InvoiceFile:
    """The invoice as it can be matched, or InvoiceUnreadable with everything that is wrong with it: against the standard
    and against the statement, at once. A file that was `read` before is not read again."""
    invoice, problems, count = read or read_einvoice(content)
    if invoice is None:
        raise InvoiceUnreadable(of_einvoice(problems), count)
    own = list(_own(invoice, expected, today))
    if problems or own:
        raise InvoiceUnreadable(of_einvoice([*problems, *own]), count + len(own))
    lines = _lines(invoice, expected.lines)
    payable = cents(invoice.totals.payable) * invoice.sign
    if abs(sum(line.amount_cents for line in lines) - payable) > len(lines) + len(invoice.vat):
        at = invoice.paths["payable"]
        raise InvoiceUnreadable(of_einvoice([fault("STATEMENT-ROUNDING", at, found=invoice.totals.rounding)]))
    return InvoiceFile(
        number=invoice.number,
        invoice_date=invoice.day,
        lines=lines,
        sha256=digest(content),
        syntax=str(invoice.syntax),
        payable_cents=payable,
        vat=_vat(invoice),
    )


def cents(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def basis_points(rate: Decimal | None) -> int:
    return int((rate or ZERO) * 100)


def order_references(invoice: Invoice) -> tuple[str, ...]:
    """What the invoice gives as order and as buyer's reference, without spaces."""
    found = (invoice.order_reference, invoice.buyer_reference)
    return tuple("".join(text.split()).upper() for text in found if text)


def _own(invoice: Invoice, expected: Expected, today: date) -> Iterator[Problem]:
    at = invoice.paths
    if not _is_seller(invoice.seller, expected):
        yield fault("STATEMENT-SELLER", at["seller"], wanted=expected.seller_id)
    if not set(order_references(invoice)) & {text.upper() for text in expected.references}:
        yield fault("STATEMENT-ORDER", at["order"], wanted=expected.references[0])
    if invoice.currency != "EUR":
        yield fault("STATEMENT-CURRENCY", at["currency"], found=invoice.currency)
    if len(invoice.number) > LONGEST_NUMBER:
        yield fault("STATEMENT-NUMBER", at["number"])
    if invoice.day != date.min and not EARLIEST <= invoice.day <= today:
        yield fault("STATEMENT-DATE", at["day"])
    for adjustment in invoice.adjustments:
        yield fault("STATEMENT-ADJUSTMENT", adjustment.path)
    if invoice.totals.prepaid:
        yield fault("STATEMENT-PREPAID", at["payable"])
    stated: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for each in expected.lines:
        if each.vat_category is not None:
            stated[each.reference].add((each.vat_category, each.vat_rate_bp))
    for line in invoice.lines:
        yield from _vat_as_stated(line, stated.get(line_reference_of(line) or "", set()))
        if line_reference_of(line) is None:
            yield fault("STATEMENT-LINE", f"{line.path}/{at['reference']}")
        if line.net == 0:
            yield fault("STATEMENT-ZERO", line.path)


def _vat_as_stated(line: Line, stated: set[tuple[str, int]]) -> Iterator[Problem]:
    """A line's VAT is what the price that was redeemed had in it on the day of the service. One with another rate may
    come to the same sum, so that the sums alone would not tell."""
    if not stated or not line.category or (line.category, basis_points(line.rate)) in stated:
        return
    (category, rate_bp), *_ = sorted(stated)
    if line.category not in {each for each, _ in stated}:
        yield fault("STATEMENT-VAT-CATEGORY", line.path, found=line.category, wanted=category)
    else:
        wanted = f"{(Decimal(rate_bp) / 100).normalize() + ZERO:f}"
        yield fault("STATEMENT-VAT-RATE", line.path, found=f"{(line.rate or ZERO) + ZERO:f}", wanted=wanted)


def _is_seller(seller: Party, expected: Expected) -> bool:
    told = (seller.business_id, seller.vat_id, *seller.identifiers)
    if expected.seller_scheme != BUSINESS_ID:
        return expected.seller_id.casefold() in {text.casefold() for text in told}
    return expected.seller_id in {business_id_of(text) for text in told}


def business_id_of(text: str) -> str | None:
    """`1234567-8` out of a business id, a VAT number or an electronic address (`0037` and the digits)."""
    digits = "".join(ch for ch in text.upper().removeprefix("FI") if ch.isdigit())
    if digits.startswith("0037"):
        digits = digits[4:12]
    return str(ytunnus.format(digits)) if len(digits) == 8 and ytunnus.is_valid(digits) else None


def line_reference_of(line: Line) -> str | None:
    """The reference of the statement line: the first thing on the line that can be one."""
    words = line.reference.split()
    return next(
        (found for word in (line.reference, *words, line.id) if (found := read_reference(word))), None
    )


def _lines(invoice: Invoice, stated: Sequence[StatedLine]) -> tuple[InvoiceLine, ...]:
    waiting: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for each in stated:
        waiting[each.reference, each.net_cents, each.vat_rate_bp].append(each.amount_cents)
    lines = []
    for place, line in enumerate(invoice.lines, start=1):
        reference = line_reference_of(line) or ""
        net, rate = cents(line.net) * invoice.sign, basis_points(line.rate)
        alike = waiting[reference, net, rate]
        amount = alike.pop(0) if alike else cents(line.net * (100 + (line.rate or ZERO)) / 100) * invoice.sign
        lines.append(InvoiceLine(place, reference, amount, line.name[:LONGEST_TEXT]))
    return tuple(lines)


def _vat(invoice: Invoice) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "category": row.category,
            "rate_bp": basis_points(row.rate),
            "net_cents": cents(row.taxable) * invoice.sign,
            "vat_cents": cents(row.vat) * invoice.sign,
            "reason": row.reason[:LONGEST_TEXT],
        }
        for row in invoice.vat
    )
