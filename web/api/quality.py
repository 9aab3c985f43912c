"""Releases as open data: the very bytes that the figures can be recomputed from."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from pydantic import Field

from registry.quality.published.stretches import Document, document_stretches, figure_stretches
from registry.quality.queries import ReleaseName, release_name, releases
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from web.kept import KEPT, kept, tag_of, unchanged
from web.open_data.columns import Values, figure_values, table
from web.open_data.writing import CSV_TYPE, csv_stream
from web.schema import ApiModel, Page
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]


class ReleaseOut(ApiModel):
    """A frozen set of figures; `cells` and `figures` are its two documents in canonical JSON (RFC 8785)."""

    id: UUID
    organiser_id: UUID
    number: int = Field(examples=[4])
    method: str = Field(examples=["1"])
    as_of: date
    released_at: datetime
    cells_sha256: str
    figures_sha256: str
    cells: str = Field(examples=["/api/v1/releases/01890a5d-ac96-774b-bcce-b302099a8057/cells"])
    figures: str


def _out(release: ReleaseName) -> ReleaseOut:
    return ReleaseOut(
        id=release.id,
        organiser_id=release.organiser_id,
        number=release.number,
        method=release.method,
        as_of=release.as_of,
        released_at=release.released_at,
        cells_sha256=release.cells_sha256,
        figures_sha256=release.figures_sha256,
        cells=f"/api/v1/releases/{release.id}/cells",
        figures=f"/api/v1/releases/{release.id}/figures",
    )


@get("/api/v1/releases", who=PUBLIC, tags=["quality"])
async def list_releases(
    request: AnyRequest,
    organiser: Annotated[UUID | None, QueryParameter(description="Of this organiser only")] = None,
) -> Page[ReleaseOut]:
    """All releases, newest first. There is one every few months, so they come on one page."""
    async with services(request).database.transaction() as session:
        found = await releases(session, organiser, now=services(request).now())
    return Page(items=[_out(release) for release in found])


KEPT_SECONDS: Final = 3_600
"""A release never changes, but it may be withdrawn: then no cache may go on showing it for long."""


async def _public(request: AnyRequest, release_id: UUID) -> ReleaseName:
    held = services(request)
    async with held.database.transaction() as session:
        found = await release_name(session, release_id, now=held.now())
    if found is None or found.withdrawn_at is not None:
        raise NotFound("release.unknown")
    return found


async def _document(request: AnyRequest, release_id: UUID, which: Document) -> Response[Any]:
    found = await _public(request, release_id)
    headers = kept(
        tag_of(found.cells_sha256 if which == "cells" else found.figures_sha256), seconds=KEPT_SECONDS
    )
    return unchanged(request, headers) or Stream(
        document_stretches(services(request).database, release_id, which),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{which}-{release_id}.json"', **headers},
    )


@get("/api/v1/releases/{release_id:uuid}/cells", who=PUBLIC, tags=["quality"], responses=KEPT)
async def get_cells(request: AnyRequest, release_id: FromPath[UUID]) -> Response[dict[str, Any]]:
    """The cells: per service, measure and provider `[n, k, unknown]`, `[n, days]`, or the reason for a blank."""
    return await _document(request, release_id, "cells")


@get("/api/v1/releases/{release_id:uuid}/figures", who=PUBLIC, tags=["quality"], responses=KEPT)
async def get_figures(request: AnyRequest, release_id: FromPath[UUID]) -> Response[dict[str, Any]]:
    """The figures that the method computes from the cells; shares in ten-thousandths."""
    return await _document(request, release_id, "figures")


async def _values(request: AnyRequest, release_id: UUID) -> AsyncIterator[list[Values]]:
    async for rows in figure_stretches(services(request).database, release_id):
        yield [figure_values(row) for row in rows]


@get(
    "/api/v1/releases/{release_id:uuid}/figures.csv",
    who=PUBLIC,
    media_type=CSV_TYPE,
    tags=["quality"],
    responses=KEPT,
)
async def get_figures_csv(request: AnyRequest, release_id: FromPath[UUID]) -> Response[str]:
    """The same figures as a table with names; `/api/v1/open-data/schema/figures` explains the columns."""
    found = await _public(request, release_id)
    # names of providers may change, so the mark holds for a day
    headers = kept(tag_of(found.figures_sha256, local_date(services(request).now())), seconds=KEPT_SECONDS)
    answer: Response[Any] = unchanged(request, headers) or Stream(
        csv_stream(table("figures"), _values(request, release_id)),
        media_type=CSV_TYPE,
        headers={"content-disposition": f'attachment; filename="figures-{release_id}.csv"', **headers},
    )
    return answer


ROUTES: list[Any] = [list_releases, get_cells, get_figures, get_figures_csv]
