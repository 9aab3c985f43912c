"""A new organisation: its business id, what the company register says of it, and how it is reached."""

from dataclasses import asdict
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import municipalities
from registry.people.commands import switch_role
from registry.people.queries import own_roles
from registry.providers.commands import FORMS_TO_CHOOSE, Organisation, register_organisation
from registry.providers.company_register.lookups import STATED, KnownFacts, known_facts
from registry.providers.queries import provider_desk
from registry.shared.errors import DomainError, Invalid, NotFound, TooManyAttempts
from registry.shared.identifiers import format_business_id, is_business_id
from web.company_register import ask_register
from web.cookies import session_cookie
from web.draft_words import DRAFT, REGISTERS, STANDINGS, reason_text
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.drafts import PROVIDER, flashes
from web.pages.providers import in_order
from web.pages.providers_offers import summary
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
NEW: Final = "/provider/offer/organisations/new"
FORM_TEXTS: Final[dict[str, str]] = {
    "company": N_("Company"),
    "sole_trader": N_("One person’s company"),
    "association": N_("Association"),
    "foundation": N_("Foundation"),
    "public_body": N_("Public body"),
}


def register_lines(known: KnownFacts | None) -> list[tuple[str, str]]:
    """Prepayment, VAT and employer register: what the company register says of each."""
    if known is None or known.facts is None:
        return []
    return [
        (gettext(REGISTERS[register]), gettext(STANDINGS[known.facts.registers[register]]))
        for register in STATED
    ]


def stated_lines(known: KnownFacts | None) -> list[tuple[str, str]]:
    """The same as the applicant stated it."""
    if known is None or known.facts is not None:
        return []
    return [
        (gettext(REGISTERS[register]), gettext("Yes") if known.stated[register] else gettext("No"))
        for register in STATED
        if register in known.stated
    ]


# --- the business id ------------------------------------------------------------------------------------------------


def _id_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "applying/business_id.html",
        status=status,
        get_path=NEW,
        form=form,
        errors=form.errors,
    )


@get(NEW, who=PROVIDER, include_in_schema=False)
async def new_organisation(request: AnyRequest) -> Response[str]:
    return _id_page(request, Form())


@post(NEW, who=PROVIDER, include_in_schema=False)
async def look_up(request: AnyRequest) -> Response[str]:
    """Ask the company register, and go on to what it said."""
    form = await read_form(request)
    typed = form.text("business_id", longest=20)
    if form.ok and not is_business_id(typed):
        form.fail("business_id", "provider.business_id_wrong")
    if not form.ok:
        return _id_page(request, form, 422)
    business_id = format_business_id(typed)
    try:
        await ask_register(request, business_id)
    except TooManyAttempts as error:
        form.blame(error)
        return _id_page(request, form, 429)
    return redirect(f"/provider/offer/organisations/{business_id}")


# --- the rest -------------------------------------------------------------------------------------------------------


def _business_id(text: str) -> str:
    if not is_business_id(text):
        raise NotFound("request.not_found")
    return format_business_id(text)


async def _facts_page(request: AnyRequest, business_id: str, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    lang = current_language.get()
    async with held.database.transaction(actor.sight) as session:
        known = await known_facts(session, business_id=business_id)
        places = await municipalities(session)
    facts = known.facts if known else None
    names = {row.code: row.names[lang] for row in places}
    asked_form = facts is None or facts.form not in FORMS_TO_CHOOSE
    return page(
        request,
        "applying/organisation.html",
        status=status,
        get_path=f"/provider/offer/organisations/{business_id}",
        business_id=business_id,
        known=known,
        facts=facts,
        why_unknown=reason_text(known.reason) if known and known.outcome == "unreachable" else "",
        form_text="" if asked_form or facts is None else gettext(FORM_TEXTS[facts.form]),
        municipality=names.get(facts.municipality_code or "", "") if facts else "",
        lines=register_lines(known),
        form=form,
        errors=form.errors,
        summary=summary(form.errors),
        key=new_key(),
        form_options=[(code, gettext(FORM_TEXTS[code])) for code in FORMS_TO_CHOOSE],
        municipality_options=in_order(list(names.items())),
        register_options=[(str(register), gettext(REGISTERS[register])) for register in STATED],
    )


def _first(known: KnownFacts | None) -> Form:
    """The address as the register has it, for changing."""
    form = Form()
    place = (known.facts.visiting or known.facts.postal) if known and known.facts else None
    if place is not None:
        form.set("street", place.street or "")
        form.set("postal_code", place.postal_code or "")
        form.set("city", place.city or "")
    return form


@get("/provider/offer/organisations/{business_id:str}", who=PROVIDER, include_in_schema=False)
async def organisation_facts(request: AnyRequest, business_id: FromPath[str]) -> Response[str]:
    wanted = _business_id(business_id)
    held = services(request)
    async with held.database.transaction() as session:
        known = await known_facts(session, business_id=wanted)
    return await _facts_page(request, wanted, _first(known))


@post("/provider/offer/organisations/{business_id:str}", who=PROVIDER, include_in_schema=False)
async def add_organisation(request: AnyRequest, business_id: FromPath[str]) -> Response[str]:
    """Add it, and go on acting for it."""
    held, actor = services(request), signed_in(request)
    wanted, form = _business_id(business_id), await read_form(request)
    async with held.database.transaction() as session:
        known = await known_facts(session, business_id=wanted)
        codes = {row.code for row in await municipalities(session)}
    facts = known.facts if known else None
    says_form = facts is not None and facts.form in FORMS_TO_CHOOSE
    ticked = form.choices("registers", [str(one) for one in STATED])
    organisation = Organisation(
        business_id=wanted,
        name=form.text("name", required=not (facts and facts.name)),
        form=form.choice("form", FORMS_TO_CHOOSE, required=not says_form),
        municipality_code=form.text(
            "municipality_code", longest=10, required=not (facts and facts.municipality_code in codes)
        ),
        email=form.text("email", longest=254),
        phone=form.text("phone", longest=40, required=False),
        street=form.text("street", required=False),
        postal_code=form.text("postal_code", longest=10, required=False),
        city=form.text("city", required=False),
        website=form.text("website", required=False),
        registers=None if facts else {str(one): str(one) in ticked for one in STATED},
    )
    key = form.key()
    if not form.ok:
        return await _facts_page(request, wanted, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await register_organisation(session, actor=actor, now=held.now(), organisation=organisation)
        return {"id": str(made)}

    try:
        made = await once(request, operation="provider.register", key=key, body=asdict(organisation), run=run)
    except DomainError as error:
        form.blame(error)
        return await _facts_page(request, wanted, form, 422 if isinstance(error, Invalid) else 409)
    return await _act_for(request, made["id"])


async def _act_for(request: AnyRequest, provider_id: str) -> Response[str]:
    """Change over to the new organisation: all that follows is done for it."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        mine = await own_roles(session, account_id=actor.id, session_id=actor.session_id) if actor.id else []
    role = next((one for one in mine if str(one.provider_id) == provider_id), None)
    if role is None:
        raise NotFound("provider.unknown")
    async with held.database.transaction(actor.sight) as session:
        token, _ = await switch_role(session, actor=actor, now=held.now(), role_grant_id=role.role_grant_id)
    return redirect(f"{DRAFT}?done=registered", cookies=[session_cookie(token, held.settings)])


# --- what is known of one's own -------------------------------------------------------------------------------------


@get(f"{DRAFT}/organisation", who=PROVIDER, include_in_schema=False)
async def own_facts(request: AnyRequest) -> Response[str]:
    """What the authority will see of the organisation, and where it comes from."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        desk = await provider_desk(session, provider_id=actor.provider_id)
        known = await known_facts(session, business_id=desk.provider.identity_value)
    return page(
        request,
        "applying/own_facts.html",
        provider=desk.provider,
        known=known,
        why_unknown=reason_text(known.reason) if known and known.outcome == "unreachable" else "",
        lines=register_lines(known) or stated_lines(known),
        form_text=gettext(FORM_TEXTS.get(desk.provider.form, "Not known")),
        flashes=flashes(request),
    )


@post(f"{DRAFT}/organisation", who=PROVIDER, include_in_schema=False)
async def ask_again(request: AnyRequest) -> Response[str]:
    """Ask the register once more, where it could not be reached."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        desk = await provider_desk(session, provider_id=actor.provider_id)
    await ask_register(request, _business_id(desk.provider.identity_value))
    return redirect(f"{DRAFT}/organisation?done=looked_up")


ROUTES: list[Any] = [
    new_organisation,
    look_up,
    organisation_facts,
    add_organisation,
    own_facts,
    ask_again,
]
