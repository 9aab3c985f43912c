"""Financial years: what is open on their budget lines, closing one, and what was booked in each."""

import re
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.years.commands import continue_year_close, start_year_close
from registry.settlement.years.queries import (
    carried_lines,
    expenses_of_year,
    next_lines,
    open_lines,
    year_row,
    years,
)
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, Invalid, NotFound
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.settlement import read_month
from web.services import Services, services, signed_in
from web.translations import N_, format_money, format_month, gettext

AnyRequest = Request[Any, Any, Any]

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})
STEPS: Final = 10
"""Batches that a page carries before it answers; the worker carries the rest."""
DONE: Final[dict[str, str]] = {
    "closed": N_("The year was closed. Nothing can be booked in it any more."),
    "running": N_("The year is being closed. This takes some minutes."),
}


@get("/years", who=READERS, include_in_schema=False)
async def year_list(request: AnyRequest) -> Response[str]:
    """Every financial year, and which can be closed."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await years(session, organiser_id=actor.organiser_id, now=held.now())
    return page(request, "settlement/years.html", rows=rows)


async def _year_page(
    request: AnyRequest, year: int, form: Form, *, status: int = 200, done: str = ""
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        organiser_id = actor.organiser_id
        row = await year_row(session, organiser_id=organiser_id, year=year, now=held.now())
        if row is None:
            raise NotFound("year.unknown")
        lines = await open_lines(session, organiser_id=organiser_id, year=year)
        following = await next_lines(session, organiser_id=organiser_id, year=year)
        carried = await carried_lines(session, organiser_id=organiser_id, year=year)
        services_of_year = await expenses_of_year(session, organiser_id=organiser_id, year=year)
    return page(
        request,
        "settlement/year.html",
        status=status,
        get_path=f"/years/{year}",
        row=row,
        lines=lines,
        options=[
            (
                str(line.id),
                gettext("%(line)s, %(left)s left", line=line.code, left=format_money(line.left_cents)),
            )
            for line in following
        ],
        carried=carried,
        expenses=services_of_year,
        form=form,
        errors=form.errors,
        may_act=actor.role in FINANCE,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


def read_year(written: str) -> int:
    """The year of an address."""
    if re.fullmatch(r"20[0-9]{2}", written) is None:
        raise NotFound("year.unknown")
    return int(written)


@get("/years/{year:str}", who=READERS, include_in_schema=False)
async def one_year(request: AnyRequest, year: FromPath[str], done: FromQuery[str] = "") -> Response[str]:
    """A year's open commitments and what closing does with them; once closed, what was carried and booked."""
    return await _year_page(request, read_year(year), Form(), done=done)


@post("/years/{year:str}/close", who=FINANCE, include_in_schema=False)
async def close(request: AnyRequest, year: FromPath[str]) -> Response[str]:
    return await _close(request, read_year(year))


async def _close(request: AnyRequest, year: int) -> Response[str]:
    actor, held = signed_in(request), services(request)
    form = await read_form(request)
    async with held.database.transaction(actor.sight) as session:
        row = await year_row(session, organiser_id=actor.organiser_id, year=year, now=held.now())
        wanted = await open_lines(session, organiser_id=actor.organiser_id, year=year)
    begun = row is not None and row.started_at is not None
    lines: dict[UUID, UUID] = {}
    for line in wanted:
        to = form.identifier(f"line_{line.id}")
        if to is not None:
            lines[line.id] = to
    if not begun and not form.ticked("sure"):
        form.fail("sure", "field.required")
    key = form.key()
    if not form.ok:
        return await _year_page(request, year, form, status=422)
    body = {"year": year, "lines": {str(a): str(b) for a, b in lines.items()}}
    try:
        await once(
            request,
            operation="year.close",
            key=key,
            body=body,
            run=partial(_start, actor, held.now(), year, lines),
        )
        closed = await carry_on(held, actor, year)
    except NotFound:
        raise
    except Invalid as error:
        for line_id, code in error.errors.items():
            form.fail(f"line_{line_id}", code)
        return await _year_page(request, year, form, status=422)
    except DomainError as error:
        if "month" in error.facts:
            error.facts["month"] = format_month(read_month(str(error.facts["month"])))
        form.blame(error)
        return await _year_page(request, year, form, status=409)
    return redirect(f"/years/{year}?done={'closed' if closed else 'running'}")


async def _start(
    actor: Actor, now: datetime, year: int, lines: dict[UUID, UUID], session: AsyncSession
) -> dict[str, Any]:
    close_id = await start_year_close(session, actor=actor, now=now, year=year, lines=lines)
    return {"id": str(close_id)}


async def carry_on(held: Services, actor: Actor, year: int, *, most: int = STEPS) -> bool:
    """Some steps of a closing, each in a transaction of its own; whether it is done."""
    for _ in range(most):
        async with held.database.transaction(actor.sight) as session:
            run = await continue_year_close(session, actor=actor, now=held.now(), year=year)
        if run.closed_at is not None:
            return True
    return False


ROUTES: list[Any] = [year_list, one_year, close]
