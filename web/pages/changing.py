"""A case worker raises, lowers or lengthens a voucher that was granted."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import grouped
from registry.vouchers.changing.commands import extend_voucher, lower_voucher, raise_voucher
from registry.vouchers.changing.rules import CHANGE_REASONS, ChangeKind
from registry.vouchers.queries import VoucherView, client_names, voucher_view
from registry.vouchers.reading import reason_to_read
from web.change_words import CHANGE_TITLES, REASON_TEXTS
from web.errors import status_of
from web.forms import Form, read_form
from web.hearing import hearing_body, hearing_choices, read_hearing
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.clients import why_page
from web.services import services, signed_in
from web.translations import current_language, gettext

AnyRequest = Request[Any, Any, Any]

CASE_WORKER: Final = frozenset({Role.CASE_WORKER})
KINDS: Final = {"raise": ChangeKind.RAISED, "lower": ChangeKind.LOWERED, "extend": ChangeKind.EXTENDED}


def _kind(word: str) -> ChangeKind:
    if word not in KINDS:
        raise NotFound("request.not_found")
    return KINDS[word]


async def read_voucher(
    session: AsyncSession, request: AnyRequest, voucher_id: UUID
) -> tuple[VoucherView, str | None] | UUID:
    """The voucher with its client's name, the reading logged; the client's id where a reason must be stated first."""
    actor, now = signed_in(request), services(request).now()
    view = await voucher_view(session, voucher_id=voucher_id)
    reason = await reason_to_read(
        session, actor=actor, now=now, client_id=view.client_id, case_worker_id=view.case_worker_id
    )
    if reason is None:
        return view.client_id
    log_read(
        session, actor=actor, now=now, client_id=view.client_id, organiser_id=view.organiser_id, what="voucher",
        reason=reason,
    )  # fmt: skip
    names = await client_names(session, {view.client_id})
    return view, names.get(view.client_id)


async def _change_page(
    request: AnyRequest, voucher_id: UUID, word: str, form: Form, status: int = 200
) -> Response[str]:
    kind, address = _kind(word), f"/vouchers/{voucher_id}/change/{word}"
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await read_voucher(session, request, voucher_id)
    if isinstance(found, UUID):
        return why_page(request, found, address)
    view, client_name = found
    return page(
        request,
        "vouchers/change.html",
        status=status,
        get_path=address,
        action=address,
        title=gettext(CHANGE_TITLES[kind]),
        kind=str(kind),
        view=view,
        client_name=client_name,
        number=grouped(view.number),
        service=view.service[current_language.get()],
        reasons=[(code, gettext(REASON_TEXTS[code])) for code in CHANGE_REASONS[kind]],
        hearings=hearing_choices(),
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/vouchers/{voucher_id:uuid}/change/{word:str}", who=CASE_WORKER, include_in_schema=False)
async def change_page(request: AnyRequest, voucher_id: FromPath[UUID], word: FromPath[str]) -> Response[str]:
    """By how much, and why."""
    return await _change_page(request, voucher_id, word, Form())


@post("/vouchers/{voucher_id:uuid}/change/{word:str}", who=CASE_WORKER, include_in_schema=False)
async def change(request: AnyRequest, voucher_id: FromPath[UUID], word: FromPath[str]) -> Response[str]:
    """Carry it out; the client is told, with the reason."""
    kind = _kind(word)
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reason = form.choice("reason", CHANGE_REASONS[kind])
    amounts: dict[str, int] = {}
    if kind is ChangeKind.EXTENDED:
        amounts["days"] = form.integer("days", least=1, most=2000)
    elif form.value("units"):
        amounts["units"] = form.hundredths("units")
    elif form.value("value"):
        amounts["cents"] = form.money("value")
    else:
        form.fail("units" if form.values("units") else "value", "field.required")
    hearing = read_hearing(form) if kind is ChangeKind.LOWERED else None
    if not form.ok:
        return await _change_page(request, voucher_id, word, form, 422)
    heard: Any = {"hearing": hearing} if kind is ChangeKind.LOWERED else {}
    act: Any = {"raise": raise_voucher, "lower": lower_voucher, "extend": extend_voucher}[word]

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await act(
            session, actor=actor, now=held.now(), voucher_id=voucher_id, reason=reason, **amounts, **heard
        )
        return {"change": str(made)}

    body = {"voucher": str(voucher_id), "reason": reason, **amounts, **hearing_body(hearing)}
    try:
        await once(request, operation=f"voucher.{word}", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _change_page(request, voucher_id, word, form, status_of(error))
    return redirect(f"/vouchers/{voucher_id}?done={word}")


ROUTES: list[Any] = [change_page, change]
