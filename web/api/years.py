"""Financial years, with a token."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.years.commands import start_year_close
from registry.settlement.years.queries import YearRow, year_row, years
from registry.shared.actor import Role
from registry.shared.errors import NotFound
from web.idempotency import Answer, header_key, once
from web.pages.years import carry_on, read_year
from web.schema import ApiModel, IdempotencyKey, Page
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})


class YearOut(ApiModel):
    """A financial year of the organiser."""

    year: int = Field(examples=[2026])
    ended: bool
    started_at: datetime | None = Field(description="When its closing was begun")
    closed_at: datetime | None = Field(description="From then on nothing can be booked in it")
    carried: int = Field(description="Vouchers whose open commitments went to the next year's budget line")
    carried_cents: int
    accrued_cents: int = Field(description="Given in the year and approved after it: booked at its end")


class YearLineIn(ApiModel):
    """Where a budget line's open commitments go."""

    budget_line_id: UUID
    to_budget_line_id: UUID = Field(description="A line of the next year")


class YearCloseIn(ApiModel):
    """The closing of a year: each of its lines with open commitments needs a line of the next year."""

    lines: list[YearLineIn] = Field(default_factory=list, max_length=1_000)


def _out(row: YearRow) -> YearOut:
    return YearOut(**{name: getattr(row, name) for name in YearOut.model_fields})


@get("/api/v1/years", who=READERS, scope="settlement:read", tags=["settlement"])
async def list_years(request: AnyRequest) -> Page[YearOut]:
    """Every financial year, newest first."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await years(session, organiser_id=actor.organiser_id, now=held.now())
    return Page(items=[_out(row) for row in rows])


@post(
    "/api/v1/years/{year:str}/close",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_year_close(
    request: AnyRequest,
    year: FromPath[str],
    data: JSONBody[YearCloseIn],
    idempotency_key: IdempotencyKey = None,
) -> YearOut:
    """Close a year, or go on with a closing that was begun. A large one is carried on by itself: ask again until
    `closed_at` is there. A closed year answers as it is."""
    actor, held = signed_in(request), services(request)
    of_year = read_year(year)
    lines = {line.budget_line_id: line.to_budget_line_id for line in data.lines}

    async def run(session: AsyncSession) -> Answer:
        made = await start_year_close(session, actor=actor, now=held.now(), year=of_year, lines=lines)
        return {"id": str(made)}

    body = {"year": of_year, **data.model_dump(mode="json")}
    await once(request, operation="year.close", key=header_key(request), body=body, run=run)
    await carry_on(held, actor, of_year)
    async with held.database.transaction(actor.sight) as session:
        row = await year_row(session, organiser_id=actor.organiser_id, year=of_year, now=held.now())
    if row is None:
        raise NotFound("year.unknown")
    return _out(row)


ROUTES: list[Any] = [list_years, post_year_close]
