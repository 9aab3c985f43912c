"""Releases as open data: the very bytes that the figures can be recomputed from."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field

from registry.quality.queries import ReleaseName, documents, releases
from registry.shared.errors import NotFound
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


async def _document(request: AnyRequest, release_id: UUID, which: int) -> Response[str]:
    async with services(request).database.transaction() as session:
        found = await documents(session, release_id, now=services(request).now())
    if found is None:
        raise NotFound("release.unknown")
    name = ("cells", "figures")[which]
    return Response(
        found[which],
        media_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="{name}-{release_id}.json"',
            "cache-control": "public, max-age=31536000, immutable",
        },
    )


@get("/api/v1/releases/{release_id:uuid}/cells", who=PUBLIC, tags=["quality"])
async def get_cells(request: AnyRequest, release_id: FromPath[UUID]) -> Response[str]:
    """The cells: per service, measure and provider `[n, k, unknown]`, `[n, days]`, or the reason for a blank."""
    return await _document(request, release_id, 0)


@get("/api/v1/releases/{release_id:uuid}/figures", who=PUBLIC, tags=["quality"])
async def get_figures(request: AnyRequest, release_id: FromPath[UUID]) -> Response[str]:
    """The figures that the method computes from the cells; shares in ten-thousandths."""
    return await _document(request, release_id, 1)


ROUTES: list[Any] = [list_releases, get_cells, get_figures]
