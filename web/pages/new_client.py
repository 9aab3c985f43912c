"""A new client, into the case worker's own caseload."""

from typing import Any, Final

from litestar import Request, Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import municipalities
from registry.people.commands import create_client
from registry.people.rules import AGE_BANDS, CLIENT_KINDS, LANGUAGES
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import format_business_id, is_business_id
from web.company_register import ask_about_client, is_same_company
from web.forms import Form, read_form
from web.idempotency import answered_before, once
from web.page import new_key, page, redirect
from web.pages.clients import AGE_LABELS, CASE_WORKER, KIND_LABELS, NEED_LABELS
from web.services import services, signed_in
from web.translations import current_language, gettext
from web.words import language_label

AnyRequest = Request[Any, Any, Any]

SERVICE_LANGUAGES: Final = ("fi", "sv", "en", "ar", "et", "fa", "fr", "ku", "ru", "so", "th", "uk", "vi")


async def field_options(session: AsyncSession) -> dict[str, Any]:
    """What the fields of a client's form offer to pick from."""
    lang = current_language.get()
    places = await municipalities(session)
    return {
        "languages": [(code, language_label(code)) for code in LANGUAGES],
        "service_languages": [(code, language_label(code)) for code in SERVICE_LANGUAGES],
        "bands": [(band, gettext(AGE_LABELS[band])) for band in AGE_BANDS],
        "needs": [(need, gettext(label)) for need, label in NEED_LABELS.items()],
        "municipalities": sorted(
            ((place.code, place.names[lang]) for place in places), key=lambda pair: pair[1]
        ),
    }


def read_fields(form: Form) -> dict[str, Any]:
    """What was typed of a client, but for kind and identity, which are given once."""
    values: dict[str, Any] = {
        "name": form.text("name", longest=120),
        "email": form.text("email", longest=200, required=False) or None,
        "phone": form.text("phone", longest=40, required=False) or None,
        "municipality_code": form.text("municipality_code", longest=3, required=False) or None,
        "language": form.choice("language", LANGUAGES),
        "service_languages": form.choices("service_languages", SERVICE_LANGUAGES),
        "accessibility": form.choices("accessibility", tuple(NEED_LABELS)),
        "age_band": form.choice("age_band", AGE_BANDS, required=False) or None,
        "protected": form.ticked("protected"),
    }
    if not values["service_languages"]:
        form.fail("service_languages", "field.required")
    return values


async def _new_client_page(
    request: AnyRequest, form: Form, status: int = 200, found: str | None = None
) -> Response[str]:
    """`found`: what the company register said, in words."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        options = await field_options(session)
    return page(
        request,
        "vouchers/new_client.html",
        status=status,
        get_path="/clients/new",
        filled=form,
        errors=form.errors,
        key=new_key(),
        kinds=[(kind, gettext(label)) for kind, label in KIND_LABELS.items()],
        found=found,
        **options,
    )


@get("/clients/new", who=CASE_WORKER, include_in_schema=False)
async def new_client(request: AnyRequest) -> Response[str]:
    """An empty form, the usual ticked."""
    form = Form({"kind": ["person"], "language": ["fi"], "service_languages": ["fi"]})
    return await _new_client_page(request, form)


@post("/clients/new", who=CASE_WORKER, include_in_schema=False)
async def add_client(request: AnyRequest) -> Response[str]:
    """A client into the case worker's own caseload."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    if form.value("look_up"):
        return await _look_up(request, form)
    values: dict[str, Any] = {
        "kind": form.choice("kind", CLIENT_KINDS),
        "identity": form.text("identity", longest=20, required=False) or None,
        **read_fields(form),
    }
    if not form.ok:
        return await _new_client_page(request, form, 422)

    async def made() -> dict[str, Any]:
        before = await answered_before(request, operation="client.create", key=form.key(), body=values)
        if before is not None:
            return before
        verified = False
        if values["kind"] == "company" and is_business_id(values["identity"] or ""):
            facts = await ask_about_client(request, format_business_id(values["identity"]))
            verified = is_same_company(facts, values["name"])

        async def run(session: AsyncSession) -> dict[str, Any]:
            client = await create_client(
                session,
                actor=actor,
                now=held.now(),
                keys=held.keys,
                organiser_id=actor.organiser_id,
                case_worker_id=actor.id,
                verified=verified,
                fictional=held.settings.demo,
                **values,
            )
            return {"client": str(client.client_id)}

        return await once(request, operation="client.create", key=form.key(), body=values, run=run)

    try:
        done = await made()
    except Refused as error:
        form.blame(error)
        known = error.facts.get("client_id")
        if known:
            form.set("known", str(known))
        return await _new_client_page(request, form, 409)
    except Invalid as error:
        form.blame(error)
        return await _new_client_page(request, form, 422)
    return redirect(f"/clients/{done['client']}?done=created")


async def _look_up(request: AnyRequest, form: Form) -> Response[str]:
    """Fill in the company's name and municipality as the company register has them. Nothing is saved yet."""
    form.set("kind", "company")
    typed = form.text("identity", longest=20)
    if not form.ok:
        return await _new_client_page(request, form, 422)
    try:
        facts = await ask_about_client(request, format_business_id(typed) if is_business_id(typed) else typed)
    except Invalid as error:
        form.blame(error)
        return await _new_client_page(request, form, 422)
    if facts is None or facts.name is None:
        said = gettext(
            "The company register does not have this business ID, or could not be asked. You can save the client: it is"
            " marked as not verified."
        )
    else:
        form.set("name", facts.name)
        form.set("municipality_code", facts.municipality_code or form.value("municipality_code"))
        said = gettext("Name and home municipality are filled in from the company register.")
    return await _new_client_page(request, form, found=said)


ROUTES: list[Any] = [new_client, add_client]
