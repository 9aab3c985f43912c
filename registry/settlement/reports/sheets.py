"""A table as it is shown, as CSV and as a sheet of a workbook: the same cells in all three."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import xlsxwriter

from registry.shared.money import Money
from registry.shared.texts import harmless_in_spreadsheet

LONGEST_NAME: Final = 31
"""Of a sheet, in every spreadsheet program."""


class Kind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    """In cents."""
    NUMBER = "number"
    DECIMAL = "decimal"


Cell = str | int | float | None
"""None: nothing to tell, shown as a dash and empty in files."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its heading; the first column names the row."""

    code: str
    title: str
    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def sheet_csv(sheet: Sheet) -> bytes:
    """Semicolons and decimal commas, as Finnish spreadsheet programs read them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([label for label, _ in sheet.columns])
    kinds = [kind for _, kind in sheet.columns]
    for row in sheet.rows:
        writer.writerow([_in_csv(cell, kind) for cell, kind in zip(row, kinds, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _in_csv(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless_in_spreadsheet(cell)
    if kind is Kind.MONEY:
        return str(Money(int(cell))).replace(".", ",")
    return str(cell).replace(".", ",")


def workbook(sheets: Sequence[Sheet], *, title: str, made_at: datetime) -> bytes:
    """All sheets as one XLSX. Text stays text: no formula and no link is made of what somebody wrote."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        formats = {
            Kind.TEXT: book.add_format({"text_wrap": True}),
            Kind.MONEY: book.add_format({"num_format": "#,##0.00"}),
            Kind.NUMBER: book.add_format({"num_format": "#,##0"}),
            Kind.DECIMAL: book.add_format({"num_format": "#,##0.0"}),
        }
        taken: set[str] = set()
        for sheet in sheets:
            page = book.add_worksheet(_name(sheet.title, taken))
            page.freeze_panes(1, 1)
            for column, (label, kind) in enumerate(sheet.columns):
                page.set_column(column, column, 32 if column == 0 else 18)
                page.write_string(0, column, label, bold)
                for place, row in enumerate(sheet.rows, 1):
                    cell = row[column]
                    if isinstance(cell, str):
                        page.write_string(place, column, cell, formats[Kind.TEXT])
                    elif cell is not None:
                        page.write_number(
                            place, column, cell / 100 if kind is Kind.MONEY else cell, formats[kind]
                        )
    return out.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """A name that programs accept, and no two alike."""
    plain = "".join(" " if ch in "[]:*?/\\" else ch for ch in title).strip("' ")[:LONGEST_NAME] or "1"
    name, number = plain, 2
    while name.lower() in taken:
        name, number = f"{plain[: LONGEST_NAME - 3]} {number}", number + 1
    taken.add(name.lower())
    return name
