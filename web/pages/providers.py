"""The public register: the list with its search, and a page for each provider. No sign-in."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.catalogue.legal_regimes.rules import cited
from registry.catalogue.queries import Names
from registry.providers.keeping.queries import coming_prices
from registry.providers.oversight.queries import published_findings
from registry.providers.queries import (
    Filters,
    PublicProvider,
    Search,
    ServiceOffer,
    count_providers,
    filters,
    public_provider,
    search_providers,
)
from registry.providers.queries.in_force import DecisionInForce
from registry.providers.rules import LANGUAGES, sort_key
from registry.quality.comments.queries import published_comments
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from web.measure_texts import blank_short, measure_text
from web.page import page
from web.pages.provider_evidence import evidence_of
from web.security import PUBLIC
from web.services import services
from web.structured import provider_address, structured_provider
from web.translations import current_language, format_list
from web.words import language_name, languages_text

AnyRequest = Request[Any, Any, Any]
PAGE: Final = 20
COUNTED: Final = 1_000
"""Beyond it the page says "more than", and asks for a narrower search."""

COMMON_LANGUAGES: Final = (
    *("fi", "sv", "en", "se", "ru", "et", "uk", "ar", "fa", "so", "ku"),
    *("tr", "vi", "th", "es", "fr", "de"),
)
"""The languages that forms and filters offer; the API takes every language of ISO 639-1."""


def language_options() -> list[tuple[str, str]]:
    """Languages to choose from, by name, with Finnish, Swedish and English first."""
    named = [(code, _capital(language_name(code))) for code in COMMON_LANGUAGES]
    return named[:3] + sorted(named[3:], key=lambda option: sort_key(option[1]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def languages_inside(codes: Iterable[str]) -> str:
    """Languages as a list inside a sentence: only English writes them with a capital."""
    text = languages_text(codes)
    return text if current_language.get() == "en" else text[:1].lower() + text[1:]


def in_order(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Options by their names, as Finnish sorts them."""
    return sorted(options, key=lambda option: sort_key(option[1]))


def place_names(offer: ServiceOffer, provider: PublicProvider) -> tuple[str, bool]:
    """Where an offer is given on the spot: names, and whether they are an employment area as a whole."""
    lang = current_language.get()
    codes = set(offer.municipality_codes)
    whole = provider.areas.get(offer.organiser_area or "", frozenset())
    if whole and whole <= codes:
        return offer.organiser_name[lang], True
    return names_of(codes, provider.municipalities), False


def names_of(codes: Any, names: Any) -> str:
    """Names of municipalities in the reader's language, in order, as a list."""
    lang = current_language.get()
    found: list[Names] = [names[code] for code in codes if code in names]
    return format_list(sorted((name[lang] for name in found), key=sort_key))


def read_search(request: AnyRequest, known: Filters) -> tuple[Search, int]:
    """The search in the address. What no filter offers is left aside: an old link still finds something."""
    asked = request.query_params

    def one_of(name: str, options: Any) -> str | None:
        value = asked.get(name)
        return value if value in {option.code for option in options} else None

    language = asked.get("language")
    number = asked.get("page", "1")
    search = Search(
        words=asked.get("q", "")[:200],
        organiser=one_of("organiser", known.organisers),
        service=one_of("service", known.services),
        municipality=one_of("municipality", known.municipalities),
        language=language if language in LANGUAGES else None,
        remote=asked.get("remote") == "yes",
        suspended_too=asked.get("suspended") == "yes",
    )
    page_number = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    return search, max(1, min(page_number, COUNTED // PAGE))


def _asked(search: Search) -> dict[str, str]:
    """The search as it stands in the address."""
    asked = {
        "q": search.words,
        "service": search.service or "",
        "municipality": search.municipality or "",
        "language": search.language or "",
        "organiser": search.organiser or "",
        "remote": "yes" if search.remote else "",
        "suspended": "yes" if search.suspended_too else "",
    }
    return {name: value for name, value in asked.items() if value}


def search_address(search: Search, path: str = "/providers") -> str:
    """Where this search is shown."""
    asked = _asked(search)
    return f"{path}?{urlencode(asked)}" if asked else path


@get("/providers", who=PUBLIC, include_in_schema=False)
async def list_providers(request: AnyRequest) -> Response[str]:
    """The register, by name."""
    held = services(request)
    today = local_date(held.now())
    async with held.database.transaction() as session:
        known = await filters(session)
        search, number = read_search(request, known)
        total = await count_providers(session, search=search, on=today, most=COUNTED + 1)
        last = max(1, -(-min(total, COUNTED) // PAGE))
        number = min(number, last)
        found = await search_providers(
            session, search=search, on=today, limit=PAGE, offset=(number - 1) * PAGE
        )
    lang = current_language.get()
    address = _asked(search)
    return page(
        request,
        "providers/list.html",
        search=search,
        found=found,
        total=min(total, COUNTED),
        more=total > COUNTED,
        number=number,
        last=last,
        first_shown=(number - 1) * PAGE + 1,
        href=f"/providers?{urlencode(address)}&page={{page}}" if address else "/providers?page={page}",
        on_paper=search_address(search, "/providers/print"),
        filtered=bool(address.keys() - {"q"}),
        service_options=in_order([(o.code, o.name[lang]) for o in known.services]),
        organiser_options=in_order([(o.code, o.name[lang]) for o in known.organisers]),
        municipality_options=in_order([(o.code, o.name[lang]) for o in known.municipalities]),
        language_options=language_options(),
        languages_text=languages_text,
    )


@get("/providers/{provider_id:uuid}", who=PUBLIC, include_in_schema=False)
async def show_provider(request: AnyRequest, provider_id: FromPath[UUID]) -> Response[str]:
    """A provider's entry. Who is not in the register has a page that says only that."""
    held = services(request)
    try:
        async with held.database.transaction() as session:
            found = await public_provider(session, provider_id=provider_id, on=local_date(held.now()))
            evidence = await evidence_of(session, found, now=held.now())
            comments = await published_comments(session, provider_ids=[found.id], now=held.now())
            findings = await published_findings(session, found.id)
            coming = await coming_prices(session, [offer.admission_id for offer in found.offers])
    except NotFound:
        return page(request, "providers/not_in_register.html", status=404)
    return page(
        request,
        "providers/provider.html",
        provider=found,
        address=provider_address(held.settings.base_url, found.id),
        structured=structured_provider(found, base_url=held.settings.base_url),
        last_day=lambda day: day - timedelta(days=1),
        coming=coming,
        evidence=evidence,
        comments=comments.get(found.id, []),
        found_by_authority=findings,
        has_figures=any(service.release for service in evidence.values()),
        measure_text=measure_text,
        blank_short=blank_short,
        languages_inside=languages_inside,
        places={offer.admission_id: place_names(offer, found) for offer in found.offers},
        languages_text=languages_text,
        cited_law=_cited_law,
    )


def _cited_law(decision: DecisionInForce) -> str:
    return format_list([cited(source, current_language.get()) for source in decision.basis])


ROUTES: list[Any] = [list_providers, show_provider]
