"""Many rows in one statement: they travel as one array per column, and PostgreSQL puts them together again (`unnest`).

COPY is not allowed under row-level security, a statement per row costs more than the row, and the same rows as one JSON
document cost PostgreSQL as much to read as to write.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Boolean, Column, Date, Integer, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, dialect

from registry.shared.database import Direct

AT_ONCE: Final = 1_000
"""Rows of one statement: more saves nothing and holds all of them in memory twice."""

Row = Mapping[str, Any]


def as_document(value: Any) -> str:
    """Rows, by table or whatever the statement expects, as JSON text for a parameter `$1::text::jsonb`."""
    return orjson.dumps(value, default=_encode).decode()


def _encode(value: Any) -> Any:
    """What orjson does not know: bytea in PostgreSQL's hex form, and the driver's own UUID type."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__}")


class Columns:
    """Some columns of a table, as the part of a statement that takes their rows. Made once all tables are known, for a
    foreign key has the type of what it points to."""

    def __init__(
        self,
        model: type[Any],
        names: Iterable[str] = (),
        *,
        same: Collection[str] = (),
        without: Collection[str] = (),
    ) -> None:
        """All columns but `without`, where none are named. Those in `same` hold one value for all rows, which is sent
        once."""
        self.table: Table = model.__table__
        wanted = [
            n for n in (tuple(names) or self.table.columns.keys()) if n not in same and n not in without
        ]
        self._each: list[Column[Any]] = [self.table.columns[name] for name in wanted]
        self._same: list[Column[Any]] = [self.table.columns[name] for name in same]
        if any(isinstance(column.type, ARRAY) for column in self._each):
            raise TypeError("an array of arrays would have to have equal ones")
        self._ways = [_way(column) for column in self._each]

    def __len__(self) -> int:
        return len(self._each) + len(self._same)

    def given(self, first: int) -> str:
        """What the parameters from `first` on make: the table `given`, with a row for each row."""
        arrays = ", ".join(
            f"${number}::{way.type.format(_type_name(column))}"
            for number, (column, way) in enumerate(zip(self._each, self._ways, strict=True), start=first)
        )
        return f"unnest({arrays}) AS given ({_names(self._each)})"

    def insert(self, first: int) -> str:
        """INSERT of the rows that the parameters from `first` on hold."""
        read = [
            f"given.{column.name}{way.read}" for column, way in zip(self._each, self._ways, strict=True)
        ] + [
            f"${number}::{_type_name(column)}"
            for number, column in enumerate(self._same, start=first + len(self._each))
        ]
        return (
            f"INSERT INTO {self.table.name} ({_names([*self._each, *self._same])})"  # noqa: S608 - the model's own names
            f" SELECT {', '.join(read)} FROM {self.given(first)}"
        )

    def values(self, rows: Sequence[Row]) -> list[Any]:
        """The parameters; a column that a row does not name is null."""
        arrays = [
            way.write([row.get(column.name) for row in rows])
            for column, way in zip(self._each, self._ways, strict=True)
        ]
        return [*arrays, *(rows[0][column.name] if rows else None for column in self._same)]


@dataclass(frozen=True, slots=True)
class _Way:
    """How the values of a column travel."""

    type: str
    """The parameter's, of `{}`, the column's own."""
    write: Callable[[list[Any]], Any]
    read: str = ""


def _literal(values: list[Any]) -> str:
    """An array as PostgreSQL writes one."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _json(values: list[Any]) -> list[str | None]:
    return [None if value is None else orjson.dumps(value, default=_encode).decode() for value in values]


_BINARY: Final = _Way("{}[]", list)
_LITERAL: Final = _Way("text::{}[]", _literal)
_JSON: Final = _Way("text[]", _json, "::jsonb")
"""The driver asks of each element of an array whether it is an array too, which costs more than the element: numbers,
ids, days and flags, which need no quotation marks, go as one text. JSON goes as texts, for the driver would ask Python
to write each value."""


def _way(column: Column[Any]) -> _Way:
    if isinstance(column.type, JSONB):
        return _JSON
    plain = isinstance(column.type, (Integer, Uuid, Boolean, Date))
    return _LITERAL if plain else _BINARY


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


def _type_name(column: Column[Any]) -> str:
    return str(column.type.compile(dialect=dialect()))  # type: ignore[no-untyped-call]


async def insert_rows(connection: Direct, model: type[Any], rows: Sequence[Row]) -> None:
    """Insert rows of one table; all of them have the same columns."""
    if not rows:
        return
    columns = Columns(model, rows[0])
    statement = columns.insert(1)
    for start in range(0, len(rows), AT_ONCE):
        await connection.execute(statement, *columns.values(rows[start : start + AT_ONCE]))
