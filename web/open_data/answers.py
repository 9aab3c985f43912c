"""Answering with the figures that a page shows, as a file."""

from collections.abc import Iterable
from typing import Any, Final

from litestar import Request, Response

from registry.quality.published.rows import FigureRow
from web.kept import kept, tag_of, unchanged
from web.open_data.columns import figure_values, table
from web.open_data.writing import CSV_TYPE, JSON_TYPE, csv_text, json_whole

KEPT_SECONDS: Final = 600


def table_answer(
    request: Request[Any, Any, Any], name: str, format_: str, facts: dict[str, Any], rows: Iterable[FigureRow]
) -> Response[Any]:
    """The rows as `name.csv` or `name.json`, small enough to be made at once."""
    described = table("figures")
    values = [figure_values(row) for row in rows]
    body = csv_text(described, values).encode() if format_ == "csv" else json_whole(described, facts, values)
    headers = kept(tag_of(name, body.decode()), seconds=KEPT_SECONDS)
    return unchanged(request, headers) or Response(
        body,
        media_type=CSV_TYPE if format_ == "csv" else JSON_TYPE,
        headers={"content-disposition": f'attachment; filename="{name}.{format_}"', **headers},
    )
