"""Quality alarms at the register officer's desk: read with their evidence, and decided with a note."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.alarms.commands import decide_alarm
from registry.quality.alarms.queries import AlarmView, alarm, alarms, earlier_alarms
from registry.quality.alarms.rules import AlarmState
from registry.shared.errors import Invalid, NotFound, Refused
from web.alarm_words import alarm_state, alarm_text, evidence
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.oversight_findings import OFFICER, flashes
from web.services import services, signed_in
from web.translations import N_

AnyRequest = Request[Any, Any, Any]

PER_PAGE: Final = 50
DONE: Final[dict[str, str]] = {"decided": N_("The alarm was decided, and its case is done.")}
DECISIONS: Final = (str(AlarmState.EXPLAINED), str(AlarmState.CONFIRMED))
LONGEST: Final = 2_000


def _row(found: AlarmView) -> dict[str, Any]:
    text, colour = alarm_state(found.state)
    return {"alarm": found, "text": alarm_text(found.kind), "state": text, "colour": colour}


@get("/oversight/alarms", who=OFFICER, include_in_schema=False)
async def alarm_list(request: AnyRequest, number: FromQuery[str] = "1") -> Response[str]:
    """All alarms, the open ones first."""
    held, actor = services(request), signed_in(request)
    current = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    async with held.database.transaction(actor.sight) as session:
        found, total = await alarms(session, limit=PER_PAGE, offset=(current - 1) * PER_PAGE)
    return page(
        request,
        "oversight/alarms.html",
        rows=[_row(one) for one in found],
        current=current,
        last=max(1, -(-total // PER_PAGE)),
    )


async def _page(
    request: AnyRequest, alarm_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await alarm(session, alarm_id=alarm_id)
        if found is None:
            raise NotFound("alarm.unknown")
        others = await earlier_alarms(session, found)
    return page(
        request,
        "oversight/alarm.html",
        status=status,
        get_path=f"/oversight/alarms/{alarm_id}",
        row=_row(found),
        alarm=found,
        evidence=evidence(found.kind, found.facts),
        others=[_row(one) for one in others],
        longest=LONGEST,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flashes(DONE, done),
    )


@get("/oversight/alarms/{alarm_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_alarm(
    request: AnyRequest, alarm_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What was seen, against what, what may explain it, and the form that decides it."""
    return await _page(request, alarm_id, Form(), done=done)


@post("/oversight/alarms/{alarm_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, alarm_id: FromPath[UUID]) -> Response[str]:
    """Explained or confirmed, with a note."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    state = form.choice("state", DECISIONS)
    note = form.text("note", longest=LONGEST, lines=True)
    if not form.ok:
        return await _page(request, alarm_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await decide_alarm(
            session, actor=actor, now=held.now(), alarm_id=alarm_id, state=AlarmState(state), note=note
        )
        return {}

    body = {"alarm": str(alarm_id), "state": state, "note": note}
    try:
        await once(request, operation="alarm.decide", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, alarm_id, form, status_of(error))
    return redirect(f"/oversight/alarms/{alarm_id}?done=decided")


ROUTES: list[Any] = [alarm_list, show_alarm, decide]
