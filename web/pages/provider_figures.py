"""A provider's own figures, before and after they are public, and what it is heard about."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service
from registry.providers.oversight.commands import LONGEST, answer_hearing
from registry.providers.oversight.queries import Finding, findings
from registry.quality.preview.commands import make_objection
from registry.quality.preview.queries import OwnRelease, objections, own_preview, own_public
from registry.quality.preview.rules import last_day_to_object
from registry.quality.rules import MEASURES, PRIVATE, Kind
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.texts import PASSAGE
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.measure_texts import measure_text
from web.oversight_words import PRIVATE_TEXTS, finding_state
from web.page import new_key, page, redirect
from web.pages.oversight_findings import flashes
from web.pages.redemption import PROVIDER
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]

DONE: Final[dict[str, str]] = {
    "objected": N_("The authority has been told. Its answer comes here."),
    "answered": N_("Your answer was sent."),
}


async def _names(session: AsyncSession, own: list[OwnRelease]) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """(service → its name, organiser → its name) in the reader's language."""
    lang = current_language.get()
    service_ids = {service_id for release in own for service_id in release.services}
    organiser_ids = {release.release.organiser_id for release in own}
    found = await session.scalars(select(Service).where(Service.id.in_(service_ids)))
    whose = await session.scalars(select(Organiser).where(Organiser.id.in_(organiser_ids)))
    return (
        {row.id: getattr(row, f"name_{lang}") for row in found},
        {row.id: getattr(row, f"name_{lang}") for row in whose},
    )


def _rows(own: OwnRelease, service_id: UUID, provider_id: UUID) -> list[dict[str, Any]]:
    """Each measure of a service with the figure or its blank, as the public sees it or will."""
    evidence = own.services[service_id]
    return [
        {
            "text": measure_text(code),
            "figure": evidence.figure(provider_id, code),
            "days": measure.kind is Kind.DAYS,
        }
        for code, measure in MEASURES.items()
        if (provider_id, code) in evidence.figures
    ]


def _private(own: OwnRelease, service_id: UUID) -> list[tuple[str, Any]]:
    return [(gettext(PRIVATE_TEXTS[code]), own.private.get((service_id, code))) for code in PRIVATE]


async def _page(
    request: AnyRequest,
    form: Form | None = None,
    *,
    failed: tuple[UUID, UUID] | None = None,
    status: int = 200,
    done: str = "",
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    now = held.now()
    async with held.database.transaction(actor.sight) as session:
        coming = await own_preview(session, actor.provider_id, now=now)
        public = await own_public(session, actor.provider_id, now=now)
        said = await objections(session, provider_id=actor.provider_id)
        heard = await findings(session, heard_provider=actor.provider_id)
        service_names, organiser_names = await _names(session, [*coming, *public])

    def parts(own: OwnRelease) -> list[dict[str, Any]]:
        return [
            {
                "id": service_id,
                "name": service_names[service_id],
                "rows": _rows(own, service_id, actor.provider_id),
                "private": _private(own, service_id),
                "said": [
                    row for row in said if (row.release_id, row.service_id) == (own.release.id, service_id)
                ],
                "failed": (own.release.id, service_id) == failed,
            }
            for service_id in sorted(own.services, key=lambda service_id: service_names[service_id])
        ]

    return page(
        request,
        "oversight/own_figures.html",
        status=status,
        get_path="/provider/figures",
        coming=[
            (own.release, organiser_names[own.release.organiser_id], parts(own),
             last_day_to_object(own.release.public_from))
            for own in coming
        ],
        public=[(own.release, organiser_names[own.release.organiser_id], parts(own)) for own in public],
        heard=[(row, *finding_state(row.state)) for row in heard],
        provider_id=actor.provider_id,
        longest=PASSAGE,
        filled=form or Form(),
        errors=form.errors if form else {},
        key=new_key(),
        flashes=flashes(DONE, done),
    )  # fmt: skip


@get("/provider/figures", who=PROVIDER, include_in_schema=False)
async def own_figures(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """What is about to be published of this provider, what is public, and what only it and the officer see."""
    return await _page(request, done=done)


@post(
    "/provider/figures/{release_id:uuid}/{service_id:uuid}/objection", who=PROVIDER, include_in_schema=False
)
async def object_to(
    request: AnyRequest, release_id: FromPath[UUID], service_id: FromPath[UUID]
) -> Response[str]:
    """Point out an error before the figures are public."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    words = form.text("words", longest=PASSAGE, lines=True)
    if not form.ok:
        return await _page(request, form, failed=(release_id, service_id), status=422)

    async def run(session: AsyncSession) -> Answer:
        made = await make_objection(
            session,
            actor=actor,
            now=held.now(),
            release_id=release_id,
            service_id=service_id,
            words=words,
        )
        return {"id": str(made)}

    body = {"release": str(release_id), "service": str(service_id), "words": words}
    try:
        await once(request, operation="release.object", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, form, failed=(release_id, service_id), status=status_of(error))
    return redirect("/provider/figures?done=objected")


async def _finding(session: AsyncSession, provider_id: UUID, finding_id: UUID) -> Finding:
    found = await findings(session, finding_id=finding_id, heard_provider=provider_id)
    if not found:
        raise NotFound("finding.unknown")
    return found[0]


async def _finding_page(
    request: AnyRequest, finding_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await _finding(session, actor.provider_id, finding_id)
    text, colour = finding_state(found.state)
    return page(
        request,
        "oversight/own_finding.html",
        status=status,
        get_path=f"/provider/findings/{finding_id}",
        finding=found,
        state_text=text,
        colour=colour,
        longest=LONGEST,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flashes(DONE, done),
    )


@get("/provider/findings/{finding_id:uuid}", who=PROVIDER, include_in_schema=False)
async def own_finding(
    request: AnyRequest, finding_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What the authority found, and the provider's own word on it."""
    return await _finding_page(request, finding_id, Form(), done=done)


@post("/provider/findings/{finding_id:uuid}", who=PROVIDER, include_in_schema=False)
async def answer(request: AnyRequest, finding_id: FromPath[UUID]) -> Response[str]:
    """Answer, once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    words = form.text("words", longest=LONGEST, lines=True)
    if not form.ok:
        return await _finding_page(request, finding_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await answer_hearing(session, actor=actor, now=held.now(), finding_id=finding_id, words=words)
        return {}

    body = {"finding": str(finding_id), "words": words}
    try:
        await once(request, operation="finding.answer", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _finding_page(request, finding_id, form, status_of(error))
    return redirect(f"/provider/findings/{finding_id}?done=answered")


ROUTES: list[Any] = [own_figures, object_to, own_finding, answer]
