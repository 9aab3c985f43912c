"""A provider follows its applications: what was asked, what it answers, what was decided."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import MunicipalityRow, municipalities
from registry.providers.commands import (
    give_information,
    withdraw_application,
)
from registry.providers.decisions.queries import decisions_of, hearing_views
from registry.providers.queries import (
    ApplicationDetail,
    OpenService,
    application_detail,
    services_to_apply_for,
)
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Role
from registry.shared.errors import DomainError, Invalid, NotFound
from registry.shared.period import local_date
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.providers import names_of
from web.pages.providers_offers import filled, offer_options, read_offer, summary
from web.pages.providers_own import flashes
from web.services import services, signed_in
from web.translations import current_language
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})


async def _service(session: AsyncSession, service_id: UUID) -> tuple[OpenService, list[MunicipalityRow]]:
    offered = await services_to_apply_for(session, applied_for=service_id)
    if not offered:
        raise NotFound("service.unknown")
    (service,) = offered
    return service, list(await municipalities(session, area_code=service.organiser_area))


# --- following it ---------------------------------------------------------------------------------------------------


async def _own_page(
    request: AnyRequest, application_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await application_detail(session, application_id)
        service, area = await _service(session, found.service_id)
        decisions = await decisions_of(session, application_id)
        hearings = await hearing_views(session, application_id)
    form = form or filled(found.offer)
    return page(
        request,
        "providers/own_application.html",
        status=status,
        get_path=f"/provider/offer/applications/{application_id}",
        application=found,
        decisions=decisions,
        hearings=[hearing for hearing in hearings if hearing.closed_at is None],
        service=service,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        place_names=names_of(found.offer.municipality_codes, found.municipalities),
        languages_text=languages_text,
        longest=LONGEST_TEXT,
        today=local_date(held.now()),
        flashes=flashes(request),
        **offer_options(
            [*area, *_outside(found, area)],
            service.organiser_name[current_language.get()],
            found.offer.languages,
            today=local_date(held.now()),
            vat=found.offer.vat,
        ),
    )


def _outside(found: ApplicationDetail, area: list[MunicipalityRow]) -> list[MunicipalityRow]:
    """Municipalities of the offer outside the area, so that answering does not lose them."""
    inside = {row.code for row in area}
    return [
        MunicipalityRow(code=code, names=names, area_code="", longitude=None, latitude=None)
        for code, names in found.municipalities.items()
        if code not in inside
    ]


@get("/provider/offer/applications/{application_id:uuid}", who=PROVIDER, include_in_schema=False)
async def follow_application(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    return await _own_page(request, application_id)


@post("/provider/offer/applications/{application_id:uuid}/answer", who=PROVIDER, include_in_schema=False)
async def answer(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    """The answer to the officer's question, with the offer as it now is."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await application_detail(session, application_id)
        _, area = await _service(session, found.service_id)
    form = await read_form(request)
    said = form.text("text", longest=LONGEST_TEXT, lines=True)
    offer = read_offer(
        form,
        [row.code for row in area],
        found.offer.municipality_codes,
        today=local_date(held.now()),
        vat=found.offer.vat,
    )
    key = form.key()
    if not form.ok:
        return await _own_page(request, application_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await give_information(
            session, actor=actor, now=held.now(), application_id=application_id, text=said, offer=offer
        )
        return {"id": str(application_id)}

    try:
        await once(
            request,
            operation="application.answer",
            key=key,
            body={"application": str(application_id), "text": said, "offer": offer.document()},
            run=run,
        )
    except DomainError as error:
        form.blame(error)
        return await _own_page(request, application_id, form, 422 if isinstance(error, Invalid) else 409)
    return redirect(f"/provider/offer/applications/{application_id}?done=answered")


@post("/provider/offer/applications/{application_id:uuid}/withdraw", who=PROVIDER, include_in_schema=False)
async def withdraw(request: AnyRequest, application_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        await withdraw_application(session, actor=actor, now=held.now(), application_id=application_id)
    return redirect("/provider/offer?done=withdrawn")


ROUTES: list[Any] = [
    follow_application,
    answer,
    withdraw,
]
