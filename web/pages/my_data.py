"""What is known of a client, and who looked: the client's own page, the file to take along, and putting things right."""

from typing import Any, Final

import orjson
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.correcting import ITEMS, LONGEST, SUBJECT, ask_for_correction
from registry.cases.rules import CASE_KINDS
from registry.own_data import AllHeld, Row, all_held, as_json
from registry.people.commands import log_read
from registry.people.queries import Read, client_card, reads_of
from registry.people.rules import STATED
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.vouchers.no_shows.queries import no_shows
from web.case_details import CORRECTION_ITEMS
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.navigation import role_text
from web.own_data.parts import TITLES_OF_REST, parts_of
from web.page import new_key, page, redirect
from web.pages.clients import NEED_LABELS
from web.services import services, signed_in
from web.translations import N_, current_language, format_datetime, gettext
from web.words import language_label, languages_text

AnyRequest = Request[Any, Any, Any]
CLIENT: Final = frozenset({Role.CLIENT})

WHAT: Final[dict[str, str]] = {
    "voucher": N_("Your voucher"),
    "caseload": N_("Your name in the list of clients"),
    "vouchers": N_("Your vouchers"),
    "assignments": N_("Your choice of a provider"),
    "search": N_("Whether you are a client"),
    "person": N_("Your name and contact details"),
    "comparison": N_("The providers that you can choose from"),
    "case": N_("A task about you"),
    "audit": N_("The record of what was done"),
    "complaint": N_("Your complaint"),
    "decision": N_("A decision on your voucher"),
    "own_data": N_("All that is known about you"),
    "export": N_("All that is known about you, as a file"),
}
REASONS: Final[dict[str, str]] = {
    "own_caseload": N_("handles your matter"),
    "own_data": N_("looked at own information"),
    "chosen_provider": N_("is the provider that you chose"),
    "visit_disputed": N_("looks into a visit that you said is not right"),
    "late_grant": N_("decides with a colleague on a voucher for a service that has begun"),
    "complaint": N_("decides your complaint"),
    "audit": N_("checks that everything was done right"),
}
DONE: Final = {"asked": N_("Your request has been sent. You get a message when there is an answer.")}


def _reason(read: Read) -> str:
    """Why somebody looked; what they wrote themselves is shown as they wrote it."""
    if read.reason.startswith(STATED):
        return gettext("Reason given: %(reason)s", reason=read.reason.removeprefix(STATED))
    if read.reason == "own_data" and read.role != Role.CLIENT:
        return gettext("acts for you")
    return gettext(REASONS[read.reason]) if read.reason in REASONS else read.reason


def _who(read: Read) -> str:
    role = role_text(read.role) or gettext("The service itself")
    return f"{read.who}, {role}" if read.who else role


def _item(case: Row) -> str:
    """What the client said was wrong."""
    return str(case["facts"]["item"])


async def _held(session: AsyncSession, actor: Actor) -> AllHeld:
    """A guardian's own messages may be about others, so they are not the client's data."""
    mailbox = actor.id if actor.acts_for is None else None
    return await all_held(session, client_id=actor.client_id, account_id=mailbox)


@get("/my/data", who=CLIENT, include_in_schema=False)
async def my_data(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """Everything that is held, in words; who looked; what was asked to be put right and what the answer was."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        card = await client_card(session, client_id=actor.client_id)
        if card is None:
            raise NotFound("client.unknown")
        found = await _held(session, actor)
        reads = await reads_of(session, client_id=actor.client_id, but=actor.id)
        missed = await no_shows(session)
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=card.client_id,
            organiser_id=card.organiser_id,
            what="own_data",
            reason="own_data",
        )
    return page(
        request,
        "people/my_data.html",
        card=card,
        language=language_label(card.language),
        service_languages=languages_text(card.service_languages),
        needs=[gettext(NEED_LABELS[need]) if need in NEED_LABELS else need for need in card.accessibility],
        parts=parts_of(found),
        no_shows=missed,
        no_shows_key=new_key(),
        corrections=[
            (gettext(CORRECTION_ITEMS[_item(case)]), case)
            for case in reversed(found.parts["cases"])
            if case["subject_kind"] == SUBJECT
        ],
        reads=[
            (
                format_datetime(read.at),
                _who(read),
                gettext(WHAT[read.what]) if read.what in WHAT else read.what,
                _reason(read),
            )
            for read in reads
        ],
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/my/data/file", who=CLIENT, include_in_schema=False)
async def my_data_file(request: AnyRequest) -> Response[bytes]:
    """The same as one JSON file, with an index that a person can read. Fetching it is noted like any other look."""
    actor, held = signed_in(request), services(request)
    now = held.now()
    async with held.database.transaction(actor.sight) as session:
        found = await _held(session, actor)
        (client,) = found.parts["client"]
        log_read(
            session,
            actor=actor,
            now=now,
            client_id=client["id"],
            organiser_id=client["organiser_id"],
            what="export",
            reason="own_data",
        )
    index = [
        *(
            {"part": name, "title": gettext(title), "about": gettext(about), "rows": len(found.parts[name])}
            for name, (title, about) in TITLES_OF_REST.items()
        ),
        *(
            {"part": part.name, "title": part.title, "about": part.about, "rows": part.count}
            for part in parts_of(found)
        ),
    ]
    document = {
        "title": gettext("All that is known about you"),
        "made_at": now,
        "language": current_language.get(),
        "organiser": dict(zip(("fi", "sv", "en"), found.organiser, strict=True)),
        "index": index,
        "names": {
            "providers": found.providers,
            "services": {
                key: dict(zip(("fi", "sv", "en"), names, strict=True))
                for key, names in found.services.items()
            },
            "people": found.people,
        },
        "data": found.parts,
    }
    return Response(
        orjson.dumps(as_json(document), option=orjson.OPT_INDENT_2),
        media_type="application/json",
        headers={"content-disposition": 'attachment; filename="own-data.json"', "cache-control": "no-store"},
    )


def _correction_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "people/correction.html",
        status=status,
        get_path="/my/data/correction",
        items=[(item, gettext(CORRECTION_ITEMS[item])) for item in ITEMS],
        days=CASE_KINDS["correction_wanted"].days,
        longest=LONGEST,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/my/data/correction", who=CLIENT, include_in_schema=False)
async def correcting(request: AnyRequest, item: FromQuery[str] = "") -> Response[str]:
    """What is wrong, and what would be right."""
    form = Form()
    form.set("item", item)
    return _correction_page(request, form)


@post("/my/data/correction", who=CLIENT, include_in_schema=False)
async def correct(request: AnyRequest) -> Response[str]:
    """Ask for it; somebody has two weeks to answer."""
    actor, held = signed_in(request), services(request)
    form = await read_form(request)
    item, words = form.choice("item", ITEMS), form.text("words", longest=LONGEST, lines=True)
    if not form.ok:
        return _correction_page(request, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        case_id = await ask_for_correction(session, actor=actor, now=held.now(), item=item, words=words)
        return {"case": str(case_id)}

    try:
        body = {"item": item, "words": words}
        await once(request, operation="own_data.correct", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return _correction_page(request, form, status_of(error))
    return redirect("/my/data?done=asked")


ROUTES: list[Any] = [my_data, my_data_file, correcting, correct]
