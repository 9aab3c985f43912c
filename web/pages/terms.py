"""Publishing a new version of a service's voucher terms."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.commands import publish_terms
from registry.catalogue.queries import ServiceRow
from registry.catalogue.rules import RANGES, UNIT_NAMES, Terms
from registry.shared.actor import Actor
from registry.shared.errors import DomainError, Invalid
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.catalogue import ADMINISTRATORS, own_service
from web.services import services, signed_in
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]

DAYS: Final = ("validity_days", "confirm_within_days", "reservation_days", "claim_window_days")
WORTH_IN: Final = (*UNIT_NAMES, "euros")
SHOWN_AS: Final = {"units": "worth", "value_cents": "worth", "unit_name": "worth_in", "kind": "worth_in"}
DEFAULTS: Final[dict[str, str]] = {
    "worth_in": "hour",
    "validity_days": "90",
    "shortlist_size": "3",
    "claim_window_days": "0",
    "confirm_within_days": "5",
    "reservation_days": "14",
}


def as_typed(hundredths: int) -> str:
    """Hundredths as one would type them, in the reader's language: `600`, `89,50`."""
    whole, rest = divmod(hundredths, 100)
    point = "." if current_language.get() == "en" else ","
    return f"{whole}{point}{rest:02d}" if rest else str(whole)


def _terms_page(request: AnyRequest, shown: ServiceRow, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "catalogue/new_terms.html",
        status=status,
        get_path=f"/admin/services/{shown.id}/terms",
        service=shown,
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/admin/services/{service_id:uuid}/terms", who=ADMINISTRATORS, include_in_schema=False)
async def new_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """The form, filled with the terms in force."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
    return _terms_page(request, shown, _filled(shown))


def _filled(shown: ServiceRow) -> Form:
    form = Form()
    terms = shown.terms
    if terms is None:
        for field, value in DEFAULTS.items():
            form.set(field, value)
        return form
    form.set("worth_in", terms.unit_name or "euros")
    form.set("worth", as_typed(terms.units or terms.value_cents))
    form.set("unit_price_ceiling_cents", as_typed(terms.unit_price_ceiling_cents))
    form.set("own_share_allowed", "yes" if terms.own_share_allowed else "")
    form.set("rule_book_version", terms.rule_book_version)
    for field in ("shortlist_size", *DAYS):
        form.set(field, str(getattr(terms, field)))
    return form


def _read_terms(form: Form) -> Terms:
    """What was typed: one number, and what it counts (hours, sessions or euros)."""
    worth_in = form.choice("worth_in", WORTH_IN)
    in_euros = worth_in == "euros"
    # Read in the order of the form, so that the summary of errors follows it.
    return Terms(
        kind="euros" if in_euros else "units",
        value_cents=form.money("worth") if in_euros else None,
        units=None if in_euros else form.hundredths("worth"),
        unit_name=None if in_euros else worth_in,
        unit_price_ceiling_cents=form.money("unit_price_ceiling_cents"),
        own_share_allowed=form.ticked("own_share_allowed"),
        **{field: _whole(form, field) for field in (*DAYS, "shortlist_size")},
        rule_book_version=form.text("rule_book_version", longest=30),
    )


def _whole(form: Form, field: str) -> int:
    least, most = RANGES[field]
    return form.integer(field, least=least, most=most)


def _blame(form: Form, error: DomainError) -> None:
    """Show a refusal at the field of the form that holds what it is about."""
    if isinstance(error, Invalid):
        for field, code in error.errors.items():
            form.fail(SHOWN_AS.get(field, field), code, **error.facts)
    else:
        form.blame(error)


@post("/admin/services/{service_id:uuid}/terms", who=ADMINISTRATORS, include_in_schema=False)
async def add_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    terms = _read_terms(form)
    key = form.key()
    async with held.database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
    if not form.ok:
        return _terms_page(request, shown, form, 422)
    try:
        await once(
            request,
            operation="terms.publish",
            key=key,
            body={"service_id": str(service_id), **asdict(terms)},
            run=lambda session: _publish(session, actor, held.now(), service_id, terms),
        )
    except DomainError as error:
        _blame(form, error)
        return _terms_page(request, shown, form, 422)
    return redirect(f"/admin/services/{service_id}?done=published")


async def _publish(
    session: AsyncSession, actor: Actor, now: datetime, service_id: UUID, terms: Terms
) -> Answer:
    terms_id = await publish_terms(session, actor=actor, now=now, service_id=service_id, terms=terms)
    return {"id": str(terms_id)}


ROUTES: list[Any] = [new_terms, add_terms]
