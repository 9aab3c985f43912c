"""Months and their statements: for finance officers and auditors, and each provider's own list."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.claims.queries.views import claims
from registry.settlement.commands import close_month
from registry.settlement.disputes.queries import waiting_lines
from registry.settlement.queries import MonthRow, month_statements, months, statements, unstated
from registry.settlement.rules import StatementState
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, NotFound
from registry.shared.period import local_date, month_period
from registry.vouchers.confirming.queries import answered_in
from registry.vouchers.guarding.queries import held_back
from web.forms import read_form
from web.guard_words import held_text
from web.idempotency import once
from web.page import new_key, page, redirect
from web.refusals import sentence
from web.services import services, signed_in
from web.translations import N_, format_month, gettext

AnyRequest = Request[Any, Any, Any]
S = StatementState

FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})

STATEMENTS_SHOWN: Final = 100
CLOSED: Final = N_("The month was closed. Each provider has its statement.")


def read_month(written: str) -> date:
    """The month of an address: 2026-10."""
    found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", written)
    if found is None:
        raise NotFound("month.unknown")
    return date(int(found[1]), int(found[2]), 1)


async def _months_page(
    request: AnyRequest, *, status: int = 200, error: DomainError | None = None
) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await months(session, organiser_id=actor.organiser_id, now=held.now())
    return page(
        request,
        "settlement/months.html",
        status=status,
        get_path="/months",
        rows=rows,
        last_day=last_day,
        today=local_date(held.now()),
        may_act=actor.role in FINANCE,
        key=new_key(),
        errors={"": _said(error)} if error else {},
    )


def _said(error: DomainError) -> str:
    facts = dict(error.facts)
    if "month" in facts:
        facts["month"] = format_month(read_month(str(facts["month"])))
    return sentence(error.code, facts)


def last_day(month: date) -> date:
    return local_date(month_period(month).end) - timedelta(days=1)


@get("/months", who=READERS, include_in_schema=False)
async def month_list(request: AnyRequest) -> Response[str]:
    """Every month: what it came to, where its statements stand, and which can be closed."""
    return await _months_page(request)


@post("/months/{month:str}/close", who=FINANCE, include_in_schema=False)
async def close(request: AnyRequest, month: FromPath[str]) -> Response[str]:
    wanted = read_month(month)
    form = await read_form(request)
    key = form.key()
    if not form.ok:
        return await _months_page(request, status=422)
    try:
        await once(
            request,
            operation="month.close",
            key=key,
            body={"month": month},
            run=partial(_close, signed_in(request), services(request).now(), wanted),
        )
    except DomainError as error:
        return await _months_page(request, status=409, error=error)
    return redirect(f"/months/{month}?done=closed")


async def _close(actor: Actor, now: Any, month: date, session: AsyncSession) -> dict[str, Any]:
    closed = await close_month(session, actor=actor, now=now, month=month)
    return {"month": f"{closed.month:%Y-%m}"}


@get("/months/{month:str}", who=READERS, include_in_schema=False)
async def one_month(
    request: AnyRequest,
    month: FromPath[str],
    done: FromQuery[str] = "",
    only: FromQuery[str] = "",
    number: FromQuery[str] = "1",
) -> Response[str]:
    """A month's statements, exceptions first."""
    actor, held, wanted = signed_in(request), services(request), read_month(month)
    shown = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    states = [S(only)] if only in set(S) else []
    async with held.database.transaction(actor.sight) as session:
        rows = await months(session, organiser_id=actor.organiser_id, now=held.now())
        row = next((row for row in rows if row.month == wanted), None)
        if row is None:
            raise NotFound("month.unknown")
        found = await month_statements(
            session,
            organiser_id=actor.organiser_id,
            month=wanted,
            states=states,
            offset=(shown - 1) * STATEMENTS_SHOWN,
            limit=STATEMENTS_SHOWN,
        )
        visits = await answered_in(session, month=wanted, now=held.now())
    count = row.counts.get(states[0], 0) if states else row.statements
    return page(
        request,
        "settlement/month.html",
        row=row,
        statements=found,
        visits=visits,
        tabs=_state_tabs(row, month, only),
        current=shown,
        last=max(1, -(-count // STATEMENTS_SHOWN)),
        address=f"/months/{month}?only={quote(only)}&number={{page}}",
        last_day=last_day(wanted),
        today=local_date(held.now()),
        may_act=actor.role in FINANCE,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(CLOSED)}] if done == "closed" else [],
    )


STATE_TABS: Final[Mapping[StatementState, str]] = {
    S.DISPUTED: N_("Differences"),
    S.CLOSED: N_("Not invoiced"),
    S.MATCHED: N_("To be approved"),
    S.APPROVED: N_("To be paid"),
    S.PAID: N_("Paid"),
}


def _state_tabs(row: MonthRow, month: str, only: str) -> list[tuple[str, str, bool, int]]:
    tabs = [(f"/months/{month}", gettext("All"), not only, row.statements)]
    for wanted, label in STATE_TABS.items():
        if row.counts.get(wanted) or only == wanted:
            tabs.append(
                (
                    f"/months/{month}?only={wanted}",
                    gettext(label),
                    only == wanted,
                    row.counts.get(wanted, 0),
                )
            )
    return tabs


@get("/provider/statements", who=frozenset({Role.PROVIDER_USER}), include_in_schema=False)
async def own_statements(request: AnyRequest, after: FromQuery[str] = "") -> Response[str]:
    """A provider's statements from all its organisers, and what is not on a statement yet."""
    actor, held = signed_in(request), services(request)
    place = re.fullmatch(r"(20[0-9]{2}-(?:0[1-9]|1[0-2])-01)~([A-Z0-9-]{1,80})", after)
    async with held.database.transaction(actor.sight) as session:
        rows, following = await statements(
            session,
            organisers=actor.sight.organisers,
            after=(date.fromisoformat(place[1]), place[2]) if place else None,
        )
        running = await unstated(session, organisers=actor.sight.organisers)
        held_now = [] if place else [*await held_back(session, actor=actor), *await waiting_lines(session)]
        claimed = [] if place else await claims(session, organisers=actor.sight.organisers)
    return page(
        request,
        "settlement/own.html",
        rows=rows,
        running=[] if place else running,
        held_now=[(one, held_text(one)) for one in held_now],
        claims=claimed,
        next_href=f"?after={following[0].isoformat()}~{following[1]}" if following else None,
        last_day=last_day,
        today=local_date(held.now()),
    )


ROUTES: list[Any] = [month_list, close, one_month, own_statements]
