"""Days to payment, for everybody: as a page and as CSV."""

from typing import Any

from litestar import Request, Response, get
from sqlalchemy import select

from registry.catalogue.model import Organiser
from registry.settlement.reports.payment_days import PaymentDays, payment_days
from registry.settlement.reports.sheets import Kind, Sheet, sheet_csv
from registry.shared.actor import Sight
from registry.shared.database import see
from registry.shared.period import local_date, month_of
from web.page import page
from web.pages.statement import download
from web.security import PUBLIC
from web.services import services
from web.translations import current_language, gettext

AnyRequest = Request[Any, Any, Any]


async def published_days(request: AnyRequest) -> list[PaymentDays]:
    """Of all authorities, up to the end of the last month: what was paid yesterday tells of one payment."""
    held = services(request)
    until = month_of(local_date(held.now()))
    async with held.database.transaction() as session:
        organisers = (await session.scalars(select(Organiser.id).where(~Organiser.sandbox))).all()
        # everybody may know how soon an authority pays; the rows behind it stay out of sight
        await see(session, Sight(organisers=tuple(organisers)))
        return await payment_days(session, organisers=organisers, until=until)


async def _sheet(request: AnyRequest) -> Sheet:
    language = current_language.get()
    return Sheet(
        "payment-days",
        gettext("Days to payment"),
        [
            (gettext("Provider"), Kind.TEXT),
            (gettext("Authority"), Kind.TEXT),
            (gettext("Payments"), Kind.NUMBER),
            (gettext("Days, the middle one"), Kind.DECIMAL),
            (gettext("Days, the longest"), Kind.NUMBER),
            (gettext("Paid within 30 days"), Kind.NUMBER),
        ],
        [
            (
                row.provider_name,
                row.organiser_name.get(language, row.organiser_name["en"]),
                row.paid,
                row.median_days,
                row.longest_days,
                row.in_time,
            )
            for row in await published_days(request)
        ],
    )


@get("/payment-days", who=PUBLIC, include_in_schema=False)
async def show_days(request: AnyRequest) -> Response[str]:
    """How soon each authority pays each provider."""
    return page(request, "settlement/payment_days.html", sheet=await _sheet(request))


@get("/payment-days.csv", who=PUBLIC, include_in_schema=False)
async def days_csv(request: AnyRequest) -> Response[bytes]:
    return download("payment-days.csv", sheet_csv(await _sheet(request)), "text/csv; charset=utf-8")


ROUTES: list[Any] = [show_days, days_csv]
