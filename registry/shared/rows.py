"""Many rows in one statement: they travel as one JSON document, which PostgreSQL itself turns into rows.

COPY is not allowed under row-level security, and a statement per row costs more than the row.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Table

from registry.shared.database import Direct

AT_ONCE: Final = 1_000
"""Rows of one statement: more saves nothing and holds the whole document in memory twice."""


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


async def insert_rows(connection: Direct, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of one table; all of them have the same columns."""
    if not rows:
        return
    table: Table = model.__table__
    known = table.columns
    names = ", ".join(known[name].name for name in rows[0])
    statement = (
        f"INSERT INTO {table.name} ({names})"  # noqa: S608 - names of the model's own columns
        f" SELECT {names} FROM jsonb_populate_recordset(NULL::{table.name}, $1::text::jsonb)"
    )
    for start in range(0, len(rows), AT_ONCE):
        await connection.execute(statement, as_document(rows[start : start + AT_ONCE]))
