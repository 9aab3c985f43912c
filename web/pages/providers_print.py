"""The register on paper: the same search as on the screen, as one table with whole addresses."""

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get

from registry.providers.queries import filters, search_providers
from registry.providers.queries.contacts import contacts_of
from registry.shared.period import local_date
from web.page import page
from web.pages.providers import read_search, search_address
from web.security import PUBLIC
from web.services import services
from web.structured import provider_address
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
MOST: Final = 500
"""Providers on one print; more is for a file, and the open data are one."""


@get("/providers/print", who=PUBLIC, include_in_schema=False)
async def print_providers(request: AnyRequest) -> Response[str]:
    """Everyone that the search finds, up to five hundred: six queries whatever it finds."""
    held = services(request)
    today = local_date(held.now())
    async with held.database.transaction() as session:
        known = await filters(session)
        search, _ = read_search(request, known)
        found = await search_providers(session, search=search, on=today, limit=MOST + 1)
        contacts = await contacts_of(session, [card.id for card in found])
    return page(
        request,
        "providers/print.html",
        found=found[:MOST],
        more=len(found) > MOST,
        most=MOST,
        contacts=contacts,
        today=today,
        back=search_address(search),
        municipalities={option.code: option.name for option in known.municipalities},
        languages_text=languages_text,
        last_day=lambda day: day - timedelta(days=1),
        address_of=lambda provider_id: provider_address(held.settings.base_url, provider_id),
    )


ROUTES: list[Any] = [print_providers]
