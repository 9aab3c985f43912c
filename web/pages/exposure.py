"""Exposure of the providers by month, against chance: the register officer's page and file."""

import csv
import io
from datetime import date
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromQuery

from registry.choice.queries.exposure import Exposure, exposure, months_over
from registry.shared.actor import Role
from registry.shared.texts import harmless_in_spreadsheet
from web.page import page
from web.services import services, signed_in
from web.translations import format_month, gettext

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})

WITHHELD: Final = "<5"
"""In the file, in place of a number that is not told."""

HEADER: Final = (
    "month", "provider_id", "provider", "eligible", "expected_in_first_view", "in_first_view", "p_value", "chosen",
    "not_answered",
)  # fmt: skip


async def _of_month(request: AnyRequest, asked: str) -> tuple[list[date], date | None, list[Exposure]]:
    """(the months that are over, the one asked for or the newest, its rows)."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        months = await months_over(session, organiser_id=actor.organiser_id, now=held.now())
        month = next((one for one in months if one.isoformat()[:7] == asked), months[0] if months else None)
        rows = await exposure(session, actor.organiser_id, month) if month is not None else []
    return months, month, rows


@get("/exposure", who=OFFICER, include_in_schema=False)
async def show_exposure(request: AnyRequest, month: FromQuery[str] = "") -> Response[str]:
    """One month that is over."""
    months, chosen, rows = await _of_month(request, month)
    return page(
        request,
        "exposure/exposure.html",
        months=[(one.isoformat()[:7], _capital(format_month(one))) for one in months],
        month=chosen,
        rows=rows,
        chance_text=chance_text,
    )


@get("/exposure.csv", who=OFFICER, include_in_schema=False)
async def exposure_csv(request: AnyRequest, month: FromQuery[str] = "") -> Response[bytes]:
    """The same rows as a file; a number that is withheld is "<5", whatever it is."""
    _, chosen, rows = await _of_month(request, month)
    named = chosen.isoformat()[:7] if chosen else ""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(
            (
                named,
                row.provider_id,
                harmless_in_spreadsheet(row.name),
                *map(_told, (row.eligible, row.expected, row.shown)),
                _p_in_file(row),
                *map(_told, (row.chosen, row.lapsed)),
            )
        )
    return Response(
        out.getvalue().encode(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="exposure-{named or "none"}.csv"'},
    )


def _told(number: float | None) -> str:
    return WITHHELD if number is None else str(number)


def _p_in_file(row: Exposure) -> str:
    if row.p_value is not None:
        return f"{row.p_value:.4g}"
    return f"<{row.p_below}" if row.p_below is not None else ""


def chance_text(row: Exposure) -> str:
    """What the comparison with chance says, in words."""
    p = row.p_value if row.p_value is not None else row.p_below
    if row.eligible is None:
        return gettext("Too few to compare")
    if p is None or p >= UNUSUAL:
        return gettext("As chance gives")
    if row.fewer:
        return gettext("Shown less often than chance usually gives")
    return gettext("Shown more often than chance usually gives")


UNUSUAL: Final = 0.01
"""With twenty providers, one month in five has somebody below this by chance alone; at 0.05 every month would."""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


ROUTES: list[Any] = [show_exposure, exposure_csv]
