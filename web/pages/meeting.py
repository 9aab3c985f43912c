"""The provider proposes a first time: with its answer to a client's choice, or after it."""

from datetime import UTC, datetime, time
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from registry.shared.period import HELSINKI, local_date
from registry.vouchers.commands import confirm, propose_meeting
from registry.vouchers.queries import MeetingPick, meeting_pick
from registry.vouchers.reading import log_listed
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
LONGEST_PLACE: Final = 200


async def _pick(request: AnyRequest, assignment_id: UUID) -> MeetingPick:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await meeting_pick(session, actor=actor, assignment_id=assignment_id)
        if found is None:
            raise Refused("choice.answered_already")
        if found.client_name is not None:
            await log_listed(
                session,
                actor=actor,
                now=held.now(),
                clients=[(found.client_id, found.organiser_id)],
                what="person",
                reason="chosen_provider",
            )
    return found


def _page(
    request: AnyRequest, pick: MeetingPick, form: Form, status: int = 200, missed: Form | None = None
) -> Response[str]:
    return page(
        request,
        "redemption/meeting.html",
        status=status,
        get_path=f"/provider/requests/{pick.id}/meeting",
        pick=pick,
        today=local_date(services(request).now()),
        longest=LONGEST_PLACE,
        filled=form,
        missed=missed or Form(),
        errors=form.errors or (missed.errors if missed else {}),
        key=new_key(),
    )


@get("/provider/requests/{assignment_id:uuid}/meeting", who=PROVIDER, include_in_schema=False)
async def meeting_page(request: AnyRequest, assignment_id: FromPath[UUID]) -> Response[str]:
    """Day, time and place; with the answer, where it has not been given yet."""
    return await meeting_form(request, assignment_id)


async def meeting_form(
    request: AnyRequest, assignment_id: UUID, *, missed: Form | None = None, status: int = 200
) -> Response[str]:
    """The page with what was proposed so far; `missed` is a note that the client did not come, to be mended."""
    pick = await _pick(request, assignment_id)
    form = Form()
    if pick.meeting_at is not None:
        local = pick.meeting_at.astimezone(HELSINKI)
        form.set("day", local.date().isoformat())
        form.set("time", f"{local:%H:%M}")
        form.set("place", pick.meeting_place or "")
    return _page(request, pick, form, status, missed)


def read_moment(form: Form) -> datetime | None:
    """Day and time of day in Finland."""
    day, typed = form.day("day"), form.text("time", longest=5).replace(".", ":")
    if day is None or not typed:
        return None
    try:
        at = time.fromisoformat(typed.zfill(5))
    except ValueError:
        form.fail("time", "field.not_a_time")
        return None
    return datetime.combine(day, at, HELSINKI).astimezone(UTC)


@post("/provider/requests/{assignment_id:uuid}/meeting", who=PROVIDER, include_in_schema=False)
async def propose(request: AnyRequest, assignment_id: FromPath[UUID]) -> Response[str]:
    """Propose the time, and take the client where that has not been done yet."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    at, place = read_moment(form), form.text("place", longest=LONGEST_PLACE, required=False)
    pick = await _pick(request, assignment_id)
    if not form.ok or at is None:
        return _page(request, pick, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        now = held.now()
        if pick.confirmed:
            await propose_meeting(
                session, actor=actor, now=now, assignment_id=assignment_id, at=at, place=place
            )
        else:
            await confirm(
                session, actor=actor, now=now, assignment_id=assignment_id, meeting_at=at, place=place
            )
        return {}

    body = {"assignment": str(assignment_id), "at": at.isoformat(), "place": place}
    try:
        await once(request, operation="choice.meeting", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return _page(request, await _pick(request, assignment_id), form, status_of(error))
    return redirect(f"/provider?done={'proposed' if pick.confirmed else 'confirmed'}")


ROUTES: list[Any] = [meeting_page, propose]
