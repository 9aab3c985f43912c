"""The pick and changing it: by the client, or by the case worker with the client at the counter or on the phone."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands import Proposal, pick, proposal
from registry.choice.queries import own_voucher
from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from web.choice_addresses import base_of, compare_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.choice import CASE_WORKER, CLIENT, own_base, staff_base
from web.pages.matters import picked, with_query
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]

COUNTER_CHANNELS: Final = {"counter": N_("At the counter"), "phone": N_("By phone")}
SPEAKERS: Final = {"client": N_("The client"), "guardian": N_("The client’s guardian")}

Heard = tuple[str, str | None]
"""How it came in, and from whom where a case worker records it."""


def itself(form: Form) -> Heard:
    """The one who is signed in acts."""
    return "self", None


def heard(form: Form) -> Heard:
    """What the case worker says of how and from whom it was heard."""
    return form.choice("channel", COUNTER_CHANNELS), form.choice("said_by", SPEAKERS)


def speech_options() -> dict[str, Any]:
    """The options of both fields, for a page."""
    return {
        "channels": [(code, gettext(text)) for code, text in COUNTER_CHANNELS.items()],
        "speakers": [(code, gettext(text)) for code, text in SPEAKERS.items()],
    }


async def _summary(
    request: AnyRequest, voucher_id: UUID, admission_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    """What is about to be chosen and what follows, to be confirmed."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        proposed: Proposal = await proposal(
            session, now=held.now(), voucher_id=voucher_id, admission_id=admission_id
        )
        current = (await own_voucher(session, voucher_id=voucher_id)).chosen
    for_client = actor.role is Role.CLIENT
    base = base_of(actor, voucher_id)
    back = compare_of(actor, voucher_id) + with_query(picked(request))
    return page(
        request,
        "choice/summary.html",
        status=status,
        get_path=compare_of(actor, voucher_id),
        proposed=proposed,
        held=proposed.held,
        current=current,
        action=f"{base}/choose/{admission_id}",
        back=back,
        for_client=for_client,
        **speech_options(),
        filled=form,
        errors=form.errors,
        key=new_key(),
        languages_text=languages_text,
    )


async def _choose(
    request: AnyRequest, voucher_id: UUID, admission_id: UUID, said: Callable[[Form], Heard], done: str
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    (by, said_by), shown_id = said(form), form.identifier("shown", required=False)
    if not form.ok:
        return await _summary(request, voucher_id, admission_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        assignment_id = await pick(
            session,
            actor=actor,
            now=held.now(),
            voucher_id=voucher_id,
            admission_id=admission_id,
            channel=by,
            said_by=said_by,
            shown_id=shown_id,
        )
        return {"assignment": str(assignment_id)}

    body = {
        "voucher": str(voucher_id),
        "admission": str(admission_id),
        "channel": by,
        "said_by": said_by,
        "shown": str(shown_id) if shown_id else None,
    }
    try:
        await once(request, operation="choice.choose", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _summary(request, voucher_id, admission_id, form, 409)
    return redirect(done)


def _shown(request: AnyRequest) -> Form:
    form = Form()
    form.set("shown", request.query_params.get("shown", ""))
    return form


@get("/my/vouchers/{voucher_id:uuid}/choose/{admission_id:uuid}", who=CLIENT, include_in_schema=False)
async def confirm_own(
    request: AnyRequest, voucher_id: FromPath[UUID], admission_id: FromPath[UUID]
) -> Response[str]:
    """The summary that the client confirms."""
    return await _summary(request, voucher_id, admission_id, _shown(request))


@post("/my/vouchers/{voucher_id:uuid}/choose/{admission_id:uuid}", who=CLIENT, include_in_schema=False)
async def choose_own(
    request: AnyRequest, voucher_id: FromPath[UUID], admission_id: FromPath[UUID]
) -> Response[str]:
    """The client picks."""
    done = f"{own_base(voucher_id)}/chosen"
    return await _choose(request, voucher_id, admission_id, itself, done)


@get("/vouchers/{voucher_id:uuid}/choose/{admission_id:uuid}", who=CASE_WORKER, include_in_schema=False)
async def confirm_with_client(
    request: AnyRequest, voucher_id: FromPath[UUID], admission_id: FromPath[UUID]
) -> Response[str]:
    """The summary that the case worker reads to the client."""
    return await _summary(request, voucher_id, admission_id, _shown(request))


@post("/vouchers/{voucher_id:uuid}/choose/{admission_id:uuid}", who=CASE_WORKER, include_in_schema=False)
async def choose_with_client(
    request: AnyRequest, voucher_id: FromPath[UUID], admission_id: FromPath[UUID]
) -> Response[str]:
    """The case worker records what the client said at the counter or on the phone."""
    return await _choose(request, voucher_id, admission_id, heard, staff_base(voucher_id))


ROUTES: list[Any] = [confirm_own, choose_own, confirm_with_client, choose_with_client]
