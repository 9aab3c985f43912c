"""The auditor's search over all events, and the page of each event with its proof."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import rfc8785
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.queries import Cursor, Event, Search, event, search
from registry.people.commands import log_read
from registry.shared.actor import Actor, Role
from registry.shared.errors import NotFound
from registry.shared.identifiers import clean_code, is_voucher_number
from registry.shared.period import end_of_day, start_of_day
from registry.vouchers.model import Voucher
from web.event_details import SUBJECTS
from web.event_texts import TITLES
from web.events import shown
from web.forms import Form
from web.page import page
from web.schema import cursor, read_cursor
from web.services import services, signed_in
from web.translations import gettext

AnyRequest = Request[Any, Any, Any]
AUDITORS: Final = frozenset({Role.AUDITOR})
FIELDS: Final = ("about", "actor", "action", "from", "to")
PAGE: Final = 50


def _form(request: AnyRequest) -> Form:
    return Form(
        {name: [str(request.query_params[name])] for name in FIELDS if request.query_params.get(name)}
    )


async def _wanted(session: AsyncSession, form: Form) -> Search:
    """What the form asks for; its errors are noted on the form. A voucher may be named by its number, as people do."""
    about = form.text("about", longest=100, required=False)
    first, last = form.day("from", required=False), form.day("to", required=False)
    if first and last and last < first:
        form.fail("to", "audit.period_backwards")
    return Search(
        subject_id=await _subject(session, form, about) if about else None,
        actor_id=form.identifier("actor", required=False),
        action=form.choice("action", {*SUBJECTS, *TITLES}, required=False) or None,
        since=start_of_day(first) if first else None,
        until=end_of_day(last) if last else None,
    )


async def _subject(session: AsyncSession, form: Form, about: str) -> UUID | None:
    number = clean_code(about)
    if is_voucher_number(number):
        voucher_id = await session.scalar(select(Voucher.id).where(Voucher.number == number))
        if voucher_id is None:
            form.fail("about", "audit.nothing_with_number")
        return voucher_id
    try:
        return UUID(about)
    except ValueError:
        form.fail("about", "audit.not_an_id")
        return None


async def log_voucher_read(session: AsyncSession, *, actor: Actor, now: datetime, voucher_id: UUID) -> None:
    """An auditor who looks at a voucher's events has read a client's data, and the client may see that."""
    row = (
        await session.execute(select(Voucher.client_id, Voucher.organiser_id).where(Voucher.id == voucher_id))
    ).one_or_none()
    if row is not None:
        log_read(
            session,
            actor=actor,
            now=now,
            client_id=row.client_id,
            organiser_id=row.organiser_id,
            what="audit",
            reason="audit",
        )


@get("/audit", who=AUDITORS, include_in_schema=False)
async def audit_search(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[str]:
    """Events by what they are about, who did them, what was done and when, newest first."""
    actor, held = signed_in(request), services(request)
    form = _form(request)
    place = read_cursor(after, datetime.fromisoformat, UUID)
    events: list[Event] = []
    following: Cursor | None = None
    async with held.database.transaction(actor.sight) as session:
        wanted = await _wanted(session, form)
        if form.ok:
            events, following = await search(
                session,
                organiser_ids=actor.sight.organisers,
                wanted=wanted,
                after=Cursor(*place) if place else None,
                limit=PAGE,
            )
            if wanted.subject_id is not None:
                await log_voucher_read(session, actor=actor, now=held.now(), voucher_id=wanted.subject_id)
        rows = await shown(session, events, viewer=actor)
    asked = {name: form.value(name) for name in FIELDS if form.value(name)}
    return page(
        request,
        "audit/search.html",
        status=200 if form.ok else 422,
        form=form,
        errors=form.errors,
        rows=rows,
        actions=_actions(form.value("action")),
        asked=bool(asked),
        first_href="/audit?" + urlencode(asked) if after else None,
        next_href="/audit?"
        + urlencode({**asked, "after": cursor(following.at.isoformat(), str(following.id))})
        if following
        else None,
    )


def _actions(picked: str) -> list[tuple[str, str]]:
    """What can be picked in the search: whole subjects; a single action comes from an event's own page."""
    offered = [(value, gettext(label)) for value, label in SUBJECTS.items()]
    if picked in TITLES:
        offered.insert(0, (picked, gettext(TITLES[picked])))
    return offered


@get("/audit/events/{event_id:uuid}", who=AUDITORS, include_in_schema=False)
async def event_page(request: AnyRequest, event_id: FromPath[UUID]) -> Response[str]:
    """An event as it was stored, and whether it still fits its hash."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await event(session, event_id=event_id)
        if found is None:
            raise NotFound("audit.unknown")
        if found.voucher_id is not None:
            await log_voucher_read(session, actor=actor, now=held.now(), voucher_id=found.voucher_id)
        (row,) = await shown(session, [found], viewer=replace(actor, id=None))
    return page(
        request,
        "audit/event.html",
        event=found,
        row=row,
        canonical=rfc8785.dumps(found.document()).decode(),
        facts=[(name, _fact(value)) for name, value in sorted(found.facts.items()) if value is not None],
    )


def _fact(value: Any) -> str:
    """A fact as it was stored: codes and numbers, for comparing."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, (dict, list)):
        return rfc8785.dumps(value).decode()
    return str(value)


ROUTES: list[Any] = [audit_search, event_page]
