"""Reading a CSV file row by row, however broken it is: a bad row is told with its line, and the next one is read.

Memory stays bounded: a line has at most LONGEST_LINE bytes and a row at most MOST_LINES lines. A quote that never
closes costs its own line only, not the rest of the file.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Literal

LONGEST_LINE: Final = 100_000
MOST_LINES: Final = 100
Encoding = Literal["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15"]
"""Those in which a line's end is the byte that it is in ASCII."""


class FileProblem(Exception):
    """The file as a whole cannot be read; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read, with the number of its first line."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not; `text` is its beginning, made visible."""

    line: int
    code: str
    text: str


@dataclass(slots=True)
class CsvFile:
    """An open CSV file: its header, then its rows, once."""

    source: BinaryIO
    delimiter: str
    encoding: Encoding
    header: list[str] = field(default_factory=list)
    bytes_read: int = 0
    blank_lines: int = 0
    _line: int = 0
    _pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def read_header(self, name: str) -> None:
        """Read the first row. Raises FileProblem when there is none, or when this is no CSV file."""
        _refuse_other_formats(self.source.peek(8)[:8] if hasattr(self.source, "peek") else b"", name)
        first = next(iter(self.rows()), None)
        if first is None:
            raise FileProblem(f"{name} is empty.")
        if isinstance(first, BadRow):
            raise FileProblem(f"The header of {name} cannot be read: {_HEADER_TROUBLE[first.code]}")
        self.header = [cell.strip() for cell in first.cells]
        twice = sorted({cell for cell in self.header if self.header.count(cell) > 1})
        if twice:
            raise FileProblem(f"The header of {name} names a column twice: {', '.join(map(repr, twice))}.")

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row that is left; empty lines are passed over."""
        while (taken := self._next_line()) is not None:
            line, raw = taken
            if raw is None:
                yield BadRow(line, "row.too_long", "")
            elif not raw.strip():
                self.blank_lines += 1
            else:
                yield self._row(line, raw)

    def _row(self, line: int, raw: bytes) -> Row | BadRow:
        """The row that starts with this line. Each further line is taken only while a quote is open; when the quote
        proves never to close, the lines go back and only the first is bad."""
        lines: list[str] = []
        further: list[tuple[int, bytes | None]] = []
        while True:
            try:
                lines.append(raw.decode(self.encoding))
            except UnicodeDecodeError:
                shown = lines[0] if lines else raw.decode(self.encoding, "backslashreplace")
                return self._bad(line, "row.encoding", shown, further)
            try:
                return Row(line, next(csv.reader(lines, delimiter=self.delimiter, strict=True)))
            except csv.Error as error:
                if str(error) != "unexpected end of data":
                    code = "row.quote_open" if further else "row.quotes"
                    return self._bad(line, code, lines[0], further)
            taken = self._next_line() if len(lines) < MOST_LINES else None
            if taken is not None:
                further.append(taken)
            if taken is None or taken[1] is None:
                return self._bad(line, "row.quote_open", lines[0], further)
            raw = taken[1]

    def _bad(self, line: int, code: str, text: str, further: list[tuple[int, bytes | None]]) -> BadRow:
        """Only the first line is bad; those that were taken after it are read again as rows of their own."""
        self._pending = further + self._pending
        return BadRow(line, code, text)

    def _next_line(self) -> tuple[int, bytes | None] | None:
        """The next line and its number; None for its bytes when it is too long to be one."""
        if self._pending:
            return self._pending.pop(0)
        raw = self.source.readline(LONGEST_LINE)
        if not raw:
            return None
        self._line += 1
        if self._line == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        self.bytes_read += len(raw)
        if len(raw) < LONGEST_LINE or raw.endswith(b"\n"):
            return self._line, raw
        while len(rest := self.source.readline(LONGEST_LINE)) == LONGEST_LINE and not rest.endswith(b"\n"):
            self.bytes_read += len(rest)
        self.bytes_read += len(rest)
        return self._line, None


_HEADER_TROUBLE: Final = {
    "row.too_long": f"its first line is longer than {LONGEST_LINE} bytes. Is it a CSV file?",
    "row.encoding": "its letters are not in the encoding that the mapping names (UTF-8 unless it says otherwise).",
    "row.quotes": "a quotation mark stands where none may be.",
    "row.quote_open": "a quotation mark is opened and never closed.",
}


def _refuse_other_formats(start: bytes, name: str) -> None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(start) > 3 and start[1:2] == start[3:4] == b"\0"):
        raise FileProblem(f"{name} is UTF-16. Save it as UTF-8 and try again.")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileProblem(f"{name} is a spreadsheet, not CSV. Export it as CSV (UTF-8) and try again.")
    if start.startswith((b"\x1f\x8b", b"BZh", b"%PDF")):
        raise FileProblem(f"{name} is not a CSV file. Unpack or export it and try again.")


def open_csv(path: Path) -> BinaryIO:
    """The file, or one sentence on why not."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise FileProblem(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise FileProblem(f"{path} is a folder, not a file.") from None
    except OSError as error:
        raise FileProblem(f"{path} cannot be read: {error.strerror}.") from None
