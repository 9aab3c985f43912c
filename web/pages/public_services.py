"""Services for everybody: what each is and costs, who is approved for it, and how far providers differ by more than
chance."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from registry.catalogue.rule_books.queries import rule_book_of
from registry.providers.queries.services import approved_for, public_service, public_services
from registry.quality.funnel import Place
from registry.quality.published.rows import FigureRow
from registry.quality.published.service import ORDERS, all_service_figures, in_order, service_figures
from registry.quality.rules import HEADLINE, MEASURES, Kind
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from web.funnel_picture import picture
from web.measure_texts import blank_short, measure_options, measure_text, place_text
from web.open_data.answers import table_answer
from web.page import page
from web.security import PUBLIC
from web.services import services
from web.translations import N_, format_list, gettext, ngettext

AnyRequest = Request[Any, Any, Any]

ORDER_LABELS: Final = {
    "name": N_("Name"),
    "people": N_("Number of people"),
    "estimate": N_("Estimate"),
    "expected": N_("Result against what was expected"),
}
PER_PAGE: Final = 100
NAMED: Final = 20
"""So many are named in the words beside the picture; the table names all."""
BELOW: Final = (Place.FAR_BELOW, Place.BELOW)
ABOVE: Final = (Place.FAR_ABOVE, Place.ABOVE)


@get("/services", who=PUBLIC, include_in_schema=False)
async def list_services(request: AnyRequest) -> Response[str]:
    """Every service that a voucher buys here."""
    held = services(request)
    async with held.database.transaction() as session:
        cards = await public_services(session, on=local_date(held.now()))
    return page(request, "quality/services.html", cards=cards)


@get("/services/{service_id:uuid}", who=PUBLIC, include_in_schema=False)
async def show_service(
    request: AnyRequest,
    service_id: FromPath[UUID],
    measure: FromQuery[str] = HEADLINE,
    order: FromQuery[str] = "name",
    number: FromQuery[str] = "1",
) -> Response[str]:
    """One service: its funnel and the table of the same figures."""
    held = services(request)
    async with held.database.transaction() as session:
        service = await public_service(session, service_id=service_id)
        if service is None:
            raise NotFound("service.unknown")
        book = await rule_book_of(session, service_id)
        approved = await approved_for(session, service_id=service_id, on=local_date(held.now()))
        found = await service_figures(
            session,
            service,
            approved,
            measure=measure if measure in MEASURES else HEADLINE,
            now=held.now(),
        )
    order = order if order in ORDERS else "name"
    fitted = found.fitted
    drawn = picture(found.lines, fitted, found.shown) if fitted is not None and found.lines else None
    rows = in_order(found.rows, order)
    last = max(1, -(-len(rows) // PER_PAGE))
    current = (
        min(max(1, int(number)), last) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    )
    prices = [one.unit_price_cents for one in approved if not one.suspended]
    return page(
        request,
        "quality/service.html",
        service=service,
        book=book,
        approved=approved,
        choosable=sum(not one.suspended for one in approved),
        prices=(min(prices), max(prices)) if prices else None,
        found=found,
        days=MEASURES[found.measure].kind is Kind.DAYS,
        rows=rows[(current - 1) * PER_PAGE : current * PER_PAGE],
        expected=any(row.figure.expected is not None for row in rows),
        current=current,
        last=last,
        address=f"/services/{service_id}?measure={found.measure}&order={order}&number={{page}}#table",
        order=order,
        orders=[(code, gettext(label)) for code, label in ORDER_LABELS.items()],
        measures=measure_options(found.measures),
        drawn=drawn,
        fitted=fitted,
        below=_names(found.shown, BELOW),
        above=_names(found.shown, ABOVE),
        measure_text=measure_text,
        blank_short=blank_short,
        place_text=place_text,
    )


def _names(rows: Sequence[FigureRow], places: tuple[Place, ...]) -> str:
    """Who lies there, as a list in a sentence."""
    names = [row.provider_name for row in rows if row.place in places]
    rest = len(names) - NAMED
    if rest > 0:
        return ngettext(
            "%(names)s and %(num)s other",
            "%(names)s and %(num)s others",
            rest,
            names=", ".join(names[:NAMED]),
        )
    return format_list(names)


async def _file(request: AnyRequest, service_id: UUID, format_: str) -> Response[Any]:
    held = services(request)
    async with held.database.transaction() as session:
        service = await public_service(session, service_id=service_id)
        if service is None:
            raise NotFound("service.unknown")
        approved = await approved_for(session, service_id=service_id, on=local_date(held.now()))
        rows = await all_service_figures(session, service, approved, now=held.now())
    facts = {"service_id": str(service.id), "service": service.code, "organiser": service.organiser_code}
    return table_answer(request, f"figures-{service.id}", format_, facts, rows)


@get("/services/{service_id:uuid}/figures.csv", who=PUBLIC, include_in_schema=False)
async def figures_csv(request: AnyRequest, service_id: FromPath[UUID]) -> Response[Any]:
    """Every figure of the service in the newest public release."""
    return await _file(request, service_id, "csv")


@get("/services/{service_id:uuid}/figures.json", who=PUBLIC, include_in_schema=False)
async def figures_json(request: AnyRequest, service_id: FromPath[UUID]) -> Response[Any]:
    """The same as JSON."""
    return await _file(request, service_id, "json")


ROUTES: list[Any] = [list_services, show_service, figures_csv, figures_json]
