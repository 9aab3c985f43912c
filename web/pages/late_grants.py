"""Grants for a service that has begun already: one case worker proposes, another decides."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import budget_lines
from registry.catalogue.queries import service as service_of
from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.period import local_date
from registry.vouchers.commands import GrantOrder
from registry.vouchers.queries import client_names
from registry.vouchers.retroactive.commands import propose_retroactive
from registry.vouchers.retroactive.queries import proposals
from registry.vouchers.retroactive.rules import REASONS
from web.errors import status_of
from web.forms import Form, read_form
from web.granting import decide_late
from web.idempotency import once
from web.kind_words import LATE_REASON_TEXTS, PROPOSAL_TEXTS, options
from web.page import new_key, page, redirect
from web.pages.clients import card_with_reason, why_page
from web.services import services, signed_in
from web.translations import N_, current_language, format_money, gettext

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})
DONE: Final = {
    "proposed": N_("The grant was proposed. A colleague decides on it."),
    "approved": N_("The voucher was granted. The client has been told."),
    "ended": N_("The proposal was ended; nothing was granted."),
}


async def _list(
    request: AnyRequest, *, status: int = 200, form: Form | None = None, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = form or Form()
    async with held.database.transaction(actor.sight) as session:
        found = await proposals(session)
        names = await client_names(session, {one.client_id for one in found})
        for one in found:
            if one.state == "proposed":
                log_read(
                    session, actor=actor, now=held.now(), client_id=one.client_id,
                    organiser_id=one.organiser_id, what="person", reason="late_grant",
                )  # fmt: skip
    language = current_language.get()
    return page(
        request,
        "vouchers/late_grants.html",
        status=status,
        get_path="/vouchers/late",
        proposals=[
            {
                "one": one,
                "service": one.service[language],
                "client": names.get(one.client_id) if one.state == "proposed" else None,
                "reason": gettext(LATE_REASON_TEXTS[one.reason]),
                "standing": gettext(PROPOSAL_TEXTS[one.state]),
                "own": one.proposed_by == actor.id,
                "key": new_key(),
                "other_key": new_key(),
            }
            for one in found
        ],
        errors=form.errors,
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/vouchers/late", who=CASE_WORKER, include_in_schema=False)
async def late(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """What waits for a second person, and what was decided."""
    return await _list(request, done=done)


@post("/vouchers/late/{proposal_id:uuid}", who=CASE_WORKER, include_in_schema=False)
async def decide(request: AnyRequest, proposal_id: FromPath[UUID]) -> Response[str]:
    """Approve, turn down, or take back."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    approve = form.choice("act", ("approve", "end")) == "approve"
    if not form.ok:
        return await _list(request, status=422, form=form)

    async def run(session: AsyncSession) -> dict[str, Any]:
        granted = await decide_late(
            session, actor=actor, now=held.now(), keys=held.keys, proposal_id=proposal_id, approve=approve
        )
        return {"id": str(granted.id)} if granted else {}

    body = {"proposal": str(proposal_id), "approve": approve}
    try:
        await once(request, operation="retroactive.decide", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _list(request, status=status_of(error), form=form)
    return redirect(f"/vouchers/late?done={'approved' if approve else 'ended'}")


async def _propose_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    client_id, service_id = form.identifier("client"), form.identifier("service")
    if client_id is None or service_id is None:
        raise NotFound("client.unknown")
    path = f"/vouchers/late/propose?client={client_id}&service={service_id}"
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
        service = await service_of(session, service_id=service_id)
        lines = await budget_lines(session, organiser_id=actor.organiser_id, active_only=True)
    if card is None:
        return why_page(request, client_id, path)
    if service is None or service.terms is None:
        raise NotFound("service.unknown")
    return page(
        request,
        "vouchers/late_propose.html",
        status=status,
        get_path=path,
        card=card,
        service=service,
        service_name=service.names[current_language.get()],
        days=service.terms.retroactive_days,
        today=local_date(held.now()),
        lines=[
            (
                str(line.id),
                f"{line.code} {line.name}",
                gettext("%(amount)s left", amount=format_money(line.left_cents)),
            )
            for line in lines
        ],
        reasons=options(LATE_REASON_TEXTS, REASONS),
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/vouchers/late/propose", who=CASE_WORKER, include_in_schema=False)
async def propose_page(
    request: AnyRequest, client: FromQuery[str] = "", service: FromQuery[str] = ""
) -> Response[str]:
    """From which day, from which line, and why."""
    return await _propose_page(request, Form({"client": [client], "service": [service]}))


@post("/vouchers/late/propose", who=CASE_WORKER, include_in_schema=False)
async def propose(request: AnyRequest) -> Response[str]:
    """Nothing is granted yet: a colleague decides."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    client_id, service_id = form.identifier("client"), form.identifier("service")
    line_id, events_from = form.identifier("budget_line"), form.day("events_from")
    reason, plan = form.choice("reason", REASONS), form.choice("in_plan", ("yes", "no"))
    if not form.ok or client_id is None or service_id is None or line_id is None or events_from is None:
        return await _propose_page(request, form, 422)
    order = GrantOrder(
        client_id=client_id, service_id=service_id, budget_line_id=line_id, in_plan=plan == "yes",
        despite_like=True,
    )  # fmt: skip

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await propose_retroactive(
            session, actor=actor, now=held.now(), order=order, events_from=events_from, reason=reason
        )
        return {"proposal": str(made)}

    body = {
        "client": str(client_id), "service": str(service_id), "line": str(line_id),
        "from": events_from.isoformat(), "reason": reason, "in_plan": plan,
    }  # fmt: skip
    try:
        await once(request, operation="retroactive.propose", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        field = {"retroactive.days_range": "events_from", "budget.short": "budget_line"}.get(error.code)
        if field:
            form.fail(field, error.code, **error.facts)
        else:
            form.blame(error)
        return await _propose_page(request, form, status_of(error))
    return redirect("/vouchers/late?done=proposed")


ROUTES: list[Any] = [late, decide, propose_page, propose]
