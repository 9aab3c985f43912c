"""A month in figures: budget lines, unit costs and the trial balance, as a page and as files."""

from datetime import date
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from registry.settlement.reports.month import MonthFigures, month_figures, months_until
from registry.settlement.reports.sheets import sheet_csv, workbook
from registry.shared.actor import Actor, Role
from registry.shared.errors import NotFound
from registry.shared.period import local_date, month_of
from web.bar_picture import Bars, bars
from web.figure_sheets import month_sheets
from web.page import page
from web.pages.settlement import read_month
from web.pages.statement import download
from web.services import Services, services, signed_in
from web.translations import format_month, gettext

AnyRequest = Request[Any, Any, Any]
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def figures_of(held: Services, actor: Actor, written: str) -> MonthFigures:
    """Of a month that has begun; the API asks the same."""
    month = read_month(written)
    if month > month_of(local_date(held.now())):
        raise NotFound("month.unknown")
    async with held.database.transaction(actor.sight) as session:
        return await month_figures(session, organiser_id=actor.organiser_id, month=month)


async def _figures(request: AnyRequest, written: str) -> MonthFigures:
    return await figures_of(services(request), signed_in(request), written)


@get("/months/{month:str}/figures", who=READERS, include_in_schema=False)
async def show_figures(request: AnyRequest, month: FromPath[str]) -> Response[str]:
    """The month's figures, each picture with its table."""
    figures = await _figures(request, month)
    return page(
        request,
        "settlement/figures.html",
        month=figures.month,
        written=month,
        sheets=month_sheets(figures),
        picture=_picture(figures),
    )


def _picture(figures: MonthFigures) -> Bars | None:
    """What the year's lines used month by month, and what the current rate comes to in each month that is left."""
    lines = [line for line in figures.budget if line.year == figures.month.year]
    used = [sum(line.used_by_month[place] for line in lines) for place in range(figures.month.month)]
    if not any(used):
        return None
    left = 12 - figures.month.month
    ahead = sum(line.forecast_cents - line.used_cents for line in lines)
    months = [
        *months_until(figures.month),
        *(date(figures.month.year, month, 1) for month in range(figures.month.month + 1, 13)),
    ]
    values = [*used, *([ahead // left] * left if left else [])]
    return bars(
        [
            (str(one.month), value, place >= figures.month.month)
            for place, (one, value) in enumerate(zip(months, values, strict=True))
        ]
    )


@get("/months/{month:str}/figures.csv", who=READERS, include_in_schema=False)
async def figures_csv(
    request: AnyRequest, month: FromPath[str], sheet: FromQuery[str] = "budget"
) -> Response[bytes]:
    """One table as CSV."""
    found = next((s for s in month_sheets(await _figures(request, month)) if s.code == sheet), None)
    if found is None:
        raise NotFound("month.unknown")
    return download(f"{month}-{sheet}.csv", sheet_csv(found), "text/csv; charset=utf-8")


@get("/months/{month:str}/figures.xlsx", who=READERS, include_in_schema=False)
async def figures_xlsx(request: AnyRequest, month: FromPath[str]) -> Response[bytes]:
    """All tables as one workbook."""
    figures = await _figures(request, month)
    title = gettext("Figures of %(month)s", month=format_month(figures.month))
    content = workbook(month_sheets(figures), title=title, made_at=services(request).now())
    return download(f"{month}.xlsx", content, XLSX)


ROUTES: list[Any] = [show_figures, figures_csv, figures_xlsx]
