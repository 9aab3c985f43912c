"""The council's quarter: as a page, on paper and in files; published by a finance officer once it has ended."""

import asyncio
import re
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.settlement.reports.council import council_content
from registry.settlement.reports.publishing import (
    publish_council,
    published,
    quarters,
    services_by_name,
    tell_unit_cost,
)
from registry.settlement.reports.rules import Way
from registry.settlement.reports.sheets import Sheet, sheet_csv, workbook
from registry.shared.actor import Actor, Role
from registry.shared.errors import DomainError, NotFound
from web.council_sheets import council_sheets, notes, on_paper
from web.documents.council_pdf import council_pdf
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.month_figures import XLSX
from web.pages.statement import download
from web.services import services, signed_in
from web.translations import N_, current_language, format_date, gettext

AnyRequest = Request[Any, Any, Any]
FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR, Role.ORGANISER_ADMINISTRATOR})
DONE: Final[dict[str, str]] = {
    "published": N_("The report was published. It stays as it is."),
    "told": N_("The cost was noted."),
}
WAYS: Final[dict[str, str]] = {
    Way.OWN_PRODUCTION: N_("Own production"),
    Way.PURCHASE: N_("Purchase"),
}


def read_quarter(written: str) -> date:
    """The quarter of an address: 2026-Q3."""
    found = re.fullmatch(r"(20[0-9]{2})-Q([1-4])", written)
    if found is None:
        raise NotFound("council.unknown")
    return date(int(found[1]), 3 * int(found[2]) - 2, 1)


def written(quarter: date) -> str:
    return f"{quarter.year}-Q{(quarter.month + 2) // 3}"


def title_of(quarter: date) -> str:
    return gettext(
        "Service vouchers, quarter %(number)s of %(year)s",
        number=(quarter.month + 2) // 3,
        year=quarter.year,
    )


async def _report(
    request: AnyRequest, quarter: date
) -> tuple[list[Sheet], datetime | None, str, list[tuple[str, str]]]:
    """(its tables, when it was published, the organiser's name, its services)."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        known = dict(await quarters(session, organiser_id=actor.organiser_id, now=held.now()))
        if quarter not in known:
            raise NotFound("council.unknown")
        row = await published(session, organiser_id=actor.organiser_id, quarter=quarter)
        content = (
            row.content
            if row
            else await council_content(session, organiser_id=actor.organiser_id, quarter=quarter)
        )
        organiser = await session.get_one(Organiser, actor.organiser_id)
        language = current_language.get()
        offered = [
            (str(service_id), names[language if language in names else "en"])
            for service_id, names in await services_by_name(session, organiser_id=actor.organiser_id)
        ]
    name = getattr(organiser, f"name_{language}", organiser.name_fi)
    return council_sheets(content), row.published_at if row else None, name, offered


@get("/council", who=READERS, include_in_schema=False)
async def quarter_list(request: AnyRequest) -> Response[str]:
    """Every quarter since the first voucher."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await quarters(session, organiser_id=actor.organiser_id, now=held.now())
    return page(
        request,
        "settlement/quarters.html",
        rows=[(written(quarter), title_of(quarter), done) for quarter, done in found],
    )


async def _page(
    request: AnyRequest, name: str, form: Form, *, status: int = 200, done: str = ""
) -> Response[str]:
    quarter = read_quarter(name)
    sheets, when, _, offered = await _report(request, quarter)
    return page(
        request,
        "settlement/council.html",
        status=status,
        get_path=f"/council/{name}",
        title=title_of(quarter),
        written=name,
        sheets=sheets,
        notes=notes(),
        published_at=when,
        offered=offered,
        ways=[(way, gettext(text)) for way, text in WAYS.items()],
        form=form,
        errors=form.errors,
        may_act=signed_in(request).role in FINANCE,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


@get("/council/{quarter:str}", who=READERS, include_in_schema=False)
async def show_quarter(
    request: AnyRequest, quarter: FromPath[str], done: FromQuery[str] = ""
) -> Response[str]:
    """A quarter as it was published, or as it would be today."""
    return await _page(request, quarter, Form(), done=done)


@get("/council/{quarter:str}/pdf", who=READERS, include_in_schema=False)
async def quarter_pdf(request: AnyRequest, quarter: FromPath[str]) -> Response[bytes]:
    """The quarter on paper."""
    day = read_quarter(quarter)
    sheets, when, organiser, _ = await _report(request, day)
    made = (
        gettext("Published on %(day)s.", day=format_date(when)) if when else gettext("Draft, not published.")
    )
    facts = {
        "lang": current_language.get(),
        "title": title_of(day),
        "organiser": organiser,
        "made": made,
        "sheets": [
            {
                "title": sheet.title,
                "columns": [label for label, _ in sheet.columns],
                "rows": [
                    [on_paper(cell, kind) for cell, (_, kind) in zip(row, sheet.columns, strict=True)]
                    for row in sheet.rows
                ],
            }
            for sheet in sheets
        ],
        "notes": notes(),
    }
    content = await asyncio.to_thread(council_pdf, facts)
    return download(f"{quarter}.pdf", content, "application/pdf")


@get("/council/{quarter:str}/csv", who=READERS, include_in_schema=False)
async def quarter_csv(
    request: AnyRequest, quarter: FromPath[str], sheet: FromQuery[str] = "services"
) -> Response[bytes]:
    sheets, *_ = await _report(request, read_quarter(quarter))
    found = next((one for one in sheets if one.code == sheet), None)
    if found is None:
        raise NotFound("council.unknown")
    return download(f"{quarter}-{sheet}.csv", sheet_csv(found), "text/csv; charset=utf-8")


@get("/council/{quarter:str}/xlsx", who=READERS, include_in_schema=False)
async def quarter_xlsx(request: AnyRequest, quarter: FromPath[str]) -> Response[bytes]:
    day = read_quarter(quarter)
    sheets, *_ = await _report(request, day)
    content = workbook(sheets, title=title_of(day), made_at=services(request).now())
    return download(f"{quarter}.xlsx", content, XLSX)


@post("/council/{quarter:str}/publish", who=FINANCE, include_in_schema=False)
async def publish(request: AnyRequest, quarter: FromPath[str]) -> Response[str]:
    form = await read_form(request)
    run = partial(_publish, signed_in(request), services(request).now(), read_quarter(quarter))
    return await _act(request, quarter, form, "council.publish", {"quarter": quarter}, run, "published")


async def _publish(actor: Actor, now: datetime, quarter: date, session: AsyncSession) -> dict[str, Any]:
    return {"id": str(await publish_council(session, actor=actor, now=now, quarter=quarter))}


@post("/council/{quarter:str}/costs", who=FINANCE, include_in_schema=False)
async def tell_cost(request: AnyRequest, quarter: FromPath[str]) -> Response[str]:
    form = await read_form(request)
    service_id = form.identifier("service")
    way = form.choice("way", list(WAYS))
    units = form.integer("units", least=1, most=10_000_000)
    cents = form.money("cost")
    source = form.text("source", longest=200)
    if not form.ok or service_id is None:
        return await _page(request, quarter, form, status=422)
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> dict[str, Any]:
        made = await tell_unit_cost(
            session,
            actor=actor,
            now=now,
            quarter=read_quarter(quarter),
            service_id=service_id,
            way=Way(way),
            units=units * 100,
            cost_cents=cents,
            source=source,
        )
        return {"id": str(made)}

    body = {
        "quarter": quarter, "service": str(service_id), "way": way, "units": units, "cents": cents, "source": source,
    }  # fmt: skip
    return await _act(request, quarter, form, "unit_cost.tell", body, run, "told")


async def _act(
    request: AnyRequest, quarter: str, form: Form, operation: str, body: dict[str, Any], run: Any, done: str
) -> Response[str]:
    key = form.key()
    if not form.ok:
        return await _page(request, quarter, form, status=422)
    try:
        await once(request, operation=operation, key=key, body=body, run=run)
    except NotFound:
        raise
    except DomainError as error:
        form.blame(error)
        return await _page(request, quarter, form, status=409)
    return redirect(f"/council/{quarter}?done={done}")


ROUTES: list[Any] = [
    quarter_list, show_quarter, quarter_pdf, quarter_csv, quarter_xlsx, publish, tell_cost,
]  # fmt: skip
