"""Releases at the register officer's desk: what is in preview, what providers say of it, withdrawing one."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.preview.commands import answer_objection, withdraw_release
from registry.quality.preview.queries import Objection, all_releases, objections, private_column
from registry.quality.queries import ReleaseName, column, services_of
from registry.quality.rules import HEADLINE, MEASURES, PRIVATE, Kind
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.texts import PASSAGE
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.measure_texts import measure_text
from web.oversight_words import PRIVATE_TEXTS, release_state
from web.page import new_key, page, redirect
from web.pages.oversight_findings import OFFICER, flashes
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]

DONE: Final[dict[str, str]] = {
    "withdrawn": N_("The release was withdrawn. The one before stands in its place."),
    "answered": N_("The provider has been told and reads your answer."),
}
LONGEST_REASON: Final = 1_000


@get("/oversight/releases", who=OFFICER, include_in_schema=False)
async def release_list(request: AnyRequest) -> Response[str]:
    """Every release, also in preview and withdrawn, with how many errors were pointed out."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await all_releases(session, actor.organiser_id)
        pointed_out = await objections(session)
    return page(
        request,
        "oversight/releases.html",
        rows=[
            (
                release,
                *release_state(release, held.now()),
                [row for row in pointed_out if row.release_id == release.id],
            )
            for release in found
        ],
    )


async def _release(session: AsyncSession, organiser_id: UUID, release_id: UUID) -> ReleaseName:
    found = [row for row in await all_releases(session, organiser_id) if row.id == release_id]
    if not found:
        raise NotFound("release.unknown")
    return found[0]


async def _page(
    request: AnyRequest,
    release_id: UUID,
    form: Form,
    *,
    service: str = "",
    measure: str = HEADLINE,
    status: int = 200,
    done: str = "",
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    code = measure if measure in (*MEASURES, *PRIVATE) else HEADLINE
    async with held.database.transaction(actor.sight) as session:
        release = await _release(session, actor.organiser_id, release_id)
        inside = await services_of(session, release_id)
        wanted = next((s for s in inside if str(s.id) == service), inside[0] if inside else None)
        rows, private = [], []
        if wanted is not None and code in PRIVATE:
            private = await private_column(session, release_id=release_id, service_id=wanted.id, measure=code)
        elif wanted is not None:
            rows = await column(session, release_id=release_id, service_id=wanted.id, measure=code)
        pointed_out = await objections(session, release_id=release_id)
    text, colour = release_state(release, held.now())
    lang = current_language.get()
    return page(
        request,
        "oversight/release.html",
        status=status,
        get_path=f"/oversight/releases/{release_id}",
        release=release,
        state_text=text,
        colour=colour,
        services=[(str(s.id), getattr(s, lang)) for s in inside],
        service=str(wanted.id) if wanted else "",
        measures=[
            *((code, measure_text(code)) for code in MEASURES),
            *((code, gettext(PRIVATE_TEXTS[code])) for code in PRIVATE),
        ],
        measure=code,
        measure_text=gettext(PRIVATE_TEXTS[code]) if code in PRIVATE else measure_text(code),
        days=code in MEASURES and MEASURES[code].kind is Kind.DAYS,
        rows=rows,
        private=private if code in PRIVATE else None,
        objections=pointed_out,
        longest=LONGEST_REASON,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flashes(DONE, done),
    )


@get("/oversight/releases/{release_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_release(
    request: AnyRequest,
    release_id: FromPath[UUID],
    service: FromQuery[str] = "",
    measure: FromQuery[str] = HEADLINE,
    done: FromQuery[str] = "",
) -> Response[str]:
    """One release, a column of its figures at a time, also of those that choosers never see."""
    return await _page(request, release_id, Form(), service=service, measure=measure, done=done)


@post("/oversight/releases/{release_id:uuid}/withdraw", who=OFFICER, include_in_schema=False)
async def withdraw(request: AnyRequest, release_id: FromPath[UUID]) -> Response[str]:
    """Take it out of the public's sight, with the reason that the public reads."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reason = form.text("reason", longest=LONGEST_REASON, lines=True)
    if not form.ok:
        return await _page(request, release_id, form, status=422)

    async def run(session: AsyncSession) -> Answer:
        await withdraw_release(session, actor=actor, now=held.now(), release_id=release_id, reason=reason)
        return {}

    body = {"release": str(release_id), "reason": reason}
    try:
        await once(request, operation="release.withdraw", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, release_id, form, status=status_of(error))
    return redirect(f"/oversight/releases/{release_id}?done=withdrawn")


async def _objection(session: AsyncSession, objection_id: UUID) -> Objection:
    found = await objections(session, objection_id=objection_id)
    if not found:
        raise NotFound("objection.unknown")
    return found[0]


async def _objection_page(
    request: AnyRequest, objection_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await _objection(session, objection_id)
    return page(
        request,
        "oversight/objection.html",
        status=status,
        get_path=f"/oversight/objections/{objection_id}",
        row=found,
        longest=PASSAGE,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flashes(DONE, done),
    )


@get("/oversight/objections/{objection_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_objection(
    request: AnyRequest, objection_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What a provider says is wrong with its figures, and the form to answer it."""
    return await _objection_page(request, objection_id, Form(), done=done)


@post("/oversight/objections/{objection_id:uuid}", who=OFFICER, include_in_schema=False)
async def answer(request: AnyRequest, objection_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    words = form.text("answer", longest=PASSAGE, lines=True)
    if not form.ok:
        return await _objection_page(request, objection_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await answer_objection(session, actor=actor, now=held.now(), objection_id=objection_id, answer=words)
        return {}

    body = {"objection": str(objection_id), "answer": words}
    try:
        await once(request, operation="release.answer", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _objection_page(request, objection_id, form, status_of(error))
    return redirect(f"/oversight/objections/{objection_id}?done=answered")


ROUTES: list[Any] = [release_list, show_release, withdraw, show_objection, answer]
