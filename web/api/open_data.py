"""Open data: the register as one file, and what the columns of all the tables mean."""

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream

from registry.catalogue.queries import Names
from registry.providers.queries.open_data import (
    register_fingerprint,
    register_stretches,
    register_values,
)
from registry.providers.queries.open_prices import price_stretches, prices_fingerprint
from registry.quality.queries import ReleaseName, releases
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from web.kept import KEPT, kept, tag_of, unchanged
from web.measure_texts import BLANKS, PLACES, measure_text
from web.open_data.columns import TABLES, Column, Table, Values, licence, table
from web.open_data.writing import CSV_TYPE, JSON_TYPE, csv_stream, json_stream
from web.security import PUBLIC
from web.services import services
from web.translations import gettext, use_language

AnyRequest = Request[Any, Any, Any]

KEPT_SECONDS: Final = 600
LANGUAGES: Final = ("fi", "sv", "en")
CSV_DIALECT: Final = {"delimiter": ",", "quoteChar": '"', "lineTerminator": "\r\n", "header": True}


async def _rows(request: AnyRequest) -> AsyncIterator[list[Values]]:
    held = services(request)
    async for rows in register_stretches(held.database, on=local_date(held.now())):
        yield [register_values(row) for row in rows]


async def _register(request: AnyRequest, format_: str) -> Response[Any]:
    held = services(request)
    today = local_date(held.now())
    async with held.database.transaction() as session:
        fingerprint = await register_fingerprint(session, on=today)
    headers = kept(tag_of(fingerprint, format_), seconds=KEPT_SECONDS)
    described = table("register")
    stream = (
        csv_stream(described, _rows(request))
        if format_ == "csv"
        else json_stream(described, {"on": today.isoformat()}, _rows(request))
    )
    return unchanged(request, headers) or Stream(
        stream,
        media_type=CSV_TYPE if format_ == "csv" else JSON_TYPE,
        headers={"content-disposition": f'attachment; filename="register-{today}.{format_}"', **headers},
    )


@get("/api/v1/open-data/register.csv", who=PUBLIC, media_type=CSV_TYPE, tags=["open data"], responses=KEPT)
async def get_register_csv(request: AnyRequest) -> Response[str]:
    """Everyone who is approved, one row for each approval. Neither the street of a sole trader nor a coach is in it."""
    return await _register(request, "csv")


@get("/api/v1/open-data/register.json", who=PUBLIC, tags=["open data"], responses=KEPT)
async def get_register_json(request: AnyRequest) -> Response[dict[str, Any]]:
    """The same rows under `rows`, with the licence and the day."""
    return await _register(request, "json")


async def _prices(request: AnyRequest, format_: str) -> Response[Any]:
    held = services(request)
    today = local_date(held.now())
    async with held.database.transaction() as session:
        fingerprint = await prices_fingerprint(session, on=today)
    headers = kept(tag_of(fingerprint, "prices", format_), seconds=KEPT_SECONDS)
    described, rows = table("prices"), price_stretches(held.database, on=today)
    stream = (
        csv_stream(described, rows)
        if format_ == "csv"
        else json_stream(described, {"on": today.isoformat()}, rows)
    )
    return unchanged(request, headers) or Stream(
        stream,
        media_type=CSV_TYPE if format_ == "csv" else JSON_TYPE,
        headers={"content-disposition": f'attachment; filename="prices-{today}.{format_}"', **headers},
    )


@get("/api/v1/open-data/prices.csv", who=PUBLIC, media_type=CSV_TYPE, tags=["open data"], responses=KEPT)
async def get_prices_csv(request: AnyRequest) -> Response[str]:
    """What every approval has cost, costs and will cost: one row for each price, with its days."""
    return await _prices(request, "csv")


@get("/api/v1/open-data/prices.json", who=PUBLIC, tags=["open data"], responses=KEPT)
async def get_prices_json(request: AnyRequest) -> Response[dict[str, Any]]:
    """The same rows under `rows`, with the licence and the day."""
    return await _prices(request, "json")


def _texts(text: str) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with use_language(language):
            found[language] = gettext(text)
    return found


def _meanings(column: Column) -> dict[str, dict[str, str]] | None:
    """What each value of a closed list means, where its code alone does not say."""
    if column.name == "blank":
        return {code: _texts(text) for code, text in BLANKS.items()}
    if column.name == "funnel":
        return {code: _texts(text) for code, text in PLACES.items()}
    if column.name != "measure":
        return None
    meanings: dict[str, dict[str, str]] = {code: {} for code in column.values or ()}
    for language in LANGUAGES:
        with use_language(language):
            for code in meanings:
                meanings[code][language] = measure_text(code)
    return meanings


def _names(names: Names) -> dict[str, str]:
    return {language: names[language] for language in LANGUAGES}


def _field(column: Column) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if column.values is not None:
        limits["enum"] = list(column.values)
    if column.least is not None:
        limits["minimum"] = column.least
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "description": column.about.en,
        "descriptions": _names(column.about),
        "constraints": limits,
    }
    meanings = _meanings(column)
    return field | {"meanings": meanings} if meanings else field


def _schema(described: Table) -> dict[str, Any]:
    return {
        "description": described.about.en,
        "descriptions": _names(described.about),
        "fields": [_field(column) for column in described.columns],
        "missingValues": [""],
        "primaryKey": list(described.key),
    }


@get("/api/v1/open-data/schema/{name:str}", who=PUBLIC, tags=["open data"], responses=KEPT)
async def get_schema(request: AnyRequest, name: FromPath[str]) -> Response[dict[str, Any]]:
    """The data dictionary of one table, `figures`, `register` or `prices`, as a Table Schema: each column
    explained in Finnish, Swedish and English."""
    if name not in TABLES:
        raise NotFound("table.unknown")
    described = _schema(table(name))
    headers = kept(tag_of(described), seconds=KEPT_SECONDS)
    answer: Response[Any] = unchanged(request, headers) or Response(described, headers=headers)
    return answer


def _resource(described: Table, name: str, path: str, **facts: Any) -> dict[str, Any]:
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "encoding": "utf-8",
        "dialect": CSV_DIALECT,
        "description": described.about.en,
        "descriptions": _names(described.about),
        "schema": f"/api/v1/open-data/schema/{described.name}",
    } | facts


def _of_release(release: ReleaseName) -> dict[str, Any]:
    return _resource(
        table("figures"),
        f"figures-{release.id}",
        f"/api/v1/releases/{release.id}/figures.csv",
        organiser_id=str(release.organiser_id),
        number=release.number,
        as_of=release.as_of.isoformat(),
        cells=f"/api/v1/releases/{release.id}/cells",
        cells_sha256=release.cells_sha256,
        figures=f"/api/v1/releases/{release.id}/figures",
        figures_sha256=release.figures_sha256,
    )


@get("/api/v1/open-data/datapackage.json", who=PUBLIC, tags=["open data"], responses=KEPT)
async def get_datapackage(request: AnyRequest) -> Response[dict[str, Any]]:
    """All files of the open data as a Data Package: the register and the figures of every release, with their licence."""
    held = services(request)
    async with held.database.transaction() as session:
        published = await releases(session, now=held.now())
    headers = kept(tag_of("datapackage", *(release.id for release in published)), seconds=KEPT_SECONDS)
    answer: Response[Any] = unchanged(request, headers) or Response(
        {
            "profile": "tabular-data-package",
            "name": "service-voucher-register",
            "title": "Service voucher register",
            "licenses": [
                {"name": licence().name, "title": licence().title, "path": licence().path},
            ],
            "resources": [
                _resource(table("register"), "register", "/api/v1/open-data/register.csv"),
                _resource(table("prices"), "prices", "/api/v1/open-data/prices.csv"),
                *map(_of_release, published),
            ],
        },
        headers=headers,
    )
    return answer


ROUTES: list[Any] = [
    get_register_csv,
    get_register_json,
    get_prices_csv,
    get_prices_json,
    get_schema,
    get_datapackage,
]
