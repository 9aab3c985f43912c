"""A client's complaints about a provider: made, followed, read, taken back."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.rules import CASE_KINDS
from registry.choice.queries import ever_chosen, own_voucher
from registry.people.commands import log_read
from registry.quality.complaints.commands import MADE, file_complaint, withdraw_complaint
from registry.quality.complaints.queries import ComplaintView, complaints
from registry.quality.complaints.rules import ABOUT
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.texts import PASSAGE
from web.complaint_words import ABOUT_TEXTS, STATE_COLOURS, STATE_TEXTS
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.choice import CLIENT, own_base
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]

DONE: Final = {
    "made": N_("Your complaint has been sent."),
    "withdrawn": N_("You took the complaint back."),
}


def _state(complaint: ComplaintView) -> tuple[str, str]:
    """How far it has come, in words, and its colour."""
    return gettext(STATE_TEXTS[complaint.state]), STATE_COLOURS[complaint.state]


async def _form_page(request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
        providers = await ever_chosen(session, voucher_id=voucher_id)
    if len(providers) == 1 and not form.value("provider"):
        form.set("provider", str(providers[0][0]))
    return page(
        request,
        "complaints/make.html",
        status=status,
        get_path=f"{own_base(voucher_id)}/complain",
        action=f"{own_base(voucher_id)}/complain",
        service=voucher.held.service.in_language(current_language.get()),
        organiser=voucher.held.organiser.in_language(current_language.get()),
        phone=voucher.held.organiser_phone,
        providers=[(str(provider_id), name) for provider_id, name in providers],
        about=[(code, gettext(ABOUT_TEXTS[code])) for code in ABOUT],
        days=CASE_KINDS[MADE].days,
        longest=PASSAGE,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/my/vouchers/{voucher_id:uuid}/complain", who=CLIENT, include_in_schema=False)
async def complaining(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """About which provider, about what, and in the client's own words."""
    return await _form_page(request, voucher_id, Form())


@post("/my/vouchers/{voucher_id:uuid}/complain", who=CLIENT, include_in_schema=False)
async def complain(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    provider_id, about = form.identifier("provider"), form.choice("about", ABOUT)
    words = form.text("words", longest=PASSAGE, lines=True)
    if not form.ok or provider_id is None:
        return await _form_page(request, voucher_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await file_complaint(
            session,
            actor=actor,
            now=held.now(),
            voucher_id=voucher_id,
            provider_id=provider_id,
            about=about,
            words=words,
        )
        return {"complaint": str(made)}

    body = {"voucher": str(voucher_id), "provider": str(provider_id), "about": about, "words": words}
    try:
        done = await once(request, operation="complaint.make", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _form_page(request, voucher_id, form, status_of(error))
    return redirect(f"/my/complaints/{done['complaint']}?done=made")


@get("/my/complaints", who=CLIENT, include_in_schema=False)
async def own_complaints(request: AnyRequest) -> Response[str]:
    """The client's own, newest first."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await complaints(session)
    return page(request, "complaints/list.html", complaints=[(row, *_state(row)) for row in found])


async def _one(request: AnyRequest, complaint_id: UUID) -> ComplaintView:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await complaints(session, complaint_id=complaint_id)
        if not found:
            raise NotFound("complaint.unknown")
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=found[0].client_id,
            organiser_id=found[0].organiser_id,
            what="complaint",
            reason="own_data",
        )
    return found[0]


async def _one_page(
    request: AnyRequest, complaint_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    complaint = await _one(request, complaint_id)
    text, colour = _state(complaint)
    return page(
        request,
        "complaints/own.html",
        status=status,
        get_path=f"/my/complaints/{complaint_id}",
        complaint=complaint,
        about=gettext(ABOUT_TEXTS[complaint.about]),
        state_text=text,
        colour=colour,
        days=CASE_KINDS[MADE].days,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/my/complaints/{complaint_id:uuid}", who=CLIENT, include_in_schema=False)
async def own_complaint(
    request: AnyRequest, complaint_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What was written, how far it has come, and what was found."""
    return await _one_page(request, complaint_id, Form(), done=done)


@post("/my/complaints/{complaint_id:uuid}/withdraw", who=CLIENT, include_in_schema=False)
async def withdraw(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[str]:
    """Take it back; what has been decided stays decided."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await withdraw_complaint(session, actor=actor, now=held.now(), complaint_id=complaint_id)
        return {}

    try:
        body = {"complaint": str(complaint_id)}
        await once(request, operation="complaint.withdraw", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _one_page(request, complaint_id, form, status_of(error))
    return redirect(f"/my/complaints/{complaint_id}?done=withdrawn")


ROUTES: list[Any] = [complaining, complain, own_complaints, own_complaint, withdraw]
