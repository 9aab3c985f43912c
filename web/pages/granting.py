"""Granting a voucher: whom, for what, on which terms. Two short steps, and nothing that was typed is lost."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import BudgetLineRow, ServiceRow, TermsRow, budget_lines
from registry.catalogue.queries import services as services_of
from registry.catalogue.rules import milestones_of
from registry.people.queries import ClientCard
from registry.people.rules import EDUCATIONS, MOST_MONTHS
from registry.shared.actor import Role
from registry.shared.errors import DomainError, Invalid, NotFound, Refusal, Refused
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.commands import GrantOrder
from registry.vouchers.queries import find_clients, like_open
from registry.vouchers.reading import log_listed
from web.amounts import typed_money, typed_number, unit_price_text, value_text
from web.errors import status_of
from web.forms import Form, read_form
from web.granting import facts_of, grant_vouchers
from web.idempotency import once
from web.kind_words import MILESTONE_TEXTS
from web.page import new_key, page, redirect
from web.pages.clients import card_with_reason, shown_row, why_page
from web.services import services, signed_in
from web.translations import N_, current_language, format_money, format_number, gettext

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

FIELDS: Final = {
    "grant.value_out_of_terms": "value",
    "grant.units_out_of_terms": "units",
    "grant.validity_out_of_terms": "validity_days",
    "grant.like_open": "despite_like",
    "grant.other_audience": "",
    "budget.short": "budget_line",
    "budget_line.unknown": "budget_line",
}
"""The field that a refusal is about."""

EDUCATION_TEXTS: Final = {
    "basic": N_("Comprehensive school"),
    "secondary": N_("Vocational or upper secondary school"),
    "higher": N_("Higher education"),
    "not_known": N_("Education not known"),
}


@get("/vouchers/grant", who=CASE_WORKER, include_in_schema=False)
async def grant_page(
    request: AnyRequest, client: FromQuery[str] = "", service: FromQuery[str] = ""
) -> Response[str]:
    """Without a client: find one. With one: the service's terms, prefilled; with several services, the choice of one."""
    form = Form({"client": [client], "service": [service]})
    if not client:
        return _find_page(request, Form())
    return await _terms_page(request, form, first=True)


def _find_page(
    request: AnyRequest, form: Form, rows: list[dict[str, Any]] | None = None, status: int = 200
) -> Response[str]:
    return page(
        request,
        "vouchers/grant_find.html",
        status=status,
        get_path="/vouchers/grant",
        filled=form,
        errors=form.errors,
        rows=rows,
    )


@post("/vouchers/grant/find", who=CASE_WORKER, include_in_schema=False)
async def find(request: AnyRequest) -> Response[str]:
    """Clients of the own caseload by name, or anyone by the whole identity code."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    typed = form.text("search", longest=120)
    if not form.ok:
        return _find_page(request, form, status=422)
    async with held.database.transaction(actor.sight) as session:
        rows = await find_clients(
            session, keys=held.keys, typed=typed, case_worker_id=actor.id, fictional=held.settings.demo
        )
        await log_listed(
            session,
            actor=actor,
            now=held.now(),
            clients=[(row.id, row.organiser_id) for row in rows if row.case_worker_id == actor.id],
            what="caseload",
            reason="own_caseload",
        )
    return _find_page(request, form, [shown_row(row, actor) for row in rows])


@dataclass(frozen=True, slots=True)
class _Offer:
    """What can be granted to this client, and the service that is being granted."""

    card: ClientCard
    offered: list[ServiceRow]
    service: ServiceRow | None
    lines: list[BudgetLineRow]
    like: tuple[UUID, str] | None


async def _offer(session: AsyncSession, request: AnyRequest, form: Form) -> _Offer | UUID:
    """The client's card (its reading logged) and the services; the client's id where a reason must be stated first."""
    actor = signed_in(request)
    client_id, service_id = form.identifier("client"), form.identifier("service", required=False)
    if client_id is None:
        raise NotFound("client.unknown")
    card = await card_with_reason(session, request, client_id, what="person")
    if card is None:
        return client_id
    found = await services_of(session, organiser_id=actor.organiser_id)
    offered = [service for service in found if service.audience == card.kind and service.terms is not None]
    if service_id is None and len(offered) == 1:
        service_id = offered[0].id
    service = next((service for service in offered if service.id == service_id), None)
    lines = await budget_lines(session, organiser_id=actor.organiser_id, active_only=True)
    like = await like_open(session, client_id=client_id, service_id=service.id) if service else None
    return _Offer(card, offered, service, lines, like)


def _prefill(form: Form, terms: TermsRow, lines: list[BudgetLineRow], year: int) -> None:
    if terms.kind == "results":
        pass  # the value is the milestones'
    elif terms.units is None:
        form.set("value", typed_money(terms.value_cents))
    else:
        form.set("units", typed_number(terms.units))
    form.set("validity_days", str(terms.validity_days))
    current = [line for line in lines if line.year == year]
    if len(current) == 1:
        form.set("budget_line", str(current[0].id))


async def _terms_page(
    request: AnyRequest, form: Form, status: int = 200, *, first: bool = False
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        offer = await _offer(session, request, form)
    if isinstance(offer, UUID):
        service = form.value("service")
        target = f"/vouchers/grant?client={offer}" + (f"&service={service}" if service else "")
        return why_page(request, offer, target)
    if offer.service is None or offer.service.terms is None:
        return page(
            request,
            "vouchers/grant_service.html",
            status=status,
            card=offer.card,
            errors=form.errors,
            offered=[
                (str(s.id), s.names[current_language.get()], _hint(s.terms)) for s in offer.offered if s.terms
            ],
        )
    terms = offer.service.terms
    if first:
        _prefill(form, terms, offer.lines, local_date(held.now()).year)
    path = f"/vouchers/grant?client={offer.card.client_id}&service={offer.service.id}"
    return page(
        request,
        "vouchers/grant.html",
        status=status,
        get_path=path,
        filled=form,
        errors=form.errors,
        key=new_key(),
        card=offer.card,
        service=offer.service,
        service_name=offer.service.names[current_language.get()],
        several=len(offer.offered) > 1,
        terms=terms,
        most=value_text(terms.value_cents, terms.units, terms.unit_name),
        milestones=[
            (gettext(MILESTONE_TEXTS[one.code]), format_money(one.amount_cents))
            for one in milestones_of(terms.milestones)
        ],
        ceiling=unit_price_text(terms.unit_price_ceiling_cents, terms.unit_name),
        most_units=typed_number(terms.units) if terms.units is not None else None,
        most_value=format_money(terms.value_cents),
        like=(offer.like[0], grouped(offer.like[1])) if offer.like else None,
        compared=offer.card.kind == "person" and offer.card.age_band is not None,
        educations=[(code, gettext(EDUCATION_TEXTS[code])) for code in EDUCATIONS],
        lines=[
            (
                str(line.id),
                f"{line.code} {line.name}",
                gettext("%(amount)s left", amount=format_money(line.left_cents)),
            )
            for line in offer.lines
        ],
    )


def _hint(terms: TermsRow) -> str:
    """A service's terms in one line."""
    worth = value_text(terms.value_cents, terms.units, terms.unit_name)
    return gettext("%(worth)s; valid %(days)s days", worth=worth, days=format_number(terms.validity_days))


def _order(form: Form) -> dict[str, Any]:
    """What was asked for, as JSON values; fields of the other kind of value are left out."""
    in_units = form.values("units") != []
    plan = form.choice("in_plan", ("yes", "no"))
    client_id, service_id = form.identifier("client"), form.identifier("service")
    budget_line_id = form.identifier("budget_line")
    return {
        "client_id": str(client_id) if client_id else None,
        "service_id": str(service_id) if service_id else None,
        "budget_line_id": str(budget_line_id) if budget_line_id else None,
        "value_cents": form.money("value") if form.values("value") else None,
        "units": form.hundredths("units") if in_units else None,
        "validity_days": form.integer("validity_days", least=1, most=1095),
        "in_plan": plan == "yes",
        "despite_like": form.ticked("despite_like"),
    }


def _months(form: Form) -> int | None:
    """How long the client has been unemployed, if the case worker says so."""
    if not form.value("months_unemployed").strip():
        return None
    return form.integer("months_unemployed", most=MOST_MONTHS)


def _blame(form: Form, error: DomainError) -> None:
    field = FIELDS.get(error.code)
    if field:
        form.fail(field, error.code, **error.facts)
    else:
        form.blame(error)


@post("/vouchers/grant", who=CASE_WORKER, include_in_schema=False)
async def grant_voucher(request: AnyRequest) -> Response[str]:
    """Grant it; sent twice, it is granted once."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    body, months, education = (
        _order(form),
        _months(form),
        form.choice("education", EDUCATIONS, required=False),
    )
    if education and months is None:
        form.fail("months_unemployed", "field.required")
    if not form.ok:
        return await _terms_page(request, form, 422)
    facts = facts_of(months, education)
    ids = {name: UUID(body[name]) for name in ("client_id", "service_id", "budget_line_id")}
    order = GrantOrder(**(body | ids))

    async def run(session: AsyncSession) -> dict[str, Any]:
        (answer,) = await grant_vouchers(
            session, actor=actor, now=held.now(), keys=held.keys, orders=[order], facts=[facts]
        )
        if isinstance(answer, Refusal):
            raise Refused(answer.code, **answer.facts)
        return {"id": str(answer.id), "number": answer.number}

    try:
        sent = body | {"months_unemployed": months, "education": education}
        done = await once(request, operation="voucher.grant", key=form.key(), body=sent, run=run)
    except (Refused, Invalid) as error:
        _blame(form, error)
        return await _terms_page(request, form, status_of(error))
    return redirect(f"/vouchers/{done['id']}?done=granted")


ROUTES: list[Any] = [grant_page, find, grant_voucher]
