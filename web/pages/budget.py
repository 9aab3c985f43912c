"""Budget lines, as the organiser's administrator manages them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.commands import change_budget_line, create_budget_line
from registry.catalogue.queries import BudgetLineRow, budget_lines
from registry.shared.actor import Actor
from registry.shared.errors import DomainError, NotFound
from registry.shared.period import local_date
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.catalogue import ADMINISTRATORS, flashes_for
from web.pages.terms import as_typed
from web.services import services, signed_in
from web.translations import N_

AnyRequest = Request[Any, Any, Any]

DONE: Final[dict[str, str]] = {
    "created": N_("The budget line was added."),
    "changed": N_("The budget line was changed."),
}


@get("/admin/budget", who=ADMINISTRATORS, include_in_schema=False)
async def budget(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        lines = await budget_lines(session, organiser_id=actor.organiser_id)
    return page(request, "catalogue/budget.html", lines=lines, flashes=flashes_for(done, DONE))


def _new_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "catalogue/new_budget_line.html",
        status=status,
        get_path="/admin/budget/new",
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/admin/budget/new", who=ADMINISTRATORS, include_in_schema=False)
async def new_line(request: AnyRequest) -> Response[str]:
    form = Form()
    form.set("year", str(local_date(services(request).now()).year))
    return _new_page(request, form)


@post("/admin/budget/new", who=ADMINISTRATORS, include_in_schema=False)
async def add_line(request: AnyRequest) -> Response[str]:
    actor, now = signed_in(request), services(request).now()
    form = await read_form(request)
    body: dict[str, Any] = {
        "code": form.text("code", longest=40),
        "name": form.text("name", longest=100),
        "year": form.integer("year", least=2000, most=2100),
        "allocated_cents": form.money("allocated_cents"),
    }
    key = form.key()
    if not form.ok:
        return _new_page(request, form, 422)
    try:
        await once(
            request,
            operation="budget_line.create",
            key=key,
            body=body,
            run=lambda session: _make(session, actor, now, body),
        )
    except DomainError as error:
        _blame(form, error)
        return _new_page(request, form, 422)
    return redirect("/admin/budget?done=created")


def _blame(form: Form, error: DomainError) -> None:
    """A refusal of the amount or of the code stands beside its field."""
    if error.code.startswith("budget."):
        form.fail("allocated_cents", error.code, **error.facts)
    elif error.code == "budget_line.code_taken":
        form.fail("code", error.code, **error.facts)
    else:
        form.blame(error)


async def _make(session: AsyncSession, actor: Actor, now: datetime, body: Mapping[str, Any]) -> Answer:
    return {"id": str(await create_budget_line(session, actor=actor, now=now, **body))}


async def _line(request: AnyRequest, budget_line_id: UUID) -> BudgetLineRow:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        lines = await budget_lines(session, organiser_id=actor.organiser_id)
    found = next((line for line in lines if line.id == budget_line_id), None)
    if found is None:
        raise NotFound("budget_line.unknown")
    return found


def _line_page(request: AnyRequest, line: BudgetLineRow, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "catalogue/budget_line.html",
        status=status,
        get_path=f"/admin/budget/{line.id}",
        line=line,
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/admin/budget/{budget_line_id:uuid}", who=ADMINISTRATORS, include_in_schema=False)
async def edit_line(request: AnyRequest, budget_line_id: FromPath[UUID]) -> Response[str]:
    line = await _line(request, budget_line_id)
    form = Form()
    form.set("name", line.name)
    form.set("allocated_cents", as_typed(line.allocated_cents))
    form.set("active", "yes" if line.active else "")
    return _line_page(request, line, form)


@post("/admin/budget/{budget_line_id:uuid}", who=ADMINISTRATORS, include_in_schema=False)
async def save_line(request: AnyRequest, budget_line_id: FromPath[UUID]) -> Response[str]:
    actor, now = signed_in(request), services(request).now()
    form = await read_form(request)
    body: dict[str, Any] = {
        "name": form.text("name", longest=100),
        "allocated_cents": form.money("allocated_cents"),
        "active": form.ticked("active"),
    }
    key = form.key()
    if not form.ok:
        return _line_page(request, await _line(request, budget_line_id), form, 422)
    try:
        await once(
            request,
            operation="budget_line.change",
            key=key,
            body={"budget_line_id": str(budget_line_id), **body},
            run=lambda session: _change(session, actor, now, budget_line_id, body),
        )
    except NotFound:
        raise
    except DomainError as error:
        _blame(form, error)
        return _line_page(request, await _line(request, budget_line_id), form, 422)
    return redirect("/admin/budget?done=changed")


async def _change(
    session: AsyncSession, actor: Actor, now: datetime, budget_line_id: UUID, body: Mapping[str, Any]
) -> Answer:
    await change_budget_line(session, actor=actor, now=now, budget_line_id=budget_line_id, **body)
    return {"id": str(budget_line_id)}


ROUTES: list[Any] = [budget, new_line, add_line, edit_line, save_line]
