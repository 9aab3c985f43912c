"""Open data for people: what there is, what it means, on what terms, and how to check it oneself."""

from typing import Any, Final

from litestar import Request, Response, get

from registry.catalogue.queries import organisers
from registry.quality.queries import releases
from web.measure_texts import BLANKS, PLACES, measure_options
from web.open_data.columns import TABLES, licence, table
from web.page import page
from web.security import PUBLIC
from web.services import services
from web.translations import current_language, gettext

AnyRequest = Request[Any, Any, Any]

SHOWN: Final = 12
"""Releases per organiser on the page; the API lists all of them."""


@get("/open-data", who=PUBLIC, include_in_schema=False)
async def open_data(request: AnyRequest) -> Response[str]:
    """The releases of each organiser, the register, the dictionary and the licence."""
    held = services(request)
    async with held.database.transaction() as session:
        published = await releases(session, now=held.now())
        everyone = await organisers(session)
    lang = current_language.get()
    by_organiser = [
        (organiser, [release for release in published if release.organiser_id == organiser.id])
        for organiser in everyone
    ]
    return page(
        request,
        "quality/open_data.html",
        organisers=[
            (organiser.names[lang], found[:SHOWN], len(found)) for organiser, found in by_organiser if found
        ],
        tables=[table(name) for name in TABLES],
        licence=licence(),
        meanings={
            "measure": measure_options(),
            "blank": [(code, gettext(text)) for code, text in BLANKS.items()],
            "funnel": [(code, gettext(text)) for code, text in PLACES.items()],
        },
    )


ROUTES: list[Any] = [open_data]
