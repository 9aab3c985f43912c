"""CSV files with columns of our own, however broken: good rows one by one, bad ones told with line and every reason."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from registry.providers.importing.csv_rows import BadRow, CsvFile, FileProblem, open_csv

__all__ = ["FileProblem", "Progress", "RejectFile", "TableRow", "open_table", "read_day", "reject_file"]

Progress = Callable[[int, int, int], None]
"""(bytes read, bytes in all, rows so far)"""

UNREADABLE: Final = {
    "row.too_long": "the line is longer than 100,000 bytes",
    "row.encoding": "the letters are not UTF-8",
    "row.quotes": "a quotation mark stands where none may be",
    "row.quote_open": "a quotation mark is opened and never closed",
    "row.cells_missing": "the row has too few cells",
    "row.cells_too_many": "the row has too many cells",
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row by its column names, trimmed; `unreadable` says why it could not be read, and then there are no values."""

    line: int
    cells: Sequence[str]
    values: dict[str, str]
    unreadable: str | None = None

    def __getitem__(self, column: str) -> str:
        """What the column says; nothing where the file lacks it."""
        return self.values.get(column, "")


@dataclass(slots=True)
class Table:
    """An open file whose header has been read and found right."""

    file: CsvFile
    size: int

    @property
    def header(self) -> Sequence[str]:
        return self.file.header

    @property
    def bytes_read(self) -> int:
        return self.file.bytes_read

    def rows(self) -> Iterator[TableRow]:
        names = [name.lower() for name in self.file.header]
        for row in self.file.rows():
            if isinstance(row, BadRow):
                yield TableRow(row.line, [row.text.rstrip("\r\n")], {}, UNREADABLE[row.code])
            elif len(row.cells) != len(names):
                code = "row.cells_missing" if len(row.cells) < len(names) else "row.cells_too_many"
                yield TableRow(row.line, row.cells, {}, f"{UNREADABLE[code]} ({len(row.cells)})")
            else:
                values = {name: cell.strip() for name, cell in zip(names, row.cells, strict=True)}
                yield TableRow(row.line, row.cells, values)


@contextmanager
def open_table(path: Path, *, needed: Iterable[str], known: Iterable[str]) -> Iterator[Table]:
    """The file with its rows still to come. Raises FileProblem, one sentence, where it cannot be read, lacks a
    column that is `needed` or has one that is not `known`: a column that nobody reads is most likely misspelt."""
    with open_csv(path) as source:
        start = source.peek(4096) if hasattr(source, "peek") else b""
        first_line = start.split(b"\n", 1)[0]
        delimiter = max(",;\t", key=lambda mark: first_line.count(mark.encode()))
        file = CsvFile(source=source, delimiter=delimiter, encoding="utf-8")
        file.read_header(path.name)
        names = [name.lower() for name in file.header]
        lacking = sorted(set(needed) - set(names))
        if lacking:
            raise FileProblem(
                f"{path.name} lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}."
                f" Its columns are {', '.join(file.header)[:500]}."
            )
        surplus = [name for name in names if name not in known]
        if surplus:
            raise FileProblem(
                f"{path.name} has a column that nobody reads: {', '.join(surplus)[:500]}."
                f" The columns are {', '.join(known)}."
            )
        yield Table(file, path.stat().st_size)


class RejectFile:
    """Rejected rows with their line and every reason, written as they come."""

    def __init__(self, writer: Any, path: Path) -> None:
        self._writer = writer
        self.path = path
        self.count = 0

    def add(self, row: TableRow, reasons: Iterable[str]) -> None:
        self._writer.writerow([row.line, "; ".join(reasons), *row.cells])
        self.count += 1


@contextmanager
def reject_file(path: Path, *, header: Sequence[str], beside: Path) -> Iterator[RejectFile]:
    """The reject file, opened anew. A slip of the pen must not overwrite the file that is being read."""
    if path.resolve() == beside.resolve():
        raise FileProblem(f"{beside} is the file to import: name another file for the rejected rows.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise FileProblem(f"{error.filename} cannot be written: {error.strerror}.") from None
    with file:
        writer = csv.writer(file)
        writer.writerow(["line", "reasons", *header])
        yield RejectFile(writer, path)


_FINNISH_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def read_day(text: str) -> date | None:
    """2026-11-22 or 22.11.2026; None for anything else."""
    found = _FINNISH_DAY.fullmatch(text)
    try:
        if found:
            day, month, year = (int(part) for part in found.groups())
            return date(year, month, day)
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
