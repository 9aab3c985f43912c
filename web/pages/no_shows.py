"""Notes that a client did not come: made by the provider, contested by the client, taken away when they were wrong."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.vouchers.no_shows.commands import contest_no_show, record_no_show, remove_no_show
from registry.vouchers.no_shows.queries import no_shows
from web.errors import status_of
from web.forms import read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.meeting import meeting_form
from web.pages.redeeming import voucher_page
from web.pages.redemption import PROVIDER
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

CLIENT: Final = frozenset({Role.CLIENT})
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})


@post("/provider/vouchers/{presentation_id:uuid}/no-shows", who=PROVIDER, include_in_schema=False)
async def note(request: AnyRequest, presentation_id: FromPath[UUID]) -> Response[str]:
    """The provider notes that its client did not come on a day."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    day = form.day("agreed_for")
    if not form.ok or day is None:
        return await voucher_page(request, presentation_id, missed=form, status=422)

    async def run(session: AsyncSession) -> Answer:
        made = await record_no_show(
            session, actor=actor, now=held.now(), presentation_id=presentation_id, agreed_for=day
        )
        return {"id": str(made)}

    body = {"presentation": str(presentation_id), "agreed_for": day.isoformat()}
    try:
        await once(request, operation="no_show.record", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.fail("agreed_for", error.code, **error.facts)
        return await voucher_page(request, presentation_id, missed=form, status=status_of(error))
    return redirect(f"/provider/vouchers/{presentation_id}?done=no_show")


@post("/provider/requests/{assignment_id:uuid}/no-shows", who=PROVIDER, include_in_schema=False)
async def note_first(request: AnyRequest, assignment_id: FromPath[UUID]) -> Response[str]:
    """The same of a client who was confirmed and never came to show the voucher."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    day = form.day("agreed_for")
    if not form.ok or day is None:
        return await meeting_form(request, assignment_id, missed=form, status=422)

    async def run(session: AsyncSession) -> Answer:
        made = await record_no_show(
            session, actor=actor, now=held.now(), assignment_id=assignment_id, agreed_for=day
        )
        return {"id": str(made)}

    body = {"assignment": str(assignment_id), "agreed_for": day.isoformat()}
    try:
        await once(request, operation="no_show.record", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.fail("agreed_for", error.code, **error.facts)
        return await meeting_form(request, assignment_id, missed=form, status=status_of(error))
    return redirect("/provider?done=no_show")


@post(
    "/provider/vouchers/{presentation_id:uuid}/no-shows/{no_show_id:uuid}/remove",
    who=PROVIDER,
    include_in_schema=False,
)
async def take_back(
    request: AnyRequest, presentation_id: FromPath[UUID], no_show_id: FromPath[UUID]
) -> Response[str]:
    """The provider takes its own note back."""
    await _remove(request, no_show_id)
    return redirect(f"/provider/vouchers/{presentation_id}?done=no_show_removed")


async def _remove(request: AnyRequest, no_show_id: UUID) -> Answer:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> Answer:
        voucher_id = await remove_no_show(session, actor=actor, now=held.now(), no_show_id=no_show_id)
        return {"voucher": str(voucher_id)}

    body = {"no_show": str(no_show_id)}
    return await once(request, operation="no_show.remove", key=form.key(), body=body, run=run)


@post("/my/no-shows/{no_show_id:uuid}/contest", who=CLIENT, include_in_schema=False)
async def contest(request: AnyRequest, no_show_id: FromPath[UUID]) -> Response[str]:
    """The client says that it is not so."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> Answer:
        await contest_no_show(session, actor=actor, now=held.now(), no_show_id=no_show_id)
        return {"id": str(no_show_id)}

    body = {"no_show": str(no_show_id)}
    await once(request, operation="no_show.contest", key=form.key(), body=body, run=run)
    return redirect("/my/data")


@get("/no-shows/{no_show_id:uuid}", who=CASE_WORKER, include_in_schema=False)
async def contested(request: AnyRequest, no_show_id: FromPath[UUID]) -> Response[str]:
    """What the client says is not so, for the case worker whose task it is. No name is needed for it."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await no_shows(session, no_show_id=no_show_id)
    if not found:
        raise NotFound("no_show.unknown")
    return page(request, "vouchers/no_show.html", row=found[0], key=new_key())


@post("/no-shows/{no_show_id:uuid}/remove", who=CASE_WORKER, include_in_schema=False)
async def remove(request: AnyRequest, no_show_id: FromPath[UUID]) -> Response[str]:
    """The case worker takes a wrong note away; the task about it is done with that."""
    await _remove(request, no_show_id)
    return redirect("/cases?done=closed")


ROUTES: list[Any] = [note, note_first, take_back, contest, contested, remove]
