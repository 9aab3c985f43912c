"""Decisions as those read them whom they concern, what may be said before one, and what may be sent against one."""

import asyncio
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rule_books.rules import Point
from registry.providers.company_register.lookups import facts_behind
from registry.providers.decisions.appeals import LONGEST as LONGEST_APPEAL
from registry.providers.decisions.appeals import receive_appeal, withdraw_appeal
from registry.providers.decisions.attachments.queries import decided_upon
from registry.providers.decisions.corrections.requests import LONGEST as LONGEST_ERROR
from registry.providers.decisions.corrections.requests import correction_requests
from registry.providers.decisions.court.commands import LONGEST as LONGEST_RULING
from registry.providers.decisions.court.queries import court_appeals_of
from registry.providers.decisions.court.rules import UPSETS, CourtState
from registry.providers.decisions.hearings import LONGEST, answer_hearing
from registry.providers.decisions.queries import (
    DecisionView,
    HearingView,
    decision_detail,
    hearing_view,
)
from registry.providers.decisions.rules import came_late
from registry.providers.model import Application
from registry.shared.actor import Role
from registry.shared.errors import DomainError
from registry.shared.period import HELSINKI, local_date
from web.correction_words import COURT_STATES
from web.decision_words import CAME_BY, NOTICE, appeal_state, options
from web.documents.decision_pdf import decision_pdf
from web.draft_words import unverified_text
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.deciding import carry_out
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
READERS: Final = frozenset({Role.PROVIDER_USER, Role.REGISTER_OFFICER, Role.AUDITOR})
PARTIES: Final = frozenset({Role.PROVIDER_USER, Role.REGISTER_OFFICER})

DONE: Final[dict[str, str]] = {
    "answered": N_("Your answer was sent. It is taken into account in the decision."),
    "appealed": N_("Your request for review was received."),
    "entered": N_("The request for review was entered."),
    "withdrawn": N_("The request for review was withdrawn."),
    "corrected": N_("The decision was corrected, and the provider has been told. This is the earlier one."),
    "correction_heard": N_("The provider has been asked, and whether it agrees."),
    "error_told": N_("Your request was sent. You get a message when there is an answer."),
    "error_answered": N_("Your answer was sent to the provider. The decision stays as it is."),
    "attached": N_("The file was added."),
    "court_entered": N_("The appeal to the court was recorded."),
    "court_settled": N_("What the court decided was recorded, and the provider has been told."),
    "decided": N_("The request for review was decided, and the provider has been told."),
}


def flashes(request: AnyRequest) -> list[dict[str, str]]:
    """What was done a moment ago."""
    done = request.query_params.get("done", "")
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


async def _decision(request: AnyRequest, decision_id: UUID) -> DecisionView:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        return await decision_detail(session, decision_id)


async def decision_page(
    request: AnyRequest, decision_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    """The decision, with what was sent against it here and to courts, and the forms that go with it."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await decision_detail(session, decision_id)
        courts = await court_appeals_of(session, decision_id)
        known = await facts_behind(session, provider_id=found.provider_id)
        asked = await correction_requests(session, sight=actor.sight, decision_id=decision_id)
    officer, form = actor.role is Role.REGISTER_OFFICER, form or Form()
    return page(
        request,
        "deciding/decision.html",
        status=status,
        get_path=f"/decisions/{decision_id}",
        decision=found,
        unverified=unverified_text(known) if officer else None,
        by_provider=actor.role is Role.PROVIDER_USER,
        may_correct=officer and found.in_force and not _waiting(found),
        may_appeal=found.in_force and not found.to_court and not _waiting(found),
        may_attach=officer or actor.role is Role.PROVIDER_USER,
        courts=courts,
        asked=asked,
        may_ask=actor.role is Role.PROVIDER_USER
        and found.in_force
        and not any(one.closed_at is None for one in asked),
        longest_error=LONGEST_ERROR,
        court_states={code: gettext(text) for code, text in COURT_STATES.items()},
        rulings=options({code: text for code, text in COURT_STATES.items() if code != CourtState.PENDING}),
        upsets=UPSETS,
        may_enter_court=officer and not any(one.state == CourtState.PENDING for one in courts),
        may_settle_court=officer,
        today=local_date(held.now()).isoformat(),
        late=came_late(held.now(), last_day=found.last_day, closes=found.closes),
        notice=gettext(NOTICE[found.notice_by]) if found.notice_by in NOTICE else "",
        appeal_state=appeal_state,
        came_by=dict(options(CAME_BY)),
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST_RULING,
        flashes=flashes(request),
    )


@get("/decisions/{decision_id:uuid}", who=READERS, include_in_schema=False)
async def show_decision(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """The decision, word for word."""
    return await decision_page(request, decision_id)


def _waiting(found: DecisionView) -> bool:
    return any(appeal.state == "received" for appeal in found.appeals)


@get("/decisions/{decision_id:uuid}/pdf", who=READERS, include_in_schema=False)
async def show_pdf(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[bytes]:
    """The same words on paper."""
    found = await _decision(request, decision_id)
    organiser = found.text.sections[0].items[1].text.partition("\n")[0]
    content = await asyncio.to_thread(decision_pdf, found.text, organiser)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="decision-{found.reference}.pdf"',
            "Cache-Control": "no-store",
        },
    )


# --- the hearing, as the provider sees it -----------------------------------------------------------------------------


async def hearing_page(
    request: AnyRequest, hearing_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await hearing_view(session, hearing_id)
        criteria = await _criteria(session, found)
        decided = await decided_upon(session, subject_id=found.subject_id, hearing_id=found.id)
    form = form or Form()
    over = local_date(held.now()) > found.due_on
    return page(
        request,
        "deciding/own_hearing.html",
        status=status,
        get_path=f"/provider/hearings/{hearing_id}",
        hearing=found,
        criteria=criteria,
        over=found.closed_at is not None or over,
        may_attach=(found.answer is not None or not over) and not decided,
        back=f"/provider/offer/applications/{found.subject_id}"
        if found.subject_kind == "application"
        else "/provider/offer",
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST,
        flashes=flashes(request),
    )


async def _criteria(session: Any, found: HearingView) -> tuple[Point, ...]:
    if found.subject_kind != "application":
        return ()
    application = await session.get(Application, found.subject_id)
    if application is None:
        return ()
    version = str(application.offer.get("rule_book_version", ""))
    book = await rule_book_of(session, application.service_id, version=version)
    return book.criteria if book else ()


@get("/provider/hearings/{hearing_id:uuid}", who=PROVIDER, include_in_schema=False)
async def show_hearing(request: AnyRequest, hearing_id: FromPath[UUID]) -> Response[str]:
    """What is held against us, and where to answer."""
    return await hearing_page(request, hearing_id)


@post("/provider/hearings/{hearing_id:uuid}", who=PROVIDER, include_in_schema=False)
async def answer(request: AnyRequest, hearing_id: FromPath[UUID]) -> Response[str]:
    form = await read_form(request)
    said = form.text("answer", longest=LONGEST, lines=True)
    agrees = form.choice("consents", ["yes", "no"], required=False)
    values = {"hearing_id": hearing_id, "text": said, "consents": {"yes": True, "no": False}.get(agrees)}
    body = {"hearing": str(hearing_id), "text": said, "consents": agrees}
    if await carry_out(request, form, "hearing.answer", answer_hearing, values, body):
        return redirect(f"/provider/hearings/{hearing_id}?done=answered")
    return await hearing_page(request, hearing_id, form, 409 if "" in form.errors else 422)


# --- appeals ----------------------------------------------------------------------------------------------------------


async def appeal_page(
    request: AnyRequest, decision_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    found = await _decision(request, decision_id)
    form = form or Form()
    return page(
        request,
        "deciding/appeal_form.html",
        status=status,
        get_path=f"/decisions/{decision_id}/appeal",
        decision=found,
        by_provider=actor.role is Role.PROVIDER_USER,
        late=came_late(held.now(), last_day=found.last_day, closes=found.closes),
        came_by=[(code, text) for code, text in options(CAME_BY) if code != "page"],
        today=local_date(held.now()),
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST_APPEAL,
    )


@get("/decisions/{decision_id:uuid}/appeal", who=PARTIES, include_in_schema=False)
async def appeal_form(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """The provider asks for a review; the officer enters one that came otherwise."""
    return await appeal_page(request, decision_id)


@post("/decisions/{decision_id:uuid}/appeal", who=PARTIES, include_in_schema=False)
async def appeal(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    by_provider = signed_in(request).role is Role.PROVIDER_USER
    form = await read_form(request)
    values: dict[str, Any] = {"decision_id": decision_id}
    if not by_provider:
        values["came_by"] = form.choice("came_by", [code for code in CAME_BY if code != "page"])
        values["arrived_at"] = _arrival(form)
    values["text"] = form.text("appeal_text", longest=LONGEST_APPEAL, lines=True)
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "appeal.receive", receive_appeal, values, body):
        return redirect(f"/decisions/{decision_id}?done={'appealed' if by_provider else 'entered'}")
    return await appeal_page(request, decision_id, form, 409 if "" in form.errors else 422)


def _arrival(form: Form) -> datetime | None:
    day = form.day("arrived_at")
    clock = form.text("arrived_clock", longest=5)
    try:
        at = time.fromisoformat(clock.replace(".", ":").zfill(5))
    except ValueError:
        if clock:
            form.fail("arrived_clock", "field.not_a_time")
        return None
    return datetime.combine(day, at, tzinfo=HELSINKI) if day else None


@post("/decisions/{decision_id:uuid}/appeal/withdrawal", who=PROVIDER, include_in_schema=False)
async def withdraw(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    appeal_id = form.identifier("appeal")
    key = form.key()
    if form.ok and appeal_id:

        async def run(session: Any) -> Answer:
            await withdraw_appeal(session, actor=actor, now=held.now(), appeal_id=appeal_id)
            return {"id": str(appeal_id)}

        try:
            body = {"appeal": str(appeal_id)}
            await once(request, operation="appeal.withdraw", key=key, body=body, run=run)
        except DomainError as error:
            form.blame(error)
            return await appeal_page(request, decision_id, form, 409)
    return redirect(f"/decisions/{decision_id}?done=withdrawn")


ROUTES: list[Any] = [
    show_decision,
    show_pdf,
    show_hearing,
    answer,
    appeal_form,
    appeal,
    withdraw,
]
