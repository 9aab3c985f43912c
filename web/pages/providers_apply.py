"""A provider applies: a new organisation, a service, an offer; then it follows the application and answers."""

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import MunicipalityRow, municipalities
from registry.providers.commands import (
    FORMS_TO_CHOOSE,
    Organisation,
    act_for,
    give_information,
    register_organisation,
    submit_application,
    withdraw_application,
)
from registry.providers.queries import (
    ApplicationDetail,
    OpenService,
    application_detail,
    provider_desk,
    services_to_apply_for,
)
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, Invalid, NotFound
from registry.shared.period import local_date
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.providers import in_order, names_of
from web.pages.providers_offers import filled, offer_options, read_offer, summary
from web.pages.providers_own import flashes
from web.services import services, signed_in
from web.translations import N_, current_language, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
FORM_TEXTS: Final[dict[str, str]] = {
    "company": N_("Company"),
    "sole_trader": N_("One person’s company"),
    "association": N_("Association"),
    "foundation": N_("Foundation"),
    "public_body": N_("Public body"),
}


# --- a new organisation -------------------------------------------------------------------------------------------


async def _organisation_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    lang = current_language.get()
    async with held.database.transaction(actor.sight) as session:
        places = await municipalities(session)
    return page(
        request,
        "providers/organisation.html",
        status=status,
        get_path="/provider/offer/organisations/new",
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        form_options=[(code, gettext(FORM_TEXTS[code])) for code in FORMS_TO_CHOOSE],
        municipality_options=in_order([(row.code, row.names[lang]) for row in places]),
    )


@get("/provider/offer/organisations/new", who=PROVIDER, include_in_schema=False)
async def new_organisation(request: AnyRequest) -> Response[str]:
    return await _organisation_page(request, Form())


@post("/provider/offer/organisations/new", who=PROVIDER, include_in_schema=False)
async def add_organisation(request: AnyRequest) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    organisation = Organisation(
        business_id=form.text("business_id", longest=20),
        name=form.text("name"),
        form=form.choice("form", FORMS_TO_CHOOSE),
        municipality_code=form.text("municipality_code", longest=10),
        email=form.text("email", longest=254),
        phone=form.text("phone", longest=40, required=False),
        street=form.text("street", required=False),
        postal_code=form.text("postal_code", longest=10, required=False),
        city=form.text("city", required=False),
        website=form.text("website", required=False),
    )
    key = form.key()
    if not form.ok:
        return await _organisation_page(request, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await register_organisation(session, actor=actor, now=held.now(), organisation=organisation)
        return {"id": str(made)}

    try:
        made = await once(request, operation="provider.register", key=key, body=asdict(organisation), run=run)
    except DomainError as error:
        if error.code == "provider.known_already":
            form.fail("business_id", error.code, **error.facts)
        else:
            form.blame(error)
        return await _organisation_page(request, form, 422 if isinstance(error, Invalid) else 409)
    return redirect(f"/provider/offer/apply?provider={made['id']}&done=registered")


# --- an application -----------------------------------------------------------------------------------------------


async def _applicant(request: AnyRequest, session: AsyncSession, actor: Actor) -> UUID:
    """For which organisation: the one signed in as, or another that the person acts for."""
    asked = request.query_params.get("provider")
    if not asked:
        return actor.provider_id
    try:
        provider_id = UUID(asked)
    except ValueError:
        raise NotFound("provider.unknown") from None
    await act_for(session, actor=actor, provider_id=provider_id)
    return provider_id


@get("/provider/offer/apply", who=PROVIDER, include_in_schema=False)
async def pick_service(request: AnyRequest) -> Response[str]:
    """Which service: every organiser's, with what it asks."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        provider_id = await _applicant(request, session, actor)
        desk = await provider_desk(session, provider_id=provider_id)
        offered = await services_to_apply_for(session)
    taken = {row.service_id for row in desk.admissions if row.state in {"active", "suspended"}}
    return page(
        request,
        "providers/pick_service.html",
        provider=desk.provider,
        own=provider_id == actor.provider_id,
        offered=offered,
        taken=taken,
        flashes=flashes(request),
    )


async def _service(session: AsyncSession, service_id: UUID) -> tuple[OpenService, list[MunicipalityRow]]:
    offered = {service.id: service for service in await services_to_apply_for(session)}
    if service_id not in offered:
        raise NotFound("service.unknown")
    service = offered[service_id]
    area = service.organiser_area
    return service, list(await municipalities(session, area_code=area))


async def _apply_page(request: AnyRequest, service_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        provider_id = await _applicant(request, session, actor)
        desk = await provider_desk(session, provider_id=provider_id)
        service, area = await _service(session, service_id)
    query = "" if provider_id == actor.provider_id else f"?provider={provider_id}"
    return page(
        request,
        "providers/apply.html",
        status=status,
        get_path=f"/provider/offer/apply/{service_id}{query}",
        action=f"/provider/offer/apply/{service_id}{query}",
        service=service,
        provider=desk.provider,
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        today=local_date(held.now()),
        **offer_options(area, service.organiser_name[current_language.get()]),
    )


@get("/provider/offer/apply/{service_id:uuid}", who=PROVIDER, include_in_schema=False)
async def new_application(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    return await _apply_page(request, service_id, Form({"languages": ["fi"], "method": ["one_to_one"]}))


@post("/provider/offer/apply/{service_id:uuid}", who=PROVIDER, include_in_schema=False)
async def send_application(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    async with held.database.transaction(actor.sight) as session:
        provider_id = await _applicant(request, session, actor)
        _, area = await _service(session, service_id)
    offer = read_offer(form, [row.code for row in area])
    key = form.key()
    if not form.ok:
        return await _apply_page(request, service_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await submit_application(
            session,
            actor=actor,
            now=held.now(),
            provider_id=provider_id,
            service_id=service_id,
            offer=offer,
        )
        return {"id": str(made)}

    try:
        made = await once(
            request,
            operation="application.submit",
            key=key,
            body={"provider": str(provider_id), "service": str(service_id), "offer": offer.document()},
            run=run,
        )
    except DomainError as error:
        form.blame(error)
        return await _apply_page(request, service_id, form, 422 if isinstance(error, Invalid) else 409)
    if provider_id != actor.provider_id:  # its own pages open when one signs in as the new organisation
        return redirect("/provider/offer?done=applied")
    return redirect(f"/provider/offer/applications/{made['id']}?done=applied")


# --- following it ---------------------------------------------------------------------------------------------------


async def _own_page(
    request: AnyRequest, application_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await application_detail(session, application_id)
        service, area = await _service(session, found.service_id)
    form = form or filled(found.offer)
    return page(
        request,
        "providers/own_application.html",
        status=status,
        get_path=f"/provider/offer/applications/{application_id}",
        application=found,
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
    offer = read_offer(form, [row.code for row in area], found.offer.municipality_codes)
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
    new_organisation,
    add_organisation,
    pick_service,
    new_application,
    send_application,
    follow_application,
    answer,
    withdraw,
]
