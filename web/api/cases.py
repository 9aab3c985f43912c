"""Cases for a case worker's own system: what is to be done, and that it was done."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import close_case
from registry.cases.queries import CaseView, open_cases
from registry.cases.rules import CASE_KINDS
from registry.shared.actor import Role
from web.idempotency import Answer, header_key, once
from web.pages.cases import LONGEST_RESOLUTION, require_handler
from web.schema import LARGEST_PAGE, ApiModel, Page, Prose, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
WORKERS: Final = frozenset({Role.CASE_WORKER})

After = Annotated[
    str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=200)
]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Cases on a page")]
Kind = Annotated[
    str | None,
    QueryParameter(name="kind", description=" | ".join(CASE_KINDS), max_length=50, pattern="^[a-z_]+$"),
]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Required. The same key with the same body is carried out once.",
        max_length=100,
    ),
]


class CaseOut(ApiModel):
    """Something that a person has to do. The client is an id: names are on the pages, where reading is logged."""

    id: UUID
    kind: str = Field(examples=["provider_declined"])
    subject_kind: str = Field(examples=["voucher"])
    subject_id: UUID
    client_id: UUID | None
    owner_id: UUID | None = Field(description="Whose it is; null while nobody has taken it")
    due_on: date
    opened_at: datetime


class CloseCase(ApiModel):
    """What was done about the case."""

    resolution: Annotated[Prose, Field(max_length=LONGEST_RESOLUTION, examples=["Soitettu, valitsee uuden."])]


class CaseClosed(ApiModel):
    """The case that was closed."""

    id: UUID


def _out(case: CaseView) -> CaseOut:
    return CaseOut(
        id=case.id,
        kind=case.kind,
        subject_kind=case.subject_kind,
        subject_id=case.subject_id,
        client_id=case.client_id,
        owner_id=case.owner_id,
        due_on=case.due_on,
        opened_at=case.opened_at,
    )


@get("/api/v1/cases", who=WORKERS, scope="vouchers:read", tags=["cases"])
async def list_cases(
    request: AnyRequest, kind: Kind = None, after: After = None, limit: Limit = 50
) -> Page[CaseOut]:
    """Open cases of the organiser's case workers, due first."""
    actor, held = signed_in(request), services(request)
    place = read_cursor(after, date.fromisoformat, UUID)
    async with held.database.transaction(actor.sight) as session:
        cases, following = await open_cases(
            session,
            actor=actor,
            kind=kind,
            others=True,
            after=(place[0], place[1]) if place else None,
            limit=limit,
        )
    return Page[CaseOut](
        items=[_out(case) for case in cases],
        next=cursor(following[0].isoformat(), str(following[1])) if following else None,
    )


@post(
    "/api/v1/cases/{case_id:uuid}/close", who=WORKERS, scope="choices:write", tags=["cases"], status_code=200
)
async def close(
    request: AnyRequest, case_id: FromPath[UUID], data: JSONBody[CloseCase], key: Key = None
) -> CaseClosed:
    """Close a case with what was done about it. A case that is closed already is refused (409 `case.closed_already`), and
    so is one that ends with a decision alone (409 `case.decide_first`)."""
    actor, held = signed_in(request), services(request)

    async def run(session: AsyncSession) -> Answer:
        await require_handler(session, actor, case_id)
        await close_case(session, actor=actor, now=held.now(), case_id=case_id, resolution=data.resolution)
        return {"id": str(case_id)}

    body = {"case": str(case_id), **data.model_dump(mode="json")}
    await once(request, operation="case.close", key=header_key(request), body=body, run=run)
    return CaseClosed(id=case_id)


ROUTES: list[Any] = [list_cases, close]
