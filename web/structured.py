"""A provider's page for machines: schema.org as JSON-LD, in the page's language and with nothing that the page does not
show. It is data and no script, so the content security policy lets it stand without an exception."""

from typing import Any
from uuid import UUID

import orjson
from markupsafe import Markup

from registry.providers.queries import PublicProvider, ServiceOffer
from web.translations import current_language

Node = dict[str, Any]


def provider_address(base_url: str, provider_id: UUID) -> str:
    """The stable address of a provider."""
    return f"{base_url.rstrip('/')}/providers/{provider_id}"


def structured_provider(provider: PublicProvider, *, base_url: str) -> Markup:
    """The organisation with what can be chosen from it, safe inside a script element."""
    lang = current_language.get()
    address = provider_address(base_url, provider.id)
    node: Node = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": address,
        "url": address,
        "name": provider.name,
        "identifier": provider.identity_value,
        "parentOrganization": _named("Organization", provider.company_group),
        "address": _postal(provider),
        "telephone": provider.phone,
        "email": provider.email,
        "sameAs": provider.website,
        "makesOffer": [_offer(offer, provider, lang) for offer in provider.offers if offer.choosable],
    }
    written = orjson.dumps(_filled(node)).decode()
    # a text may hold "</script>"; these three are the same text inside a JSON string
    for ch, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        written = written.replace(ch, escaped)
    return Markup(written)  # noqa: S704 - escaped above


def _filled(node: Node) -> Node:
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def _named(kind: str, name: str | None) -> Node | None:
    return {"@type": kind, "name": name} if name else None


def _postal(provider: PublicProvider) -> Node | None:
    found = _filled(
        {
            "streetAddress": provider.street,
            "postalCode": provider.postal_code,
            "addressLocality": provider.city,
        }
    )
    return {"@type": "PostalAddress"} | found if found else None


def _offer(offer: ServiceOffer, provider: PublicProvider, lang: str) -> Node:
    service = _filled(
        {
            "@type": "Service",
            "name": offer.service_name[lang],
            "description": offer.service_description[lang],
            "availableChannel": {"@type": "ServiceChannel", "availableLanguage": list(offer.languages)},
            "areaServed": _areas(offer, provider, lang),
        }
    )
    return _filled(
        {
            "@type": "Offer",
            "itemOffered": service,
            "priceSpecification": _filled(
                {
                    "@type": "UnitPriceSpecification",
                    "price": f"{offer.unit_price_cents / 100:.2f}",
                    "priceCurrency": "EUR",
                    "valueAddedTaxIncluded": True,
                    "unitCode": "HUR" if offer.unit_name == "hour" else None,
                }
            ),
            "validFrom": offer.valid_from.isoformat(),
            "validThrough": offer.valid_until.isoformat() if offer.valid_until else None,
        }
    )


def _areas(offer: ServiceOffer, provider: PublicProvider, lang: str) -> list[Node]:
    """The municipalities by name; the whole area by the name that the page says."""
    codes = set(offer.municipality_codes)
    whole = provider.areas.get(offer.organiser_area or "", frozenset())
    if whole and whole <= codes:
        return [{"@type": "AdministrativeArea", "name": offer.organiser_name[lang]}]
    return [
        {"@type": "AdministrativeArea", "name": provider.municipalities[code][lang]}
        for code in sorted(codes)
        if code in provider.municipalities
    ]
