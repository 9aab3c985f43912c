"""A provider's coaches: added, changed, taken off."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.providers.coaches.commands import ask_for_approval, end_coach, save_coach
from registry.providers.coaches.queries import NotUnder, not_under
from registry.providers.queries import provider_desk
from registry.providers.rules import LANGUAGES, LONGEST_TEXT
from registry.providers.sites.queries import coaches_of
from registry.shared.errors import Invalid, NotFound
from web.draft_words import DRAFT
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.providers import language_options
from web.pages.providers_offers import summary
from web.pages.providers_own import PROVIDER, texts_of
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
ASKED: Final = N_("The change was sent. You get a message when it is decided.")


def _query(request: AnyRequest) -> str:
    """Whether one came from an application, and goes back there."""
    return "?for=application" if request.query_params.get("for") == "application" else ""


async def _coach_page(
    request: AnyRequest, coach_id: UUID | None, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    lacking: tuple[NotUnder, ...] = ()
    async with held.database.transaction(actor.sight) as session:
        desk = await provider_desk(session, provider_id=actor.provider_id)
        if coach_id is not None:
            lacking = (await not_under(session, provider_id=actor.provider_id)).get(coach_id, ())
    return page(
        request,
        "providers/coach.html",
        status=status,
        get_path=f"/provider/offer/coaches/{coach_id or 'new'}{_query(request)}",
        query=_query(request),
        coach_id=coach_id,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        longest=LONGEST_TEXT,
        language_options=language_options(),
        in_register=any(row.state in {"active", "suspended"} for row in desk.admissions),
        lacking=lacking,
        languages_text=languages_text,
        flashes=[{"kind": "success", "text": gettext(ASKED)}]
        if request.query_params.get("done") == "asked"
        else [],
    )


@get("/provider/offer/coaches/new", who=PROVIDER, include_in_schema=False)
async def new_coach(request: AnyRequest) -> Response[str]:
    return await _coach_page(request, None, Form({"languages": ["fi"]}))


@get("/provider/offer/coaches/{coach_id:uuid}", who=PROVIDER, include_in_schema=False)
async def edit_coach(request: AnyRequest, coach_id: FromPath[UUID]) -> Response[str]:
    return await _coach_page(request, coach_id, await _filled(request, coach_id))


async def _filled(request: AnyRequest, coach_id: UUID) -> Form:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        desk = await provider_desk(session, provider_id=actor.provider_id)
        details = await coaches_of(session, provider_id=actor.provider_id, among=[coach_id])
    coach = next((coach for coach in desk.coaches if coach.id == coach_id), None)
    if coach is None or not details:
        raise NotFound("coach.unknown")
    form = Form({"first_name": [coach.first_name], "languages": list(coach.languages)})
    form.set("surname", details[0].surname)
    form.set("qualification", details[0].qualification)
    for language, text in coach.statement.items():
        form.set(f"statement_{language}", text)
    return form


async def _save_coach(request: AnyRequest, coach_id: UUID | None) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    name = form.text("first_name", longest=60)
    needed = bool(_query(request))
    surname = form.text("surname", longest=60, required=needed)
    qualification = form.text("qualification", longest=300, required=needed)
    languages = form.choices("languages", LANGUAGES)
    statement = texts_of(form, "statement")
    if not form.ok:
        return await _coach_page(request, coach_id, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            saved = await save_coach(
                session,
                actor=actor,
                now=held.now(),
                coach_id=coach_id,
                first_name=name,
                languages=tuple(languages),
                statement=statement,
                surname=surname,
                qualification=qualification,
            )
    except Invalid as error:
        form.blame(error)
        return await _coach_page(request, coach_id, form, 422)
    if needed:
        return redirect(f"{DRAFT}/coaches?done=coach")
    return redirect(f"/provider/offer?done={'coach_asked' if saved.waiting else 'coach'}")


@post("/provider/offer/coaches/new", who=PROVIDER, include_in_schema=False)
async def add_coach(request: AnyRequest) -> Response[str]:
    return await _save_coach(request, None)


@post("/provider/offer/coaches/{coach_id:uuid}", who=PROVIDER, include_in_schema=False)
async def change_coach(request: AnyRequest, coach_id: FromPath[UUID]) -> Response[str]:
    return await _save_coach(request, coach_id)


@post("/provider/offer/coaches/{coach_id:uuid}/end", who=PROVIDER, include_in_schema=False)
async def remove_coach(request: AnyRequest, coach_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        await end_coach(session, actor=actor, now=held.now(), coach_id=coach_id)
    return redirect("/provider/offer?done=coach_ended")


@post(
    "/provider/offer/coaches/{coach_id:uuid}/approvals/{admission_id:uuid}",
    who=PROVIDER,
    include_in_schema=False,
)
async def ask_again(
    request: AnyRequest, coach_id: FromPath[UUID], admission_id: FromPath[UUID]
) -> Response[str]:
    """Ask the authority to let the coach serve under one more approval."""
    held, actor = services(request), signed_in(request)
    try:
        async with held.database.transaction(actor.sight) as session:
            await ask_for_approval(
                session, actor=actor, now=held.now(), coach_id=coach_id, admission_id=admission_id
            )
    except Invalid as error:
        form = await _filled(request, coach_id)
        form.blame(error)
        return await _coach_page(request, coach_id, form, 422)
    return redirect(f"/provider/offer/coaches/{coach_id}?done=asked")


ROUTES: list[Any] = [new_coach, edit_coach, add_coach, change_coach, remove_coach, ask_again]
