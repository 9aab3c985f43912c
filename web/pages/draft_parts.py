"""The pages of an application that concern all of its services, one thing on each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import MunicipalityRow, municipalities
from registry.providers.drafts.commands import change_answers
from registry.providers.drafts.queries import DraftState, draft_state
from registry.providers.drafts.rules import MOST_SUM_CENTS, Answers, Insurance, Part, Way, Where
from registry.providers.queries import OpenService, provider_desk, services_to_apply_for
from registry.providers.rules import ACCESSIBILITY, EXPERIENCE, LANGUAGES, METHODS
from registry.providers.sites.queries import coaches_of, sites_of
from registry.shared.errors import DomainError, NotFound
from registry.shared.period import local_date
from web.amounts import unit_price_text
from web.draft_answers import coach_text, site_text
from web.draft_words import DRAFT, part_label, why
from web.errors import status_of
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.drafts import PROVIDER, flashes
from web.pages.providers import in_order, language_options
from web.pages.providers_offers import (
    METHOD_TEXTS,
    NEED_TEXTS,
    day_text,
    experience_options,
    read_same_coach,
    same_coach_value,
)
from web.services import services, signed_in
from web.translations import current_language, gettext

AnyRequest = Request[Any, Any, Any]
WHOLE: Final = "area:"
COMMON: Final = {
    part.value: part
    for part in (
        Part.SERVICES, Part.WHERE, Part.SITES, Part.LANGUAGES, Part.ACCESSIBILITY, Part.WAY, Part.COACHES,
        Part.INSURANCE,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """What a page needs: the draft, and what can be picked on this page."""

    state: DraftState
    options: dict[str, Any]
    area: tuple[MunicipalityRow, ...] = ()
    offered: tuple[OpenService, ...] = ()


def _part(name: str) -> Part:
    if name not in COMMON:
        raise NotFound("request.not_found")
    return COMMON[name]


async def _hold(session: AsyncSession, state: DraftState, part: Part) -> Held:
    lang = current_language.get()
    if part is Part.SERVICES:
        desk = await provider_desk(session, provider_id=state.provider_id)
        standing = {row.service_id: row for row in desk.admissions if row.state in {"active", "suspended"}}
        offered = tuple(await services_to_apply_for(session))
        options = [
            (
                str(one.id),
                one.name[lang],
                f"{one.organiser_name[lang]}; "
                + gettext(
                    "at most %(price)s", price=unit_price_text(one.unit_price_ceiling_cents, one.unit_name)
                ),
            )
            for one in offered
            if one.id not in standing
        ]
        return Held(state, {"service_options": options, "standing": list(standing.values())}, offered=offered)
    if part is Part.WHERE:
        return await _hold_where(session, state)
    if part is Part.SITES:
        sites = await sites_of(session, provider_id=state.provider_id)
        return Held(state, {"site_options": [(str(s.id), site_text(s)) for s in sites], "sites": sites})
    if part is Part.COACHES:
        coaches = await coaches_of(session, provider_id=state.provider_id)
        whole = [
            (str(c.id), coach_text(c), c.qualification) for c in coaches if c.id in state.situation.coaches
        ]
        return Held(state, {"coach_options": whole, "coaches": coaches})
    return Held(state, {})


async def _hold_where(session: AsyncSession, state: DraftState) -> Held:
    """The municipalities of every organiser that is applied to, and each area as a whole."""
    lang = current_language.get()
    wanted = frozenset[str]().union(*(asks.area for asks in state.situation.services.values()))
    area = tuple(row for row in await municipalities(session) if row.code in wanted)
    whole = {
        f"{WHOLE}{service.organiser_id}": gettext(
            "The whole area: %(area)s", area=service.organiser_name[lang]
        )
        for service in state.services.values()
    }
    named = in_order([(row.code, row.names[lang]) for row in area])
    return Held(state, {"municipality_options": [*whole.items(), *named]}, area=area)


# --- answers to a form, and back ----------------------------------------------------------------------------------


def _filled(held: Held, part: Part) -> Form:
    """The form as the answers would have filled it in."""
    answers, form = held.state.answers, Form()
    if part is Part.SERVICES:
        form.set_all("services", [str(one) for one in answers.services])
    elif part is Part.WHERE and answers.where:
        form.set_all("municipality_codes", answers.where.municipality_codes)
        form.set_all("remote", ["yes"] if answers.where.remote else [])
    elif part is Part.SITES:
        form.set_all("sites", [str(one) for one in answers.sites])
    elif part is Part.LANGUAGES:
        form.set_all("languages", answers.languages or ("fi",))
    elif part is Part.ACCESSIBILITY:
        form.set_all("accessibility", answers.accessibility or ())
    elif part is Part.WAY and answers.way:
        form.set("method", answers.way.method)
        form.set_all("first_talk_free", ["yes"] if answers.way.first_talk_free else [])
        form.set("same_coach", same_coach_value(answers.way.same_coach))
        form.set_all("experience", answers.way.experience)
    elif part is Part.COACHES:
        form.set_all("coaches", [str(one) for one in answers.coaches])
    elif part is Part.INSURANCE and answers.insurance:
        form.set("insurer", answers.insurance.insurer)
        form.set("sum", f"{answers.insurance.sum_cents // 100},{answers.insurance.sum_cents % 100:02}")
        form.set("valid_until", day_text(answers.insurance.valid_until))
    return form


Change = Callable[[Answers], Answers]


def _ids(form: Form, name: str, options: list[Any]) -> tuple[UUID, ...]:
    return tuple(UUID(one) for one in form.choices(name, [option[0] for option in options]))


def _read(form: Form, held: Held, part: Part) -> Change:
    """What the form says, as a change of the answers; what is malformed is noted on the form."""
    if part is Part.SERVICES:
        wanted = _ids(form, "services", held.options["service_options"])
        if form.ok and not wanted:
            form.fail("services", "draft.no_service")
        return lambda answers: answers.with_services(wanted)
    if part is Part.WHERE:
        return _read_where(form, held)
    if part is Part.SITES:
        sites = _ids(form, "sites", held.options["site_options"])
        if form.ok and not sites:
            form.fail("sites", "draft.no_site")
        return lambda answers: replace(answers, sites=sites)
    if part is Part.LANGUAGES:
        languages = tuple(form.choices("languages", LANGUAGES))
        if form.ok and not languages:
            form.fail("languages", "offer.language_missing")
        return lambda answers: replace(answers, languages=languages)
    if part is Part.ACCESSIBILITY:
        needs = tuple(form.choices("accessibility", ACCESSIBILITY))
        return lambda answers: replace(answers, accessibility=needs)
    if part is Part.WAY:
        way = Way(
            method=form.choice("method", METHODS),
            first_talk_free=form.ticked("first_talk_free"),
            same_coach=read_same_coach(form),
            experience=tuple(form.choices("experience", EXPERIENCE)),
        )
        return lambda answers: replace(answers, way=way)
    if part is Part.COACHES:
        coaches = _ids(form, "coaches", held.options["coach_options"])
        if form.ok and not coaches:
            form.fail("coaches", "draft.no_coach")
        return lambda answers: replace(answers, coaches=coaches)
    return _read_insurance(form, held)


def _read_where(form: Form, held: Held) -> Change:
    picked = form.choices("municipality_codes", [code for code, _ in held.options["municipality_options"]])
    codes = {code for code in picked if not code.startswith(WHOLE)}
    for service_id, service in held.state.services.items():
        if f"{WHOLE}{service.organiser_id}" in picked:
            codes |= held.state.situation.services[service_id].area
    where = Where(tuple(sorted(codes)), form.ticked("remote"))
    if form.ok and not codes and not where.remote:
        form.fail("municipality_codes", "offer.serves_nowhere")
    return lambda answers: replace(answers, where=where)


def _read_insurance(form: Form, held: Held) -> Change:
    insurer, amount = form.text("insurer", longest=100), form.money("sum")
    until = form.day("valid_until")
    if until is not None and until < held.state.situation.today:
        form.fail("valid_until", "draft.insurance_over", until=until)
    if not 0 < amount <= MOST_SUM_CENTS:
        form.fail("sum", "draft.sum_range")
    if until is None:
        return lambda answers: answers
    insurance = Insurance(insurer, amount, until)
    return lambda answers: replace(answers, insurance=insurance)


# --- the pages ------------------------------------------------------------------------------------------------------


async def _page(
    request: AnyRequest, part: Part, held: Held, form: Form | None = None, status: int = 200
) -> Response[str]:
    shown = form or _filled(held, part)
    return page(
        request,
        "applying/part.html",
        status=status,
        get_path=f"{DRAFT}/{part}",
        part=str(part),
        title=part_label(part),
        state=held.state,
        form=shown,
        errors=shown.errors,
        problem="" if form else why(held.state.missing.get((part, None))),
        unanswered=(found := held.state.missing.get((part, None))) is None
        or found.code == "draft.unanswered",
        today=held.state.situation.today.isoformat(),
        language_options=language_options(),
        need_options=[(code, gettext(NEED_TEXTS[code])) for code in ACCESSIBILITY],
        method_options=[(code, gettext(METHOD_TEXTS[code])) for code in METHODS],
        experience_options=experience_options(),
        flashes=flashes(request),
        **held.options,
    )


async def _held(request: AnyRequest, part: Part) -> Held:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        state = await draft_state(session, provider_id=actor.provider_id, today=local_date(held.now()))
        return await _hold(session, state, part)


@get("/provider/offer/draft/{part:str}", who=PROVIDER, include_in_schema=False)
async def show_part(request: AnyRequest, part: FromPath[str]) -> Response[str]:
    wanted = _part(part)
    return await _page(request, wanted, await _held(request, wanted))


@post("/provider/offer/draft/{part:str}", who=PROVIDER, include_in_schema=False)
async def save_part(request: AnyRequest, part: FromPath[str]) -> Response[str]:
    """Save one page's answers, and go back to the tasks."""
    held, actor = services(request), signed_in(request)
    wanted = _part(part)
    form = await read_form(request)
    shown = await _held(request, wanted)
    change = _read(form, shown, wanted)
    if not form.ok:
        return await _page(request, wanted, shown, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_answers(session, actor=actor, now=held.now(), change=change)
    except DomainError as error:
        form.blame(error)
        return await _page(request, wanted, shown, form, status_of(error))
    return redirect(f"{DRAFT}?done=saved")


ROUTES: list[Any] = [show_part, save_part]
