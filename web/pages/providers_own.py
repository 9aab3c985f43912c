"""What a provider keeps itself: its services and places, its words and contact, its coaches."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.catalogue.queries import municipalities
from registry.providers.coaches.queries import not_under
from registry.providers.commands import (
    Profile,
    change_capacity,
    change_profile,
    state_facts,
)
from registry.providers.keeping.lapsing import TERM, ending_of
from registry.providers.keeping.queries import coming_prices
from registry.providers.keeping.round_queries import rounds_of
from registry.providers.keeping.rules import is_stale
from registry.providers.queries import AdmissionRow, admission_of, provider_desk
from registry.providers.rules import EXPERIENCE, LANGUAGES_OF_TEXTS, LONGEST_TEXT, MAX_PLACES
from registry.providers.sites.queries import sites_of
from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from registry.shared.period import local_date
from web.draft_words import kind_label
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.providers import in_order, languages_inside
from web.pages.providers_offers import (
    day_text,
    experience_options,
    read_same_coach,
    same_coach_value,
    summary,
)
from web.services import services, signed_in
from web.translations import N_, current_language, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})

DONE: Final[dict[str, str]] = {
    "capacity": N_("The places and the next start were changed. Clients see them at once."),
    "confirmed": N_("Thank you. Clients see that your free places are up to date."),
    "rule_book": N_("You have accepted the new rule book."),
    "left": N_("You are no longer in the register for this service."),
    "profile": N_("Your own words and contact details were changed."),
    "coach": N_("The coach was saved."),
    "coach_asked": N_("The coach was saved. What clients are told changes when the authority has decided."),
    "coach_ended": N_("The coach was taken off the page."),
    "applied": N_("The application was sent. You get a message when it is decided."),
    "answered": N_("Your answer was sent."),
    "withdrawn": N_("The application was withdrawn."),
    "discarded": N_("The application was thrown away."),
    "site_ended": N_("The site was taken off."),
}


def flashes(request: AnyRequest) -> list[dict[str, str]]:
    """What was done just before, as the address says."""
    done = request.query_params.get("done", "")
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


@get("/provider/offer", who=PROVIDER, include_in_schema=False)
async def show_desk(request: AnyRequest) -> Response[str]:
    """Everything of the organisation's in one place."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        desk = await provider_desk(session, provider_id=actor.provider_id)
        sites = await sites_of(session, provider_id=actor.provider_id)
        ending = await ending_of(session, provider_id=actor.provider_id, today=local_date(held.now()))
        lacking = await not_under(session, provider_id=actor.provider_id)
        coming = await coming_prices(session, [row.id for row in desk.admissions])
        open_rounds = await rounds_of(session, {row.service_id for row in desk.admissions})
    standing = [row for row in desk.admissions if row.state in {"active", "suspended"}]
    return page(
        request,
        "providers/desk.html",
        desk=desk,
        sites=sites,
        lacking=lacking,
        ending={
            one: (end.day - timedelta(days=1), kind_label(end.why) if end.why != TERM else "")
            for one, end in ending.items()
        },
        standing=standing,
        coming=coming,
        stale={
            row.id: row.capacity_confirmed_at
            for row in standing
            if row.state == "active" and is_stale(row.capacity_confirmed_at, now=held.now())
        },
        to_accept={
            row.id: open_rounds[row.service_id].due_on
            for row in standing
            if row.service_id in open_rounds and open_rounds[row.service_id].version != row.rule_book_version
        },
        ended=[row for row in desk.admissions if row not in standing],
        languages_text=languages_text,
        languages_inside=languages_inside,
        today=local_date(held.now()),
        flashes=flashes(request),
    )


# --- places and next start ----------------------------------------------------------------------------------------


def _capacity_page(request: AnyRequest, row: AdmissionRow, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "providers/capacity.html",
        status=status,
        get_path=f"/provider/offer/{row.id}",
        row=row,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        experience_options=experience_options(),
        today=local_date(services(request).now()).isoformat(),
    )


async def _own_row(request: AnyRequest, admission_id: UUID) -> AdmissionRow:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await admission_of(session, admission_id=admission_id, provider_id=actor.provider_id)


@get("/provider/offer/{admission_id:uuid}", who=PROVIDER, include_in_schema=False)
async def edit_capacity(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    row = await _own_row(request, admission_id)
    form = Form()
    form.set("places", str(row.places))
    today = local_date(services(request).now())
    form.set("next_start", day_text(row.next_start if row.next_start and row.next_start >= today else None))
    form.set("same_coach", same_coach_value(row.same_coach))
    form.set_all("experience", row.experience)
    return _capacity_page(request, row, form)


@post("/provider/offer/{admission_id:uuid}", who=PROVIDER, include_in_schema=False)
async def save_capacity(request: AnyRequest, admission_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    row = await _own_row(request, admission_id)
    form = await read_form(request)
    places = form.integer("places", most=MAX_PLACES)
    start = form.day("next_start", required=False)
    same_coach, experience = read_same_coach(form), form.choices("experience", EXPERIENCE)
    if not form.ok:
        return _capacity_page(request, row, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_capacity(
                session,
                actor=actor,
                now=held.now(),
                admission_id=admission_id,
                places=places,
                next_start=start,
            )
            await state_facts(
                session,
                actor=actor,
                now=held.now(),
                admission_id=admission_id,
                same_coach=same_coach,
                experience=experience,
            )
    except Refused as refused:
        if refused.code == "admission.places_below_taken":
            form.fail("places", refused.code, **refused.facts)
        else:
            form.blame(refused)
        return _capacity_page(request, row, form, 409)
    except Invalid as error:
        form.blame(error)
        return _capacity_page(request, row, form, 422)
    return redirect("/provider/offer?done=capacity")


# --- own words and contact ----------------------------------------------------------------------------------------


async def _profile_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    lang = current_language.get()
    async with held.database.transaction(actor.sight) as session:
        desk = await provider_desk(session, provider_id=actor.provider_id)
        places = await municipalities(session)
    if status == 200:
        for language in LANGUAGES_OF_TEXTS:
            form.set(f"introduction_{language}", desk.provider.introduction.get(language, ""))
        for field in ("email", "phone", "website", "street", "postal_code", "city", "municipality_code"):
            form.set(field, getattr(desk.provider, field) or "")
    return page(
        request,
        "providers/profile.html",
        status=status,
        get_path="/provider/offer/profile",
        provider=desk.provider,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        longest=LONGEST_TEXT,
        municipality_options=in_order([(row.code, row.names[lang]) for row in places]),
    )


@get("/provider/offer/profile", who=PROVIDER, include_in_schema=False)
async def edit_profile(request: AnyRequest) -> Response[str]:
    return await _profile_page(request, Form())


@post("/provider/offer/profile", who=PROVIDER, include_in_schema=False)
async def save_profile(request: AnyRequest) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    profile = Profile(
        introduction=texts_of(form, "introduction"),
        email=form.text("email", longest=254, required=False),
        phone=form.text("phone", longest=40, required=False),
        website=form.text("website", required=False),
        street=form.text("street", required=False),
        postal_code=form.text("postal_code", longest=10, required=False),
        city=form.text("city", required=False),
        municipality_code=form.text("municipality_code", longest=10, required=False),
    )
    if not form.ok:
        return await _profile_page(request, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_profile(session, actor=actor, now=held.now(), profile=profile)
    except Invalid as error:
        form.blame(error)
        return await _profile_page(request, form, 422)
    return redirect("/provider/offer?done=profile")


def texts_of(form: Form, name: str) -> dict[str, str]:
    return {
        language: form.text(f"{name}_{language}", longest=LONGEST_TEXT, required=False, lines=True)
        for language in LANGUAGES_OF_TEXTS
    }


ROUTES: list[Any] = [
    show_desk,
    edit_capacity,
    save_capacity,
    edit_profile,
    save_profile,
]
