"""What a provider does about an approval that stands: confirms its free places, asks for changes, accepts a rule book."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import MunicipalityRow, municipalities
from registry.catalogue.rule_books.queries import rule_book_of
from registry.providers.commands import change_capacity
from registry.providers.keeping.accepting import accept_rule_book
from registry.providers.keeping.changes import ask_for_change, withdraw_change
from registry.providers.keeping.queries import OfferNow, change_of, changes_of, offer_now, prices_of
from registry.providers.keeping.round_queries import open_round
from registry.providers.keeping.terms import keeping_terms
from registry.providers.queries import admission_of
from registry.providers.rules import ACCESSIBILITY, LANGUAGES, LONGEST_TEXT, METHODS
from registry.shared.errors import DomainError, Invalid, NotFound
from registry.shared.period import local_date
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.keeping_words import AFTERWARDS, change_lines
from web.page import new_key, page, redirect
from web.pages.providers_offers import day_text, offer_options
from web.pages.providers_own import PROVIDER
from web.services import services, signed_in
from web.translations import N_, current_language, gettext
from web.vat_words import fill_vat, read_vat

AnyRequest = Request[Any, Any, Any]

DONE: Final[dict[str, str]] = {
    "at_once": N_("The change holds now, a new price from its day on."),
    "waiting": N_("The change was sent. You get a message when it is decided."),
    "both": N_("A part of it holds now. The rest was sent, and you get a message when it is decided."),
    "withdrawn": N_("The change was withdrawn. Your approval stays as it is."),
}


# --- free places, confirmed in one tap -----------------------------------------------------------------------------


@post("/provider/offer/{admission_id:uuid}/confirmed", who=PROVIDER, include_in_schema=False)
async def confirm_places(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """Places and next start are still right."""
    held, actor = services(request), signed_in(request)
    today = local_date(held.now())
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, provider_id=actor.provider_id)
        await change_capacity(
            session,
            actor=actor,
            now=held.now(),
            admission_id=admission_id,
            places=row.places,
            next_start=row.next_start if row.next_start and row.next_start >= today else None,
        )
    return redirect("/provider/offer?done=confirmed")


# --- changes ----------------------------------------------------------------------------------------------------------


def _filled(now: OfferNow) -> Form:
    form = Form()
    form.set("unit_price", f"{now.unit_price_cents // 100},{now.unit_price_cents % 100:02}")
    fill_vat(form, now.vat)
    form.set("method", now.method)
    for name in ("municipality_codes", "languages", "accessibility"):
        form.set_all(name, getattr(now, name))
    if now.remote:
        form.set("remote", "yes")
    return form


async def _changes_page(
    request: AnyRequest, admission_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, provider_id=actor.provider_id)
        now = await offer_now(session, admission_id=admission_id, provider_id=actor.provider_id)
        all_places = await municipalities(session)
        terms = await keeping_terms(session, row.service_id)
        changes = await changes_of(session, admission_id)
        prices = await prices_of(session, admission_id)
    done = request.query_params.get("done", "")
    form = form or _filled(now)
    places = _to_pick(all_places, now, form.values("municipality_codes"))
    return page(
        request,
        "keeping/own_changes.html",
        status=status,
        get_path=f"/provider/offer/{admission_id}/changes",
        row=row,
        changes=[(one, change_lines(one)) for one in changes],
        prices=prices,
        notice_days=terms.price_notice_days,
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST_TEXT,
        today=local_date(held.now()).isoformat(),
        **_options(places, now, local_date(held.now())),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


def _to_pick(
    places: Sequence[MunicipalityRow], now: OfferNow, ticked: Collection[str]
) -> list[MunicipalityRow]:
    """As when it applied: the municipalities of the organiser's area, or all where the organiser has no one area. What
    is held or ticked outside of it stays in the list, for a tick that is not shown would be taken off unseen."""
    kept = {*now.municipality_codes, *ticked}
    return [place for place in places if now.organiser_area in (None, place.area_code) or place.code in kept]


def _options(places: Any, now: OfferNow, today: date) -> dict[str, Any]:
    lang = current_language.get()
    options = offer_options(places, "", now.languages, today=today, vat=now.vat)
    options["municipality_options"] = sorted(
        ((m.code, m.names[lang]) for m in places), key=lambda one: one[1]
    )
    return options


@get("/provider/offer/{admission_id:uuid}/changes", who=PROVIDER, include_in_schema=False)
async def show_changes(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """What the approval says, as a form, and what was asked before."""
    return await _changes_page(request, admission_id)


@post("/provider/offer/{admission_id:uuid}/changes", who=PROVIDER, include_in_schema=False)
async def ask(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        codes = [place.code for place in await municipalities(session)]
        now = await offer_now(session, admission_id=admission_id, provider_id=actor.provider_id)
    form = await read_form(request)
    asked: dict[str, Any] = {
        "unit_price_cents": form.money("unit_price"),
        **read_vat(form, local_date(held.now()), now.vat).columns(),
        "municipality_codes": form.choices("municipality_codes", codes),
        "remote": form.ticked("remote"),
        "languages": form.choices("languages", LANGUAGES),
        "accessibility": form.choices("accessibility", ACCESSIBILITY),
        "method": form.choice("method", METHODS),
    }
    price_from = form.day("price_from", required=False)
    words = form.text("words", longest=LONGEST_TEXT, required=False, lines=True)
    key = form.key()
    if not form.ok:
        return await _changes_page(request, admission_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await ask_for_change(
            session,
            actor=actor,
            now=held.now(),
            admission_id=admission_id,
            asked=asked,
            price_from=price_from,
            words=words,
        )
        if made.at_once and made.waiting:
            return {"became": "both"}
        return {"became": "waiting" if made.waiting else "at_once"}

    body = asked | {"admission": str(admission_id), "price_from": day_text(price_from), "words": words}
    try:
        done = await once(request, operation="change.ask", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        if error.code == "price.notice_too_short":
            form.fail("price_from", error.code, **error.facts)
        return await _changes_page(request, admission_id, form, status_of(error))
    return redirect(f"/provider/offer/{admission_id}/changes?done={done['became']}")


@post("/provider/offer/changes/{change_id:uuid}/withdrawal", who=PROVIDER, include_in_schema=False)
async def withdraw(request: AnyRequest, change_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        change = await change_of(session, change_id, provider_id=actor.provider_id)
        await withdraw_change(session, actor=actor, now=held.now(), change_id=change_id)
    return redirect(f"/provider/offer/{change.admission_id}/changes?done=withdrawn")


# --- the rule book ------------------------------------------------------------------------------------------------------


async def _rule_book_page(
    request: AnyRequest, admission_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, provider_id=actor.provider_id)
        now = await offer_now(session, admission_id=admission_id, provider_id=actor.provider_id)
        book = await rule_book_of(session, row.service_id)
        round_ = await open_round(session, row.service_id)
    if book is None:
        raise NotFound("rule_book.unknown")
    return page(
        request,
        "keeping/own_rule_book.html",
        status=status,
        get_path=f"/provider/offer/{admission_id}/rule-book",
        row=row,
        book=book,
        accepted=now.rule_book_version == book.version,
        version_before=now.rule_book_version,
        round=round_,
        afterwards=gettext(AFTERWARDS[round_.afterwards]) if round_ else "",
        form=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/provider/offer/{admission_id:uuid}/rule-book", who=PROVIDER, include_in_schema=False)
async def show_rule_book(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    """The newest version, point by point."""
    return await _rule_book_page(request, admission_id, Form())


@post("/provider/offer/{admission_id:uuid}/rule-book", who=PROVIDER, include_in_schema=False)
async def accept(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    version = form.text("version", longest=50)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, provider_id=actor.provider_id)
        book = await rule_book_of(session, row.service_id)
    points = [point.code for point in book.points if form.ticked(f"point_{point.code}")] if book else []
    key = form.key()
    if not form.ok:
        return await _rule_book_page(request, admission_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await accept_rule_book(
            session, actor=actor, now=held.now(), admission_id=admission_id, version=version, points=points
        )
        return {}

    body = {"admission": str(admission_id), "version": version, "points": points}
    try:
        await once(request, operation="rule_book.accept", key=key, body=body, run=run)
    except (DomainError, Invalid) as error:
        form.blame(error)
        return await _rule_book_page(request, admission_id, form, status_of(error))
    return redirect("/provider/offer?done=rule_book")


ROUTES: list[Any] = [confirm_places, show_changes, ask, withdraw, show_rule_book, accept]
