"""Invoices as CSV, for providers too small for e-invoicing: what a file must hold, and everything wrong with one.

One file is one invoice, UTF-8 with or without a byte order mark, separated by semicolons, commas or tabs, with a
header in Finnish, Swedish or English (COLUMNS). The CSV of a statement, filled in with the invoice's number and date,
is such a file; columns that are not named here are passed over.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from registry.settlement.invoice_problems import InvoiceUnreadable, Problem
from registry.settlement.rules import read_reference
from registry.shared.errors import Invalid
from registry.shared.money import Money

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "invoice_number": ("invoice_number", "laskunumero", "fakturanummer"),
    "invoice_date": ("invoice_date", "laskun_päivä", "laskupäivä", "fakturadatum"),
    "reference": ("reference", "viite", "referens"),
    "amount": ("amount", "summa", "belopp"),
    "text": ("text", "selite", "förklaring"),
}
"""Column → its names in a header, without regard to case, spaces or underscores. Amounts are euros including VAT with a
decimal comma or point: the value drawn from the voucher, without the client's own share. `text` may be left out."""
REQUIRED: Final = ("invoice_number", "invoice_date", "reference", "amount")

MOST_BYTES: Final = 4_000_000
MOST_LINES: Final = 20_000
LONGEST_NUMBER: Final = 50
LONGEST_TEXT: Final = 200
EARLIEST: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line as matching takes it: where it stands in the file, and its amount with VAT."""

    file_line: int
    reference: str
    amount_cents: int
    note: str


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An invoice that can be taken in as it is."""

    number: str
    invoice_date: date
    lines: tuple[InvoiceLine, ...]
    sha256: str
    syntax: str = "csv"
    payable_cents: int | None = None
    """Of an e-invoice: what it says is to be paid."""
    vat: tuple[dict[str, object], ...] | None = None
    """Of an e-invoice: its VAT breakdown."""

    @property
    def total_cents(self) -> int:
        return sum(line.amount_cents for line in self.lines)


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def read_invoice(content: bytes, *, today: date) -> InvoiceFile:
    """The invoice in the file, or InvoiceUnreadable with everything that is wrong with it."""
    text = _decode(content)
    rows = list(_rows(text))
    if not rows:
        raise InvoiceUnreadable([Problem(None, None, "invoice.empty")])
    places = _places(rows[0][1])
    if len(rows) == 1:
        raise InvoiceUnreadable([Problem(None, None, "invoice.no_lines")])
    if len(rows) - 1 > MOST_LINES:
        raise InvoiceUnreadable([Problem(None, None, "invoice.too_many_lines")])
    return _Reader(places, len(rows[0][1]), today).read(rows[1:], digest(content))


def _decode(content: bytes) -> str:
    def fault(code: str) -> InvoiceUnreadable:
        return InvoiceUnreadable([Problem(None, None, code)])

    if len(content) > MOST_BYTES:
        raise fault("invoice.too_large")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise fault("invoice.utf16")
    if content.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")) or b"\x00" in content:
        raise fault("invoice.not_csv")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # most often Windows-1252; guessing would turn one name into another, so the sender chooses
        raise fault("invoice.not_utf8") from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of each row that is not blank."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, [cell.strip() for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        raise InvoiceUnreadable([Problem(start, "row", "invoice.row_malformed")]) from error


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "").replace("_", "").replace("-", "")


_NAMES: Final = {_folded(name): column for column, names in COLUMNS.items() for name in names}


def _places(header: list[str]) -> dict[str, int]:
    """Column → its place in a row."""
    places: dict[str, int] = {}
    problems: list[Problem] = []
    for place, name in enumerate(header):
        column = _NAMES.get(_folded(name))
        if column in places:
            problems.append(Problem(1, column, "invoice.column_twice"))
        elif column is not None:
            places[column] = place
    problems += [Problem(1, column, "invoice.column_missing") for column in REQUIRED if column not in places]
    if problems:
        raise InvoiceUnreadable(problems)
    return places


class _Reader:
    """Reads the rows of one file and collects what is wrong with any of them."""

    def __init__(self, places: dict[str, int], width: int, today: date) -> None:
        self.places = places
        self.width = width
        self.today = today
        self.problems: list[Problem] = []

    def read(self, rows: list[tuple[int, list[str]]], sha: str) -> InvoiceFile:
        numbers: dict[str, int] = {}
        dates: dict[date, int] = {}
        lines: list[InvoiceLine] = []
        for file_line, cells in rows:
            if len(cells) != self.width:
                self._fault(file_line, "row", "invoice.row_width")
                continue
            values = {column: cells[place] for column, place in self.places.items()}
            numbers.setdefault(self._number(file_line, values["invoice_number"]), file_line)
            dates.setdefault(self._date(file_line, values["invoice_date"]), file_line)
            lines.append(
                InvoiceLine(
                    file_line,
                    self._reference(file_line, values["reference"]),
                    self._amount(file_line, values["amount"]),
                    self._text(file_line, values.get("text", "")),
                )
            )
        if not self.problems:
            self._one_invoice(numbers, dates)
        if self.problems:
            raise InvoiceUnreadable(sorted(self.problems, key=lambda p: p.line or 0))
        return InvoiceFile(next(iter(numbers)), next(iter(dates)), tuple(lines), sha)

    def _fault(self, line: int, column: str, code: str) -> None:
        self.problems.append(Problem(line, column, code))

    def _one_invoice(self, numbers: dict[str, int], dates: dict[date, int]) -> None:
        for line in list(numbers.values())[1:]:
            self._fault(line, "invoice_number", "invoice.several_numbers")
        for line in list(dates.values())[1:]:
            self._fault(line, "invoice_date", "invoice.several_dates")

    def _number(self, line: int, text: str) -> str:
        if not text:
            self._fault(line, "invoice_number", "field.required")
        elif len(text) > LONGEST_NUMBER:
            self._fault(line, "invoice_number", "invoice.number_too_long")
        elif not text.isprintable():
            self._fault(line, "invoice_number", "field.control_character")
        return text

    def _date(self, line: int, text: str) -> date:
        if not text:
            self._fault(line, "invoice_date", "field.required")
            return self.today
        found = read_date(text)
        if found is None or found < EARLIEST:
            self._fault(line, "invoice_date", "invoice.date_malformed")
        elif found > self.today:
            self._fault(line, "invoice_date", "invoice.date_in_future")
        return found or self.today

    def _reference(self, line: int, text: str) -> str:
        reference = read_reference(text)
        if reference is None:
            code = "invoice.reference_malformed" if text else "field.required"
            self._fault(line, "reference", code)
        return reference or ""

    def _amount(self, line: int, text: str) -> int:
        if not text:
            self._fault(line, "amount", "field.required")
            return 0
        try:
            cents = Money.parse(text).cents
        except Invalid as error:
            self._fault(line, "amount", error.code)
            return 0
        if cents == 0:
            self._fault(line, "amount", "invoice.amount_zero")
        return cents

    def _text(self, line: int, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            self._fault(line, "text", "invoice.text_too_long")
        elif not all(ch.isprintable() or ch in "\n\t\r" for ch in text):
            self._fault(line, "text", "field.control_character")
        return text


def read_date(text: str) -> date | None:
    """`2026-10-31` or `31.10.2026`."""
    plain = text.replace(" ", "")
    parts = plain.split("-") if "-" in plain else plain.split(".")[::-1]
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() for p in parts) or len(parts[0]) != 4:
        return None
    if len(parts[1]) > 2 or len(parts[2]) > 2:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
