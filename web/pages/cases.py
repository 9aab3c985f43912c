"""Cases: the list of what is to be done, and the page of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.queries import history
from registry.cases.commands import close_case, take_case
from registry.cases.queries import CaseView, case_view, closed_cases, counts, open_cases
from registry.cases.rules import ANSWERED_TO_CLIENT, CLOSED_BY_DECIDING
from registry.messages.case_providers import provider_behind
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.period import local_date
from registry.vouchers.reading import log_listed
from web.case_details import case_details
from web.case_texts import CaseText, case_text
from web.events import shown
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.navigation import ROLE_LABELS
from web.page import new_key, page, redirect
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

HANDLERS: Final = frozenset(
    {Role.CASE_WORKER, Role.REGISTER_OFFICER, Role.FINANCE_OFFICER, Role.ORGANISER_ADMINISTRATOR}
)
VIEWS: Final = ("mine", "all", "done")
DONE: Final[dict[str, str]] = {"closed": N_("The case is marked as done.")}
SUBJECT_PAGES: Final[dict[str, str]] = {
    "client": "/clients/{id}",
    "voucher": "/vouchers/{id}",
    "statement": "/statements/{id}",
    "published_comment": "/comments/{id}/reports",
    "no_show": "/no-shows/{id}",
    "line_dispute": "/disputes/{id}",
    "visit": "/visits/{id}",
    "milestone": "/milestones/{id}",
    "decision": "/decisions/{id}",
    "admission": "/applications/register/{id}",
    "representation": "/applications/representatives/{id}",
    "corrective": "/oversight/corrections/{id}",
    "offline_visit": "/offline-visits/{id}",
    "complaint": "/oversight/complaints/{id}",
    "finding": "/oversight/findings/{id}",
    "release_objection": "/oversight/objections/{id}",
    "redemption_alarm": "/redemption-alarms/{id}",
    "quality_alarm": "/oversight/alarms/{id}",
}
LONGEST_RESOLUTION: Final = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A case on the list."""

    case: CaseView
    text: CaseText
    overdue: bool


def subject_href(case: CaseView) -> str | None:
    """The page of what the case is about, where there is one."""
    if case.subject_kind == "correction":
        return f"/clients/{case.client_id}"
    pattern = SUBJECT_PAGES.get(case.subject_kind)
    return pattern.replace("{id}", str(case.subject_id)) if pattern else None


def _next(view: str, place: tuple[date, UUID] | None) -> str | None:
    return f"/cases?view={view}&after={cursor(place[0].isoformat(), str(place[1]))}" if place else None


async def _log_names(session: AsyncSession, actor: Actor, now: datetime, cases: Sequence[CaseView]) -> None:
    """The client may see who saw the name on a list of tasks."""
    clients = [(case.client_id, case.organiser_id) for case in cases if case.client_id and case.client_name]
    await log_listed(session, actor=actor, now=now, clients=clients, what="case", reason="own_caseload")


@get("/cases", who=HANDLERS, include_in_schema=False)
async def case_list(
    request: AnyRequest,
    view: FromQuery[str] = "mine",
    after: FromQuery[str | None] = None,
    done: FromQuery[str] = "",
) -> Response[str]:
    """What is to be done: one's own and what nobody has taken, due first; or the whole role's; or what was done."""
    actor, held = signed_in(request), services(request)
    view = view if view in VIEWS else "mine"
    place = read_cursor(after, date.fromisoformat, UUID)
    async with held.database.transaction(actor.sight) as session:
        mine = await counts(session, actor=actor)
        everyone = await counts(session, actor=actor, others=True)
        following = None
        if view == "done":
            cases = await closed_cases(session, actor=actor)
        else:
            cases, following = await open_cases(
                session,
                actor=actor,
                others=view == "all",
                after=(place[0], place[1]) if place else None,
            )
        await _log_names(session, actor, held.now(), cases)
    today = local_date(held.now())
    tabs = [
        ("/cases", gettext("Mine"), view == "mine", sum(mine.values())),
        ("/cases?view=all", gettext("All of my role"), view == "all", sum(everyone.values())),
        ("/cases?view=done", gettext("Done"), view == "done", None),
    ]
    return page(
        request,
        "cases/cases.html",
        view=view,
        tabs=tabs,
        rows=[Row(c, case_text(c.kind), c.is_open and c.due_on < today) for c in cases],
        next_href=_next(view, following),
        first_href=f"/cases?view={view}" if after else None,
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


async def _case_page(request: AnyRequest, case_id: UUID, form: Form, status: int = 200) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        case = await case_view(session, case_id=case_id, reader_id=actor.id)
        if case is None or not _handles(actor, case):
            raise NotFound("case.unknown")
        await _log_names(session, actor, held.now(), [case])
        provider = await provider_behind(session, subject_kind=case.subject_kind, subject_id=case.subject_id)
        events = await shown(session, await history(session, subject_id=case_id), viewer=actor)
    return page(
        request,
        "cases/case.html",
        status=status,
        get_path=f"/cases/{case_id}",
        case=case,
        text=case_text(case.kind),
        role_label=gettext(ROLE_LABELS[Role(case.role)]),
        answered=case.kind in ANSWERED_TO_CLIENT,
        decided=case.kind in CLOSED_BY_DECIDING,
        details=case_details(case.kind, case.facts, own=case.owner_id in (None, actor.id)),
        subject_href=subject_href(case),
        provider=provider,
        overdue=case.is_open and case.due_on < local_date(held.now()),
        mine=case.owner_id == actor.id,
        events=events[::-1],
        form=form,
        errors=form.errors,
        key=new_key(),
    )


def _handles(actor: Actor, case: CaseView) -> bool:
    return case.owner_id == actor.id or case.role == str(actor.role)


@get("/cases/{case_id:uuid}", who=HANDLERS, include_in_schema=False)
async def case_page(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """A case: what, why, by when, and the form that closes it."""
    return await _case_page(request, case_id, Form())


@post("/cases/{case_id:uuid}/take", who=HANDLERS, include_in_schema=False)
async def take(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """Make the case one's own."""
    form = await read_form(request)
    actor, held = signed_in(request), services(request)

    async def run(session: AsyncSession) -> Answer:
        await require_handler(session, actor, case_id)
        await take_case(session, actor=actor, now=held.now(), case_id=case_id)
        return {"id": str(case_id)}

    await once(request, operation="case.take", key=form.key(), body={"case": str(case_id)}, run=run)
    return redirect(f"/cases/{case_id}")


@post("/cases/{case_id:uuid}/close", who=HANDLERS, include_in_schema=False)
async def close(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """Close the case with what was done about it."""
    form = await read_form(request)
    actor, held = signed_in(request), services(request)
    resolution = form.text("resolution", longest=LONGEST_RESOLUTION, lines=True)
    key = form.key()
    if not form.ok:
        return await _case_page(request, case_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await require_handler(session, actor, case_id)
        await close_case(session, actor=actor, now=held.now(), case_id=case_id, resolution=resolution)
        return {"id": str(case_id)}

    body = {"case": str(case_id), "resolution": resolution}
    try:
        await once(request, operation="case.close", key=key, body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _case_page(request, case_id, form, 409)
    return redirect("/cases?done=closed")


async def require_handler(session: AsyncSession, actor: Actor, case_id: UUID) -> None:
    """A case of another role is as unknown as one of another organiser."""
    case = await case_view(session, case_id=case_id)
    if case is None or not _handles(actor, case):
        raise NotFound("case.unknown")


ROUTES: list[Any] = [case_list, case_page, take, close]
