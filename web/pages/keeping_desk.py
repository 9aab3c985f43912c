"""The officer's side of keeping approvals: changes that were asked for, and rule books that are to be accepted."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import services as own_services
from registry.providers.company_register.lookups import facts_behind
from registry.providers.decisions.people import declare_impartiality, declared_by
from registry.providers.decisions.rules import Subject
from registry.providers.keeping.accepting import change_round
from registry.providers.keeping.deciding_changes import decide_change
from registry.providers.keeping.queries import ChangeRow, change_of
from registry.providers.keeping.round_queries import round_of, rounds
from registry.providers.keeping.rules import Afterwards, KeepingTerms
from registry.providers.keeping.terms import keeping_terms, set_keeping_terms
from registry.providers.keeping.wanted import change_by_now
from registry.providers.rules import LONGEST_TEXT
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, NotFound, Refusal
from registry.shared.period import local_date
from web.draft_words import KINDS, unverified_text
from web.errors import status_of
from web.forms import Form, read_form
from web.keeping_words import AFTERWARDS, change_lines
from web.page import new_key, page, redirect
from web.pages.deciding import carry_out
from web.pages.providers_desk import OFFICER
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
ADMINISTRATOR: Final = frozenset({Role.ORGANISER_ADMINISTRATOR})
DONE: Final[dict[str, str]] = {
    "longer": N_("Everybody has more time now."),
    "saved": N_("Saved. It holds for what begins from now on."),
}


def _flashes(request: AnyRequest) -> list[dict[str, str]]:
    done = request.query_params.get("done", "")
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


# --- changes ----------------------------------------------------------------------------------------------------------


async def _change_page(
    request: AnyRequest, change_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        change = await change_of(session, change_id)
        change, may = await change_by_now(session, change)
        declared = await declared_by(session, actor.id, change.admission_id) if actor.id else None
        known = await facts_behind(session, provider_id=change.provider_id)
    form = form or Form()
    return page(
        request,
        "keeping/change.html",
        status=status,
        get_path=f"/applications/changes/{change_id}",
        change=change,
        lines=change_lines(change),
        obstacle=sentence(may.code, may.facts) if isinstance(may, Refusal) else None,
        unverified=unverified_text(known),
        declared=declared,
        today=local_date(held.now()),
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST_TEXT,
    )


@get("/applications/changes/{change_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_change(request: AnyRequest, change_id: FromPath[UUID]) -> Response[str]:
    """What was asked, beside what holds."""
    return await _change_page(request, change_id)


async def _decide(
    session: AsyncSession, *, actor: Actor, now: Any, change: ChangeRow, nothing: bool, **said: Any
) -> UUID:
    """Decide, and declare with the same word where that has not been done before."""
    if nothing and actor.id and await declared_by(session, actor.id, change.admission_id) is None:
        await declare_impartiality(
            session,
            actor=actor,
            now=now,
            subject=Subject.ADMISSION,
            subject_id=change.admission_id,
            ground=None,
        )
    return await decide_change(session, actor=actor, now=now, change_id=change.id, **said)


@post("/applications/changes/{change_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, change_id: FromPath[UUID]) -> Response[str]:
    """Grant it, or not, with a reason."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        change = await change_of(session, change_id)
    form = await read_form(request)
    verdict = form.choice("verdict", ["grant", "reject"])
    against = verdict == "reject"
    said = {
        "granted": not against,
        "reason": form.text("reason", longest=LONGEST_TEXT, required=against, lines=True),
        "legal_basis": form.text("legal_basis", longest=LONGEST_TEXT, required=against, lines=True),
    }
    values = said | {"change": change, "nothing": form.ticked("nothing")}
    body = said | {"change": str(change_id)}
    if await carry_out(request, form, "change.decide", _decide, values, body):
        return redirect(f"/applications/register/{change.admission_id}?done=changed")
    return await _change_page(request, change_id, form, 409 if "" in form.errors else 422)


# --- rule books -------------------------------------------------------------------------------------------------------


@get("/applications/rule-books", who=OFFICER, include_in_schema=False)
async def list_rounds(request: AnyRequest) -> Response[str]:
    """Versions that the approved are to accept, and how far they have come."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await rounds(session)
    return page(request, "keeping/rounds.html", rounds=found)


async def _round_page(request: AnyRequest, round_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await round_of(session, round_id)
    return page(
        request,
        "keeping/round.html",
        status=status,
        get_path=f"/applications/rule-books/{round_id}",
        round=found,
        afterwards=gettext(AFTERWARDS[found.afterwards]),
        form=form,
        errors=form.errors,
        flashes=_flashes(request),
    )


@get("/applications/rule-books/{round_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_round(request: AnyRequest, round_id: FromPath[UUID]) -> Response[str]:
    """Who has accepted, who has not, and what follows."""
    return await _round_page(request, round_id, Form())


@post("/applications/rule-books/{round_id:uuid}", who=OFFICER, include_in_schema=False)
async def lengthen(request: AnyRequest, round_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    until = form.day("due_on")
    if not form.ok or until is None:
        return await _round_page(request, round_id, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await change_round(session, actor=actor, now=held.now(), round_id=round_id, until=until)
    except DomainError as error:
        form.blame(error)
        return await _round_page(request, round_id, form, status_of(error))
    return redirect(f"/applications/rule-books/{round_id}?done=longer")


# --- what an organiser sets -------------------------------------------------------------------------------------------


async def _terms_page(
    request: AnyRequest, service_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        # also of one that is closed to new grants: its providers go on
        found = await own_services(session, organiser_id=actor.organiser_id, active_only=False)
        terms = await keeping_terms(session, service_id)
    service = next((one for one in found if one.id == service_id), None)
    if service is None:
        raise NotFound("service.unknown")
    if form is None:
        form = Form()
        form.set("price_notice_days", str(terms.price_notice_days))
        form.set("accept_within_days", str(terms.accept_within_days))
        form.set("afterwards", str(terms.afterwards))
        for kind, months in terms.papers_again.items():
            form.set(f"again_{kind}", str(months))
    return page(
        request,
        "keeping/terms.html",
        status=status,
        get_path=f"/admin/services/{service_id}/keeping",
        service=service,
        kinds=[(f"again_{kind}", gettext(text)) for kind, text in KINDS.items()],
        afterwards_options=[(str(code), gettext(text)) for code, text in AFTERWARDS.items()],
        form=form,
        errors=form.errors,
        flashes=_flashes(request),
    )


@get("/admin/services/{service_id:uuid}/keeping", who=ADMINISTRATOR, include_in_schema=False)
async def show_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """Notice of prices, time to accept a rule book, and what follows."""
    return await _terms_page(request, service_id)


@post("/admin/services/{service_id:uuid}/keeping", who=ADMINISTRATOR, include_in_schema=False)
async def save_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    notice, within = (
        form.integer("price_notice_days", most=9999),
        form.integer("accept_within_days", most=9999),
    )
    afterwards = form.choice("afterwards", list(Afterwards))
    again = {
        str(kind): form.integer(f"again_{kind}", most=9999)
        for kind in KINDS
        if form.value(f"again_{kind}").strip()
    }
    if not form.ok:
        return await _terms_page(request, service_id, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await set_keeping_terms(
                session,
                actor=actor,
                now=held.now(),
                service_id=service_id,
                terms=KeepingTerms(notice, within, Afterwards(afterwards), again),
            )
    except DomainError as error:
        form.blame(error)
        return await _terms_page(request, service_id, form, status_of(error))
    return redirect(f"/admin/services/{service_id}/keeping?done=saved")


ROUTES: list[Any] = [show_change, decide, list_rounds, show_round, lengthen, show_terms, save_terms]
