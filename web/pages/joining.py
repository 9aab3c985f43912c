"""How somebody begins whom nobody here knows: an address that answers, an organisation, and an officer who accepts.

The pages say the same to everybody: whether an address or an organisation is known here is not to be found out by asking.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.catalogue.queries import municipalities, organisers
from registry.people.commands import consume_rate_limit
from registry.people.joining.commands import (
    ask_to_join,
    issue_code,
    use_join_link,
    use_mailed_sign_in,
)
from registry.people.rules import LINK_PATHS
from registry.providers.commands import FORMS_TO_CHOOSE
from registry.providers.company_register.lookups import known_facts
from registry.providers.representing.commands import ask_to_represent, decide_representation
from registry.providers.representing.queries import known_here, representation_of
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Role
from registry.shared.errors import DomainError, Invalid, Refused, TooManyAttempts
from web.cookies import session_cookie
from web.draft_words import unverified_text
from web.errors import status_of
from web.forms import Form, read_form
from web.navigation import HOMES
from web.page import page, redirect
from web.pages.organisations import FORM_TEXTS
from web.pages.providers import in_order
from web.security import PUBLIC
from web.services import Services, services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})

ATTEMPTS: Final = 20
MAILS: Final = 3
"""To one address in an hour, whoever asks: nobody's mailbox is filled through us."""
WINDOW: Final = timedelta(hours=1)

DONE: Final[dict[str, str]] = {
    "accepted": N_("The person was accepted, and gets a sign-in link by mail."),
    "refused": N_("The request was turned down, and the person is told by mail."),
}


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


async def _count(held: Services, bucket: str, limit: int) -> None:
    """In a transaction of its own: an attempt counts whatever becomes of it."""
    async with held.database.transaction() as session:
        await consume_rate_limit(session, bucket=bucket, limit=limit, window=WINDOW, now=held.now())


async def _count_address(request: AnyRequest) -> None:
    host = request.client.host if request.client else ""
    await _count(services(request), f"join:{_hashed(host)}", ATTEMPTS)


# --- asking for a link -----------------------------------------------------------------------------------------------


def _join_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(request, "people/join.html", status=status, get_path="/join", form=form, errors=form.errors)


@get("/join", who=PUBLIC, include_in_schema=False)
async def join(request: AnyRequest) -> Response[str]:
    """Begin as a service provider, or sign in again with the same address."""
    return _join_page(request, Form())


@post("/join", who=PUBLIC, include_in_schema=False)
async def send_link(request: AnyRequest) -> Response[str]:
    """The same answer for every address. In the demonstration, where no mail goes out, the link stands on the page."""
    held, form = services(request), await read_form(request)
    name, email = form.text("name", longest=100), form.text("email", longest=254)
    if not form.ok:
        return _join_page(request, form, 422)
    link = None
    try:
        await _count_address(request)
        await _count(held, f"join_mail:{_hashed(email.lower())}", MAILS)
        async with held.database.transaction() as session:
            made = await ask_to_join(
                session, now=held.now(), email=email, name=name, language=current_language.get()
            )
            if held.settings.demo:
                link = (
                    f"{LINK_PATHS[made.purpose]}#{await issue_code(session, now=held.now(), link_id=made.id)}"
                )
    except (Invalid, TooManyAttempts) as error:
        form.blame(error)
        return _join_page(request, form, status_of(error))
    return page(request, "people/join_sent.html", link=link)


# --- into an account that was made in this way -----------------------------------------------------------------------


def _sign_in_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "people/join_sign_in.html",
        status=status,
        get_path="/join/sign-in",
        errors=form.errors,
    )


@get("/join/sign-in", who=PUBLIC, include_in_schema=False)
async def mailed_sign_in(request: AnyRequest) -> Response[str]:
    return _sign_in_page(request, Form())


@post("/join/sign-in", who=PUBLIC, include_in_schema=False)
async def use_mailed(request: AnyRequest) -> Response[str]:
    """Only sending the form uses the link up: programs that look at links before people do must not spend them."""
    held, form = services(request), await read_form(request)
    code = form.text("code", longest=100)
    if not form.ok:
        return _sign_in_page(request, form, 422)
    try:
        await _count_address(request)
        async with held.database.transaction() as session:
            token, role = await use_mailed_sign_in(
                session, code=code, now=held.now(), hours=held.settings.session_hours
            )
    except Refused as error:
        form.fail("code", error.code)
        return _sign_in_page(request, form, 409)
    return redirect(HOMES[role], cookies=[session_cookie(token, held.settings)])


# --- the organisation ------------------------------------------------------------------------------------------------


async def _confirm_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, lang = services(request), current_language.get()
    async with held.database.transaction() as session:
        places = await municipalities(session)
        authorities = await organisers(session)
    return page(
        request,
        "people/join_confirm.html",
        status=status,
        get_path="/join/confirm",
        form=form,
        errors=form.errors,
        longest=LONGEST_TEXT,
        form_options=[(code, gettext(FORM_TEXTS[code])) for code in FORMS_TO_CHOOSE],
        municipality_options=in_order([(row.code, row.names[lang]) for row in places]),
        organiser_options=in_order(
            [(str(row.id), row.names[lang]) for row in authorities if not row.sandbox]
        ),
    )


@get("/join/confirm", who=PUBLIC, include_in_schema=False)
async def confirm(request: AnyRequest) -> Response[str]:
    """Which organisation, and how the person may act for it."""
    return await _confirm_page(request, Form())


@post("/join/confirm", who=PUBLIC, include_in_schema=False)
async def ask(request: AnyRequest) -> Response[str]:
    """The link is used up with the request that it makes, and by nothing less: a form that comes back has it still."""
    held, form = services(request), await read_form(request)
    code = form.text("code", longest=100)
    values = {
        "business_id": form.text("business_id", longest=20),
        "name": form.text("name"),
        "form": form.choice("form", FORMS_TO_CHOOSE),
        "municipality_code": form.text("municipality_code", longest=10),
        "words": form.text("words", longest=LONGEST_TEXT, lines=True),
    }
    organiser_id = form.identifier("organiser")
    if not form.ok:
        return await _confirm_page(request, form, 422)
    try:
        await _count_address(request)
        async with held.database.transaction() as session:
            joining = await use_join_link(session, code=code, now=held.now())
            await ask_to_represent(
                session, now=held.now(), joining=joining, organiser_id=organiser_id, **values
            )
    except Refused as error:
        form.fail("code", error.code)
        return await _confirm_page(request, form, 409)
    except (Invalid, TooManyAttempts) as error:
        form.blame(error)
        return await _confirm_page(request, form, status_of(error))
    return page(request, "people/join_asked.html")


# --- the officer -----------------------------------------------------------------------------------------------------


async def _representation_page(
    request: AnyRequest, representation_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await representation_of(
            session, organiser_id=actor.organiser_id, representation_id=representation_id
        )
        here = await known_here(session, row.business_id)
        known = await known_facts(session, business_id=row.business_id)
    done = request.query_params.get("done", "")
    return page(
        request,
        "people/representation.html",
        status=status,
        get_path=f"/applications/representatives/{representation_id}",
        row=row,
        here=here,
        unverified=unverified_text(known),
        registered=known.facts.name if known and known.facts else "",
        form_text=gettext(FORM_TEXTS[row.form]),
        form=form,
        errors=form.errors,
        longest=LONGEST_TEXT,
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/applications/representatives/{representation_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_representation(request: AnyRequest, representation_id: FromPath[UUID]) -> Response[str]:
    """Who asks to act for which organisation, and on what grounds."""
    return await _representation_page(request, representation_id, Form())


@post("/applications/representatives/{representation_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, representation_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    verdict = form.choice("verdict", ["accept", "refuse"])
    reason = form.text("reason", longest=LONGEST_TEXT, required=verdict == "refuse", lines=True)
    if not form.ok:
        return await _representation_page(request, representation_id, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await decide_representation(
                session,
                actor=actor,
                now=held.now(),
                representation_id=representation_id,
                accepted=verdict == "accept",
                reason=reason,
            )
    except DomainError as error:
        form.blame(error)
        return await _representation_page(request, representation_id, form, status_of(error))
    done = "accepted" if verdict == "accept" else "refused"
    return redirect(f"/applications/representatives/{representation_id}?done={done}")


ROUTES: list[Any] = [
    join,
    send_link,
    mailed_sign_in,
    use_mailed,
    confirm,
    ask,
    show_representation,
    decide,
]
