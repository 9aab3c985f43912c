"""What search engines may know: the sitemap of the public pages, and robots.txt."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from xml.sax.saxutils import escape

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.providers.queries.addresses import count_pages, pages_of
from registry.providers.queries.services import public_services
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from web.security import PUBLIC
from web.services import services
from web.structured import provider_address

AnyRequest = Request[Any, Any, Any]

LARGEST: Final = 50_000
"""Addresses in one file, as sitemaps.org has it."""
XML: Final = "application/xml; charset=utf-8"
KEPT: Final = {"cache-control": f"public, max-age={int(timedelta(hours=1).total_seconds())}"}
NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
STANDING_PAGES: Final = (
    "/",
    "/providers",
    "/services",
    "/quality",
    "/open-data",
    "/accessibility",
    "/privacy",
)
CLOSED: Final = (
    *("/my", "/provider", "/vouchers", "/caseload", "/cases", "/messages", "/applications", "/admin"),
    *("/audit", "/months", "/statements", "/sign-in", "/demo/", "/providers/print", "/providers?"),
)
"""Pages that only lead to the sign-in page, and the many pages of a search."""


def _base(request: AnyRequest) -> str:
    return services(request).settings.base_url.rstrip("/")


def _written(kind: str, entry: str, addresses: Iterable[str]) -> Response[str]:
    lines = "".join(f"<{entry}><loc>{escape(address)}</loc></{entry}>\n" for address in addresses)
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{NAMESPACE}">\n{lines}</{kind}>\n',
        media_type=XML,
        headers=KEPT,
    )


async def _addresses(request: AnyRequest, number: int) -> list[str]:
    """The part of all addresses that stands in one file: the pages of the site first, then the providers."""
    held = services(request)
    today, base = local_date(held.now()), _base(request)
    async with held.database.transaction() as session:
        cards = await public_services(session, on=today)
        first = [f"{base}{path}" for path in STANDING_PAGES] + [
            f"{base}/services/{card.service.id}" for card in cards
        ]
        start = (number - 1) * LARGEST
        here = first[start : start + LARGEST]
        providers = await pages_of(
            session, on=today, offset=max(0, start - len(first)), limit=LARGEST - len(here)
        )
    return here + [provider_address(base, provider_id) for provider_id in providers]


async def _files(request: AnyRequest) -> int:
    held = services(request)
    today = local_date(held.now())
    async with held.database.transaction() as session:
        count = await count_pages(session, on=today) + len(await public_services(session, on=today))
    return max(1, -(-(count + len(STANDING_PAGES)) // LARGEST))


@get("/sitemap.xml", who=PUBLIC, include_in_schema=False)
async def sitemap(request: AnyRequest) -> Response[str]:
    """All public pages; where they are more than one file may hold, the files."""
    files = await _files(request)
    if files == 1:
        return _written("urlset", "url", await _addresses(request, 1))
    base = _base(request)
    return _written(
        "sitemapindex", "sitemap", (f"{base}/sitemaps/{number}.xml" for number in range(1, files + 1))
    )


@get("/sitemaps/{name:str}", who=PUBLIC, include_in_schema=False)
async def sitemap_part(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    number = name.removesuffix(".xml")
    if not (number.isascii() and number.isdigit() and len(number) < 5 and name.endswith(".xml")):
        raise NotFound("request.not_found")
    if not 1 <= int(number) <= await _files(request):
        raise NotFound("request.not_found")
    return _written("urlset", "url", await _addresses(request, int(number)))


@get("/robots.txt", who=PUBLIC, include_in_schema=False)
async def robots(request: AnyRequest) -> Response[str]:
    """The register may be found, a demonstration with made-up companies may not."""
    closed = ("/",) if services(request).settings.demo else CLOSED
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in closed),
        f"Sitemap: {_base(request)}/sitemap.xml",
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8", headers=KEPT)


ROUTES: list[Any] = [sitemap, sitemap_part, robots]
