"""Services, as the organiser's administrator manages them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.commands import change_service, create_service
from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.queries import ServiceRow, service, services, terms_history
from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rules import AUDIENCES
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, NotFound
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.services import services as services_of_request
from web.services import signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
ADMINISTRATORS: Final = frozenset({Role.ORGANISER_ADMINISTRATOR})

AUDIENCE_TEXTS: Final[dict[str, str]] = {"person": N_("People"), "company": N_("Companies")}
DONE: Final[dict[str, str]] = {
    "created": N_("The service was added. Publish its terms next, so that vouchers can be granted."),
    "changed": N_("The service was changed."),
    "published": N_("The terms were published. Vouchers granted from now on follow them."),
    "rule_book": N_("The rule book was published. New applications are made on it."),
}


def flashes_for(done: str, texts: Mapping[str, str]) -> list[dict[str, str]]:
    """What was done, said on the page that one is sent to afterwards."""
    return [{"kind": "success", "text": gettext(texts[done])}] if done in texts else []


async def own_service(session: AsyncSession, actor: Actor, service_id: UUID) -> ServiceRow:
    """A service of the actor's organiser: services are published, so this door is the page's to keep."""
    found = await service(session, service_id=service_id)
    if found is None or found.organiser_id != actor.organiser_id:
        raise NotFound("service.unknown")
    return found


@get("/admin/services", who=ADMINISTRATORS, include_in_schema=False)
async def list_services(request: AnyRequest) -> Response[str]:
    actor = signed_in(request)
    async with services_of_request(request).database.transaction(actor.sight) as session:
        listed = await services(session, organiser_id=actor.organiser_id, active_only=False)
    return page(request, "catalogue/services.html", services=listed, audiences=_audiences())


def _audiences() -> dict[str, str]:
    return {audience: gettext(text) for audience, text in AUDIENCE_TEXTS.items()}


@get("/admin/services/{service_id:uuid}", who=ADMINISTRATORS, include_in_schema=False)
async def show_service(
    request: AnyRequest, service_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """The service, its terms in force and all versions before them."""
    actor = signed_in(request)
    async with services_of_request(request).database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
        history = await terms_history(session, service_id=service_id)
        regime = await regime_in_force(session, service_id)
        book = await rule_book_of(session, service_id)
    return page(
        request,
        "catalogue/service.html",
        regime=regime,
        book=book,
        service=shown,
        history=history[1:],
        audiences=_audiences(),
        flashes=flashes_for(done, DONE),
    )


def _new_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "catalogue/new_service.html",
        status=status,
        get_path="/admin/services/new",
        form=form,
        errors=form.errors,
        key=new_key(),
        audiences=[(audience, gettext(AUDIENCE_TEXTS[audience])) for audience in AUDIENCES],
    )


def _read_texts(form: Form) -> dict[str, str]:
    read = {f"name_{language}": form.text(f"name_{language}") for language in ("fi", "sv", "en")}
    for language in ("fi", "sv", "en"):
        field = f"description_{language}"
        read[field] = form.text(field, longest=4000, required=False, lines=True)
    return read


@get("/admin/services/new", who=ADMINISTRATORS, include_in_schema=False)
async def new_service(request: AnyRequest) -> Response[str]:
    return _new_page(request, Form())


@post("/admin/services/new", who=ADMINISTRATORS, include_in_schema=False)
async def add_service(request: AnyRequest) -> Response[str]:
    actor, now = signed_in(request), services_of_request(request).now()
    form = await read_form(request)
    body: dict[str, Any] = {
        "code": form.text("code", longest=50),
        **_read_texts(form),
        "audience": form.choice("audience", AUDIENCES),
        "free_by_law": form.ticked("free_by_law"),
    }
    key = form.key()
    if not form.ok:
        return _new_page(request, form, 422)
    try:
        made = await once(
            request,
            operation="service.create",
            key=key,
            body=body,
            run=lambda session: _make(session, actor, now, body),
        )
    except DomainError as error:
        if error.code == "service.code_taken":
            form.fail("code", error.code, **error.facts)
        else:
            form.blame(error)
        return _new_page(request, form, 422)
    return redirect(f"/admin/services/{made['id']}?done=created")


async def _make(session: AsyncSession, actor: Actor, now: datetime, body: Mapping[str, Any]) -> Answer:
    return {"id": str(await create_service(session, actor=actor, now=now, **body))}


def _edit_page(request: AnyRequest, shown: ServiceRow, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "catalogue/edit_service.html",
        status=status,
        get_path=f"/admin/services/{shown.id}/edit",
        service=shown,
        form=form,
        errors=form.errors,
    )


@get("/admin/services/{service_id:uuid}/edit", who=ADMINISTRATORS, include_in_schema=False)
async def edit_service(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    actor = signed_in(request)
    async with services_of_request(request).database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
    form = Form()
    for language in ("fi", "sv", "en"):
        form.set(f"name_{language}", getattr(shown.names, language))
        form.set(f"description_{language}", getattr(shown.descriptions, language))
    form.set("free_by_law", "yes" if shown.free_by_law else "")
    form.set("active", "yes" if shown.active else "")
    return _edit_page(request, shown, form)


@post("/admin/services/{service_id:uuid}/edit", who=ADMINISTRATORS, include_in_schema=False)
async def save_service(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    held, actor = services_of_request(request), signed_in(request)
    form = await read_form(request)
    texts = _read_texts(form)
    async with held.database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
    if not form.ok:
        return _edit_page(request, shown, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_service(
                session,
                actor=actor,
                now=held.now(),
                service_id=service_id,
                **texts,
                free_by_law=form.ticked("free_by_law"),
                active=form.ticked("active"),
            )
    except DomainError as error:
        form.blame(error)
        return _edit_page(request, shown, form, 422)
    return redirect(f"/admin/services/{service_id}?done=changed")


ROUTES: list[Any] = [
    list_services,
    show_service,
    new_service,
    add_service,
    edit_service,
    save_service,
]
