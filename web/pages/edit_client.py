"""Changing what is known of a client. The trail says which fields changed, never what to."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import change_client
from registry.people.queries import ClientCard, staff_of
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, Refused
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.clients import CASE_WORKER, card_with_reason, why_page
from web.pages.new_client import SERVICE_LANGUAGES, field_options, read_fields
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

PROTECTED: Final = ("email", "phone", "municipality_code", "protected", "case_worker_id")
"""What a protected identity hides from all but the client's own case worker, and what would bare it: by taking the
client over or the protection away, a colleague would see the rest."""


def _left_out(card: ClientCard, actor: Actor) -> set[str]:
    """The fields that this case worker neither sees nor changes. The age group follows from an identity code."""
    hidden = set(PROTECTED) if card.protected and card.case_worker_id != actor.id else set()
    return hidden | ({"age_band"} if card.identity_on_file else set())


def _filled(card: ClientCard) -> Form:
    return Form(
        {
            "name": [card.name],
            "email": [card.email or ""],
            "phone": [card.phone or ""],
            "municipality_code": [card.municipality_code or ""],
            "language": [card.language],
            "service_languages": list(card.service_languages),
            "accessibility": list(card.accessibility),
            "age_band": [card.age_band or ""],
            "case_worker_id": [str(card.case_worker_id or "")],
            "protected": ["yes"] if card.protected else [],
        }
    )


async def _case_workers(session: AsyncSession, card: ClientCard) -> list[tuple[str, str]]:
    """Who may have the client: the case workers, and whoever has it now."""
    staff = await staff_of(session, organiser_id=card.organiser_id)
    found = {
        str(person.account_id): person.name
        for person in staff
        if any(held.role is Role.CASE_WORKER for held in person.roles)
    }
    if card.case_worker_id is not None:
        found.setdefault(str(card.case_worker_id), card.case_worker)
    return list(found.items())


async def _edit_page(
    request: AnyRequest, client_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    path = f"/clients/{client_id}/edit"
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
        if card is None:
            return why_page(request, client_id, path)
        options = await field_options(session)
        workers = await _case_workers(session, card)
    filled = form or _filled(card)
    return page(
        request,
        "vouchers/edit_client.html",
        status=status,
        get_path=path,
        card=card,
        hidden_fields="protected" in _left_out(card, actor),
        filled=filled,
        errors=filled.errors,
        key=new_key(),
        case_workers=workers,
        **options,
    )


@get("/clients/{client_id:uuid}/edit", who=CASE_WORKER, include_in_schema=False)
async def edit_client(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """The form with what is known now; somebody else's client with a reason."""
    return await _edit_page(request, client_id)


@post("/clients/{client_id:uuid}/edit", who=CASE_WORKER, include_in_schema=False)
async def save_client(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """Save what changed. What the reader may not see is not changed either, whatever the form says."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
        if card is None:
            return why_page(request, client_id, f"/clients/{client_id}/edit")
        workers = [worker for worker, _ in await _case_workers(session, card)]
    picked = form.choice("case_worker_id", workers, required=False)
    read = read_fields(form) | {"case_worker_id": picked or None}
    if not form.ok:
        return await _edit_page(request, client_id, form, 422)
    # languages that came with an import and are not on the form stay
    read["service_languages"] += [code for code in card.service_languages if code not in SERVICE_LANGUAGES]
    values = {field: value for field, value in read.items() if field not in _left_out(card, actor)}

    async def run(session: AsyncSession) -> dict[str, Any]:
        worker = {"case_worker_id": UUID(picked) if picked else None} if "case_worker_id" in values else {}
        await change_client(session, actor=actor, now=held.now(), client_id=client_id, **values | worker)
        return {}

    body = {"client": str(client_id), **values}
    try:
        await once(request, operation="client.change", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _edit_page(request, client_id, form, status_of(error))
    return redirect(f"/clients/{client_id}?done=changed")


ROUTES: list[Any] = [edit_client, save_client]
