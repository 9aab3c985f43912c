"""The change feed of the open register, so that others can keep a copy: JSON with a cursor, and Atom."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import QueryParameter
from pydantic import Field

from registry.providers.changes.queries import Change, changes_after, newest_changes
from registry.providers.changes.rules import KINDS
from web.kept import KEPT, kept, tag_of, unchanged
from web.open_data.changes_atom import ATOM_TYPE, FEED_LENGTH, feed
from web.schema import ApiModel
from web.security import PUBLIC
from web.services import services
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]

LARGEST: Final = 500
KEPT_SECONDS: Final = 10
LARGEST_POSITION: Final = 2**63 - 1

EXAMPLE: Final[dict[str, Any]] = {
    "admission_id": "0192f0c4-0000-7000-8000-000000000001",
    "provider_id": "0192f0c4-0000-7000-8000-000000000002",
    "provider": "Esimerkkivalmennus Oy",
    "state": "active",
    "unit_price": 58.0,
    "unit": "hour",
    "languages": "fi sv",
    "languages_verified": "fi",
}


class ChangeOut(ApiModel):
    """A change of one approval's row. Applying the newest change of every approval gives the register."""

    position: int = Field(examples=[1024], description="Rises from change to change")
    at: datetime = Field(examples=["2026-11-22T09:00:12Z"])
    kind: str = Field(examples=["price"], description=", ".join(KINDS))
    admission_id: UUID = Field(description="Which row: the key of the register's table")
    provider_id: UUID
    changed: list[str] = Field(examples=[["unit_price"]], description="Columns that say something else now")
    entry: dict[str, Any] | None = Field(
        examples=[EXAMPLE],
        description="The whole row as it now is, with the columns of /api/v1/open-data/schema/register;"
        " null when the approval left the register",
    )


class ChangesOut(ApiModel):
    """Changes after a position, oldest first."""

    changes: list[ChangeOut]
    next: int = Field(examples=[1024], description="What to give as `after` the next time")
    more: bool = Field(examples=[False], description="Whether more can be read at once")


def _out(change: Change) -> ChangeOut:
    return ChangeOut(
        position=change.position,
        at=change.at,
        kind=change.kind,
        admission_id=change.admission_id,
        provider_id=change.provider_id,
        changed=list(change.changed),
        entry=change.entry,
    )


@get("/api/v1/register/changes", who=PUBLIC, tags=["open data"], responses=KEPT)
async def get_changes(
    request: AnyRequest,
    after: Annotated[int, QueryParameter(ge=0, le=LARGEST_POSITION)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST)] = 100,
) -> Response[ChangesOut]:
    """What has changed in the register after the position `after`; from 0 on, all of it. A copy is kept by putting each
    `entry` in the place of the row with its `admission_id`, and by taking away the row where it is null; the copy then
    equals `/api/v1/open-data/register.csv`. A change is there within a minute. A change that a newer one of the same
    approval has overtaken is kept for 90 days, so old positions may be missing, but nothing that a copy needs."""
    held = services(request)
    async with held.database.transaction() as session:
        found = await changes_after(session, position=after, limit=limit + 1)
    shown = found[:limit]
    next_ = shown[-1].position if shown else after
    headers = kept(tag_of("changes", after, limit, next_, len(found)), seconds=KEPT_SECONDS)
    answer: Response[Any] = unchanged(request, headers) or Response(
        ChangesOut(changes=[_out(change) for change in shown], next=next_, more=len(found) > limit),
        headers=headers,
    )
    return answer


@get("/api/v1/register/changes.atom", who=PUBLIC, tags=["open data"], media_type=ATOM_TYPE, responses=KEPT)
async def get_changes_atom(
    request: AnyRequest,
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_POSITION)] = None,
) -> Response[bytes]:
    """The same changes as an Atom feed, newest first, fifty at a time; the link `next` leads to older ones (RFC 5005)."""
    held = services(request)
    async with held.database.transaction() as session:
        found = await newest_changes(session, before=before, limit=FEED_LENGTH + 1)
    tag = tag_of("atom", current_language.get(), before, *(change.position for change in found))
    headers = kept(tag, seconds=KEPT_SECONDS) | {"vary": "Accept-Language"}
    answer: Response[Any] = unchanged(request, headers) or Response(
        feed(found, base_url=held.settings.base_url, before=before, now=held.now()),
        media_type=ATOM_TYPE,
        headers=headers,
    )
    return answer


ROUTES: list[Any] = [get_changes, get_changes_atom]
