"""Clients' complaints at the register officer's desk: read, decided in words."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.quality.complaints.commands import decide_complaint
from registry.quality.complaints.queries import ComplaintView, complaints
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.texts import PASSAGE
from web.complaint_words import ABOUT_TEXTS
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.oversight_findings import OFFICER, flashes
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]

DONE: Final[dict[str, str]] = {
    "decided": N_(
        "The complaint was decided. The client has been told and reads what you found."
        " The provider has been told how it ended."
    ),
}
STATES: Final[dict[str, tuple[str, str]]] = {
    "open": (N_("Waiting for a decision"), "warning"),
    "upheld": (N_("Upheld"), "danger"),
    "not_upheld": (N_("Not upheld"), "neutral"),
    "withdrawn": (N_("Taken back"), "neutral"),
}


def _state(row: ComplaintView) -> tuple[str, str]:
    text, colour = STATES[row.state]
    return gettext(text), colour


@get("/oversight/complaints", who=OFFICER, include_in_schema=False)
async def complaint_list(request: AnyRequest) -> Response[str]:
    """All complaints, the open ones first; what was written and by whom is on each one's page alone."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await complaints(session)
    lang = current_language.get()
    return page(
        request,
        "oversight/complaints.html",
        rows=[
            (row, gettext(ABOUT_TEXTS[row.about]), row.service[lang], *_state(row))
            for row in sorted(found, key=lambda row: row.state != "open")
        ],
    )


async def _page(
    request: AnyRequest, complaint_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await complaints(session, complaint_id=complaint_id)
        if not found:
            raise NotFound("complaint.unknown")
        (row,) = found
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=row.client_id,
            organiser_id=row.organiser_id,
            what="complaint",
            reason="complaint",
        )
    text, colour = _state(row)
    return page(
        request,
        "oversight/complaint.html",
        status=status,
        get_path=f"/oversight/complaints/{complaint_id}",
        row=row,
        about=gettext(ABOUT_TEXTS[row.about]),
        service=row.service[current_language.get()],
        state_text=text,
        colour=colour,
        longest=PASSAGE,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flashes(DONE, done),
    )


@get("/oversight/complaints/{complaint_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_complaint(
    request: AnyRequest, complaint_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What the client wrote, and the form that decides it. The client sees that it was read."""
    return await _page(request, complaint_id, Form(), done=done)


@post("/oversight/complaints/{complaint_id:uuid}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[str]:
    """Uphold it or not, in words."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    upheld = form.choice("upheld", ("yes", "no"))
    words = form.text("findings", longest=PASSAGE, lines=True)
    if not form.ok:
        return await _page(request, complaint_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await decide_complaint(
            session,
            actor=actor,
            now=held.now(),
            complaint_id=complaint_id,
            upheld=upheld == "yes",
            findings=words,
        )
        return {}

    body = {"complaint": str(complaint_id), "upheld": upheld, "findings": words}
    try:
        await once(request, operation="complaint.decide", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, complaint_id, form, status_of(error))
    return redirect(f"/oversight/complaints/{complaint_id}?done=decided")


ROUTES: list[Any] = [complaint_list, show_complaint, decide]
