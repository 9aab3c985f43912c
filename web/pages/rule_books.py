"""A service's rule book: publishing the next version."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import ServiceRow
from registry.catalogue.rule_books.commands import publish_rule_book
from registry.catalogue.rule_books.queries import Book, rule_book_history
from registry.catalogue.rule_books.text_form import UnreadableBook, as_text, points_in
from registry.shared.errors import DomainError, Invalid
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.catalogue import ADMINISTRATORS, own_service
from web.refusals import sentence
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
LONGEST = 200_000


def _page(
    request: AnyRequest, shown: ServiceRow, history: list[Book], form: Form, status: int = 200
) -> Response[str]:
    return page(
        request,
        "catalogue/rule_book.html",
        status=status,
        get_path=f"/admin/services/{shown.id}/rule-book",
        service=shown,
        history=history,
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST,
    )


async def _shown(request: AnyRequest, service_id: UUID) -> tuple[ServiceRow, list[Book]]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return await own_service(session, actor, service_id), await rule_book_history(session, service_id)


@get("/admin/services/{service_id:uuid}/rule-book", who=ADMINISTRATORS, include_in_schema=False)
async def new_rule_book(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """The points of the version in force, to be changed into the next."""
    shown, history = await _shown(request, service_id)
    form = Form()
    if history:
        form.set("points", as_text(history[0].points))
    elif shown.terms:
        form.set("version", shown.terms.rule_book_version)
    return _page(request, shown, history, form)


@post("/admin/services/{service_id:uuid}/rule-book", who=ADMINISTRATORS, include_in_schema=False)
async def publish(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    shown, history = await _shown(request, service_id)
    form = await read_form(request)
    version = form.text("version", longest=30)
    written = form.text("points", longest=LONGEST, lines=True)
    key = form.key()
    if not form.ok:
        return _page(request, shown, history, form, 422)
    try:
        points = points_in(written)
    except UnreadableBook as problem:
        form.fail("points", "rule_book.unreadable", problem=str(problem))
        return _page(request, shown, history, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await publish_rule_book(
            session, actor=actor, now=held.now(), service_id=service_id, version=version, points=points
        )
        return {"id": str(made)}

    body = {"service_id": str(service_id), "version": version, "points": written}
    try:
        await once(request, operation="rule_book.publish", key=key, body=body, run=run)
    except Invalid as error:
        _blame_points(form, error, [point.code for point in points])
        return _page(request, shown, history, form, 422)
    except DomainError as error:
        form.blame(error)
        return _page(request, shown, history, form, 409)
    return redirect(f"/admin/services/{service_id}?done=rule_book")


def _blame_points(form: Form, error: Invalid, codes: list[str]) -> None:
    """All that is wrong with the points, each with the code of its point, at the one field that holds them."""
    said = []
    for field, code in error.errors.items():
        if field == "version":
            form.fail("version", code, **error.facts)
            continue
        number = field.split(".")[1] if field.startswith("points.") else ""
        where = f"{codes[int(number)]}: " if number else ""
        said.append(where + sentence(code, error.facts))
    if said:
        form.errors["points"] = " ".join(said)


ROUTES: list[Any] = [new_rule_book, publish]
