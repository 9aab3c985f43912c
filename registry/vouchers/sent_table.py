"""A table that somebody sends as a CSV file, read strictly: its columns by their names, its lines with their numbers."""

import csv
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from registry.shared.errors import Invalid

MAX_BYTES: Final = 5_000_000


def decode(content: bytes) -> str:
    """The file as text with plain line ends. Anything but UTF-8 is refused: a wrongly guessed encoding would turn one
    name into another."""
    if len(content) > MAX_BYTES:
        raise Invalid("batch.too_large", errors={"file": "batch.too_large"})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("batch.not_text", errors={"file": "batch.not_text"}) from None
    if "\x00" in text:
        raise Invalid("batch.not_text", errors={"file": "batch.not_text"})
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line of a CSV file, its values by column."""

    line: int
    values: dict[str, str]
    too_many: bool
    """More values than there are columns: which belongs to which is anybody's guess."""


def read_table(
    text: str, *, columns: Sequence[str], missing: Callable[[Collection[str]], list[str]], most: int
) -> list[TableLine]:
    """The lines of a decoded file; its first line names the columns, in any order, with comma, semicolon or tab between
    them. Raises Invalid(batch.*) where the file as a whole cannot be read."""
    if len(text) > MAX_BYTES:
        raise Invalid("batch.too_large", errors={"file": "batch.too_large"})
    first_line = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    lines: list[TableLine] = []
    names: list[str] | None = None
    try:
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if names is None:
                names = _columns(values, columns, missing)
                continue
            if len(lines) == most:
                raise Invalid("batch.too_many_rows", errors={"file": "batch.too_many_rows"}, most=most)
            by_name = dict(zip(names, values, strict=False))
            lines.append(TableLine(reader.line_num, by_name, len(values) > len(names)))
    except csv.Error:
        line = reader.line_num
        raise Invalid("batch.not_csv", errors={"file": "batch.not_csv"}, line=line) from None
    if names is None or not lines:
        raise Invalid("batch.empty", errors={"file": "batch.empty"})
    return lines


def _columns(
    values: Sequence[str], known: Sequence[str], missing: Callable[[Collection[str]], list[str]]
) -> list[str]:
    names = [value.strip().lower() for value in values]
    problems = (
        ("batch.columns_unknown", [name for name in names if name not in known]),
        ("batch.columns_twice", [name for name in known if names.count(name) > 1]),
        ("batch.columns_missing", missing(names)),
    )
    for code, which in problems:
        if which:
            columns = ", ".join(name[:40] for name in which[:10])
            raise Invalid(code, errors={"file": code}, columns=columns)
    return names
