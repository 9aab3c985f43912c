"""The pages of an application that each service has for itself: rule book, price, places."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.drafts.commands import change_answers
from registry.providers.drafts.queries import DraftState, ServiceFacts
from registry.providers.drafts.rules import (
    OF_SERVICE,
    Accepted,
    Answers,
    Capacity,
    Part,
    Price,
    ServiceAnswers,
)
from registry.providers.rules import MAX_PLACES, MAX_UNIT_PRICE_CENTS
from registry.shared.errors import DomainError, NotFound
from registry.shared.vat import completed
from web.draft_words import DRAFT, part_label, why
from web.errors import status_of
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.drafts import PROVIDER, read_draft, service_of
from web.pages.providers_offers import day_text
from web.services import services, signed_in
from web.translations import current_language, gettext
from web.vat_words import fill_vat, read_vat, vat_options

AnyRequest = Request[Any, Any, Any]
OWN: Final = {part.value: part for part in OF_SERVICE}
WHOLE_BOOK: Final = "book"
"""The one box of a service whose rule book has a version and no points yet."""


def _part(name: str) -> Part:
    if name not in OWN:
        raise NotFound("request.not_found")
    return OWN[name]


def _points(service: ServiceFacts) -> list[tuple[str, str, str]]:
    """The points of the rule book as boxes: code, text, legal basis."""
    lang = current_language.get()
    if service.book is None:
        text = gettext("We accept the rule book, version %(version)s", version=service.rule_book_version)
        return [(WHOLE_BOOK, text, "")]
    return [(one.code, one.text.said_in(lang), one.legal_basis or "") for one in service.book.points]


def _filled(own: ServiceAnswers, service: ServiceFacts, part: Part) -> Form:
    form = Form()
    if part is Part.RULES and own.accepted and own.accepted.version == service.rule_book_version:
        form.set_all("points", own.accepted.points or ([WHOLE_BOOK] if service.book is None else []))
    elif part is Part.PRICE and own.price:
        cents = own.price.unit_price_cents
        form.set("unit_price", f"{cents // 100},{cents % 100:02}")
        fill_vat(form, completed(own.price.vat_rate_bp, own.price.vat_category, own.price.vat_reason))
        form.set("start", day_text(own.price.start))
    elif part is Part.CAPACITY and own.capacity:
        form.set("places", str(own.capacity.places))
        form.set("next_start", day_text(own.capacity.next_start))
    return form


def _read(form: Form, state: DraftState, service: ServiceFacts, part: Part) -> dict[str, Any]:
    """What the form says; what the terms do not allow is noted on its field at once."""
    today = state.situation.today
    if part is Part.RULES:
        codes = [code for code, _, _ in _points(service)]
        picked = tuple(form.choices("points", codes))
        if service.book is None:
            return {"accepted": Accepted(service.rule_book_version) if picked else None}
        return {"accepted": Accepted(service.rule_book_version, picked)}
    if part is Part.PRICE:
        cents, start = form.money("unit_price"), form.day("start", required=False)
        vat = read_vat(form, today)
        if form.ok and not 0 < cents <= MAX_UNIT_PRICE_CENTS:
            form.fail("unit_price", "offer.price_out_of_range")
        elif cents > service.unit_price_ceiling_cents and not service.own_share_allowed:
            form.fail("unit_price", "offer.price_above_ceiling")
        if start is not None and start < today:
            form.fail("start", "draft.price_start_past")
        return {"price": Price(cents, vat.rate_bp, start, vat.category, vat.reason)}
    places = form.integer("places", most=MAX_PLACES)
    begins = form.day("next_start", required=False)
    if begins is not None and begins < today:
        form.fail("next_start", "offer.next_start_past")
    return {"capacity": Capacity(places, begins)}


def _page(
    request: AnyRequest,
    state: DraftState,
    service: ServiceFacts,
    part: Part,
    form: Form | None = None,
    status: int = 200,
) -> Response[str]:
    own = state.answers.services[service.id]
    shown = form or _filled(own, service, part)
    missing = state.missing.get((part, service.id))
    return page(
        request,
        "applying/part.html",
        status=status,
        get_path=f"{DRAFT}/for/{service.id}/{part}",
        part=str(part),
        title=part_label(part),
        state=state,
        service=service,
        form=shown,
        errors=shown.errors,
        problem="" if form else why(missing),
        unanswered=missing is None or missing.code == "draft.unanswered",
        points=_points(service),
        vat_options=vat_options(state.situation.today),
        today=state.situation.today.isoformat(),
        flashes=[],
    )


@get("/provider/offer/draft/for/{service_id:uuid}/{part:str}", who=PROVIDER, include_in_schema=False)
async def show_service_part(
    request: AnyRequest, service_id: FromPath[UUID], part: FromPath[str]
) -> Response[str]:
    state = await read_draft(request)
    return _page(request, state, service_of(state, service_id), _part(part))


@post("/provider/offer/draft/for/{service_id:uuid}/{part:str}", who=PROVIDER, include_in_schema=False)
async def save_service_part(
    request: AnyRequest, service_id: FromPath[UUID], part: FromPath[str]
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    wanted, state = _part(part), await read_draft(request)
    service = service_of(state, service_id)
    form = await read_form(request)
    said = _read(form, state, service, wanted)

    def change(answers: Answers) -> Answers:
        if service_id not in answers.services:  # another person of the provider has taken it off meanwhile
            raise NotFound("service.unknown")
        return answers.with_service(service_id, replace(answers.services[service_id], **said))

    if not form.ok:
        return _page(request, state, service, wanted, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_answers(session, actor=actor, now=held.now(), change=change)
    except DomainError as error:
        form.blame(error)
        return _page(request, state, service, wanted, form, status_of(error))
    return redirect(f"{DRAFT}?done=saved")


ROUTES: list[Any] = [show_service_part, save_service_part]
