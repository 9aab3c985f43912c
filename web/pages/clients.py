"""Clients for case workers: found by POST, opened with a reason where they are somebody else's, made new."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.queries import cases_about
from registry.catalogue.queries import services as services_of
from registry.people.commands import log_read
from registry.people.queries import ClientCard, client_card
from registry.people.rules import STATED
from registry.shared.actor import Actor, Role
from registry.shared.errors import NotFound
from registry.vouchers.queries import ClientRow, find_clients, own_clients, vouchers_of_client
from registry.vouchers.reading import log_listed, reason_to_read
from web.case_texts import case_text
from web.forms import Form, read_form
from web.page import new_key, page, redirect
from web.security import safe_next
from web.services import services, signed_in
from web.translations import N_, current_language, gettext
from web.words import language_label, languages_text

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})
ASKERS: Final = frozenset({Role.CASE_WORKER, Role.FINANCE_OFFICER})
"""Roles that may read a client's voucher with a reason of their own."""

PAGE_SIZE: Final = 50
KIND_LABELS: Final = {"person": N_("Person"), "company": N_("Company")}
DONE: Final = {
    "saved": N_("The client was saved."),
    "verified": N_("The company register has the company under this business ID."),
    "unverified": N_("The company register does not have this business ID, or could not be asked."),
}
AGE_LABELS: Final = {
    "under_20": N_("under 20"),
    "20_24": N_("20–24 years"),
    "25_29": N_("25–29 years"),
    "30_plus": N_("30 or older"),
}
NEED_LABELS: Final = {
    "step_free": N_("Step-free access"),
    "quiet_space": N_("Quiet space"),
    "sign_language": N_("Sign language"),
    "induction_loop": N_("Induction loop"),
    "plain_language": N_("Plain language"),
}


def why_page(
    request: AnyRequest, client_id: UUID, target: str, form: Form | None = None, status: int = 200
) -> Response[str]:
    """Asks for the reason before somebody else's client is shown."""
    filled = form or Form()
    return page(
        request,
        "vouchers/why.html",
        status=status,
        get_path=target,
        client_id=client_id,
        target=target,
        filled=filled,
        errors=filled.errors,
    )


@post(
    "/clients/{client_id:uuid}/reason", who=ASKERS | {Role.ORGANISER_ADMINISTRATOR}, include_in_schema=False
)
async def state_reason(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
    """A reason in the reader's own words; it stands for some hours and the client can read it."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    target = safe_next(form.value("next"), f"/clients/{client_id}")
    reason = form.text("reason", longest=180)
    if not form.ok:
        return why_page(request, client_id, target, form, 422)
    async with held.database.transaction(actor.sight) as session:
        card = await client_card(session, client_id=client_id)
        if card is None:
            raise NotFound("client.unknown")
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=client_id,
            organiser_id=card.organiser_id,
            what="person",
            reason=f"{STATED}{reason}",
        )
    return redirect(target)


async def card_with_reason(
    session: AsyncSession, request: AnyRequest, client_id: UUID, *, what: str
) -> ClientCard | None:
    """The client's card, its reading logged; None where a reason has to be stated first."""
    actor, now = signed_in(request), services(request).now()
    card = await client_card(session, client_id=client_id)
    if card is None:
        raise NotFound("client.unknown")
    reason = await reason_to_read(
        session, actor=actor, now=now, client_id=client_id, case_worker_id=card.case_worker_id
    )
    if reason is None:
        return None
    log_read(
        session,
        actor=actor,
        now=now,
        client_id=client_id,
        organiser_id=card.organiser_id,
        what=what,
        reason=reason,
    )
    return card


@get("/clients", who=CASE_WORKER, include_in_schema=False)
async def clients(request: AnyRequest) -> Response[str]:
    """The case worker's own clients by name."""
    held, actor = services(request), signed_in(request)
    number = _page_number(request)
    async with held.database.transaction(actor.sight) as session:
        rows, total = await own_clients(session, case_worker_id=_own(actor), page=number, size=PAGE_SIZE)
        await _log_rows(session, request, rows, reason="own_caseload")
    return page(
        request,
        "vouchers/clients.html",
        rows=[shown_row(row, actor) for row in rows],
        total=total,
        number=number,
        last=max(1, -(-total // PAGE_SIZE)),
        searched=None,
        filled=Form(),
        errors={},
    )


@post("/clients/search", who=CASE_WORKER, include_in_schema=False)
async def search(request: AnyRequest) -> Response[str]:
    """By name in the own caseload, or by the whole identity code anywhere. POST, so that no name is ever in an
    address."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    typed = form.text("search", longest=120)
    everyone, reason = form.ticked("everyone"), ""
    if everyone:
        reason = form.text("reason", longest=180)
    rows: list[ClientRow] = []
    if form.ok:
        async with held.database.transaction(actor.sight) as session:
            rows = await find_clients(
                session,
                keys=held.keys,
                typed=typed,
                case_worker_id=None if everyone else actor.id,
                fictional=held.settings.demo,
            )
            own = [row for row in rows if row.case_worker_id == actor.id]
            await _log_rows(session, request, own, reason="own_caseload")
            if everyone:
                others = [row for row in rows if row.case_worker_id != actor.id]
                await _log_rows(session, request, others, reason=f"{STATED}{reason}")
    return page(
        request,
        "vouchers/clients.html",
        status=200 if form.ok else 422,
        get_path="/clients",
        rows=[shown_row(row, actor, names=everyone) for row in rows],
        total=len(rows),
        number=1,
        last=1,
        searched=typed if form.ok else None,
        filled=form,
        errors=form.errors,
    )


def _own(actor: Actor) -> UUID:
    if actor.id is None:
        raise LookupError("a case worker is a person")
    return actor.id


def _page_number(request: AnyRequest) -> int:
    typed = request.query_params.get("page", "1")
    return int(typed) if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= 10_000 else 1


async def _log_rows(
    session: AsyncSession, request: AnyRequest, rows: list[ClientRow], *, reason: str
) -> None:
    await log_listed(
        session,
        actor=signed_in(request),
        now=services(request).now(),
        clients=[(row.id, row.organiser_id) for row in rows],
        what="caseload",
        reason=reason,
    )


def shown_row(row: ClientRow, actor: Actor, *, names: bool = False) -> dict[str, Any]:
    """A row as the page shows it; who is somebody else's client has no name before a reason is stated."""
    own = row.case_worker_id == actor.id
    visible = own or names
    lang = current_language.get()
    about = [gettext(KIND_LABELS[row.kind])]
    if visible and row.age_band:
        about.append(gettext(AGE_LABELS[row.age_band]))
    if visible and row.municipality:
        about.append(row.municipality[lang])
    return {
        "id": row.id,
        "name": row.name if visible else gettext("A client of another case worker"),
        "about": ", ".join(about),
        "own": own,
        "case_worker": row.case_worker,
        "protected": row.protected,
    }


@get("/clients/{client_id:uuid}", who=CASE_WORKER, include_in_schema=False)
async def client(request: AnyRequest, client_id: FromPath[UUID], done: FromQuery[str] = "") -> Response[str]:
    """One client: who, which vouchers, what is to be done."""
    return await client_page(request, client_id, done=done)


async def client_page(
    request: AnyRequest,
    client_id: UUID,
    *,
    done: str = "",
    status: int = 200,
    errors: Mapping[str, Any] | None = None,
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
        if card is None:
            return why_page(request, client_id, f"/clients/{client_id}")
        vouchers = await vouchers_of_client(session, client_id=client_id)
        about = await cases_about(session, [client_id, *(voucher.id for voucher in vouchers)])
        offered = await services_of(session, organiser_id=actor.organiser_id)
    lang = current_language.get()
    return page(
        request,
        "vouchers/client.html",
        status=status,
        get_path=f"/clients/{client_id}",
        errors=errors or {},
        key=new_key(),
        card=card,
        own=card.case_worker_id == actor.id,
        kind=gettext(KIND_LABELS[card.kind]),
        age=gettext(AGE_LABELS[card.age_band]) if card.age_band else None,
        language=language_label(card.language),
        languages=languages_text(card.service_languages),
        needs=[gettext(NEED_LABELS[need]) if need in NEED_LABELS else need for need in card.accessibility],
        municipality=(card.municipality[1] if lang == "sv" else card.municipality[0])
        if card.municipality
        else None,
        current=[voucher for voucher in vouchers if voucher.is_open],
        past=[voucher for voucher in vouchers if not voucher.is_open],
        cases=[(case, case_text(case.kind)) for cases in about.values() for case in cases if case.is_open],
        offered=[s for s in offered if s.audience == card.kind and s.terms is not None],
        flashes=[
            {
                "kind": "warning" if done == "unverified" else "success",
                "text": gettext(DONE.get(done, DONE["saved"])),
            }
        ]
        if done
        else [],
    )


ROUTES: list[Any] = [clients, search, state_reason, client]
