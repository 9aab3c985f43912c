"""Writing a table as CSV or JSON, a stretch at a time, so that neither its length nor a slow reader costs memory or holds
a connection to the database."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import orjson

from registry.shared.texts import harmless_in_spreadsheet
from web.open_data.columns import Table, Values, licence

CSV_TYPE: Final = "text/csv; charset=utf-8; header=present"
JSON_TYPE: Final = "application/json"


def csv_text(table: Table, rows: Iterable[Values], *, header: bool = True) -> str:
    """RFC 4180: commas, decimal points, one header row. A text that a spreadsheet would run as a formula gets an
    apostrophe in front; in JSON it stands as it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    names = [column.name for column in table.columns]
    if header:
        writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return harmless_in_spreadsheet(value) if isinstance(value, str) else str(value)


async def csv_stream(table: Table, stretches: AsyncIterator[list[Values]]) -> AsyncIterator[bytes]:
    yield csv_text(table, ()).encode()
    async for rows in stretches:
        yield csv_text(table, rows, header=False).encode()


def json_head(table: Table, facts: Values) -> bytes:
    """What comes before the rows: where the columns are explained, and the licence."""
    head = {
        "table": table.name,
        "licence": {"name": licence().name, "path": licence().path},
        "schema": f"/api/v1/open-data/schema/{table.name}",
        **facts,
    }
    return orjson.dumps(head)[:-1] + b',"rows":['


async def json_stream(
    table: Table, facts: Values, stretches: AsyncIterator[list[Values]]
) -> AsyncIterator[bytes]:
    yield json_head(table, facts)
    first = True
    async for rows in stretches:
        if rows:
            body = b",".join(map(orjson.dumps, rows))
            yield body if first else b"," + body
            first = False
    yield b"]}"


def json_whole(table: Table, facts: Values, rows: Iterable[Values]) -> bytes:
    return json_head(table, facts) + b",".join(map(orjson.dumps, rows)) + b"]}"
