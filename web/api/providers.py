"""The register for machines: open data of approved providers, applications, and decisions.

Reading the register takes no token. A provider's system applies and keeps its places; an organiser's system decides.
"""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field

from registry.catalogue.queries import Names
from registry.providers.queries import (
    ProviderCard,
    PublicProvider,
    Search,
    ServiceOffer,
    public_provider,
    search_providers,
)
from registry.shared.period import local_date
from web.schema import LARGEST_PAGE, ApiModel, Page, cursor, read_cursor
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]
CODE: Final = "^[a-z0-9-]{1,50}$"


class Texts(ApiModel):
    """A name in Finnish, Swedish and English."""

    fi: str = Field(examples=["Nuorten työnhakuvalmennus"])
    sv: str = Field(examples=["Jobbsökarträning för unga"])
    en: str = Field(examples=["Job-search coaching for young people"])

    @classmethod
    def of(cls, names: Names) -> "Texts":
        return cls(fi=names["fi"], sv=names["sv"], en=names["en"])


class OfferOut(ApiModel):
    """What a provider is approved to give to one organiser's clients."""

    admission: UUID
    state: str = Field(examples=["active"], description="active, or suspended: then it cannot be chosen")
    organiser: str = Field(examples=["oulu"], description="Code of the organiser")
    service: str = Field(examples=["nuorten-tyonhakuvalmennus"], description="Code of the service")
    service_id: UUID
    service_names: Texts
    unit_price_cents: int = Field(examples=[6000], description="Price of a unit, with VAT")
    unit_name: str | None = Field(examples=["hour"])
    vat_rate_bp: int = Field(examples=[2550], description="VAT rate in basis points: 25.5 % = 2550")
    vat_category: str | None = Field(
        examples=["S"],
        description="S at a rate, E exempt, AE reverse charge, Z at 0 %, O outside VAT; null: not said",
    )
    municipalities: list[str] = Field(
        examples=[["564"]], description="Codes of municipalities served on the spot"
    )
    remote: bool
    languages: list[str] = Field(examples=[["fi", "sv"]], description="ISO 639-1")
    languages_verified: list[str] = Field(
        examples=[["fi"]],
        description="Those whose skill an officer has seen proof of; the others are claimed",
    )
    accessibility: list[str] = Field(examples=[["step_free"]])
    method: str = Field(examples=["one_to_one"])
    first_talk_free: bool
    same_coach: bool | None = Field(
        examples=[True], description="The provider's own statement: one person from beginning to end"
    )
    experience: list[str] = Field(examples=[["first_job"]], description="The provider's own statement")
    has_places: bool
    next_start: date | None = Field(examples=["2026-12-01"])
    valid_from: date = Field(examples=["2026-01-01"])
    valid_until: date | None = Field(description="First day on which it no longer holds")


class ProviderOut(ApiModel):
    """An approved provider with what it offers."""

    id: UUID
    name: str = Field(examples=["Esimerkkivalmennus Oy"])
    form: str = Field(examples=["company"])
    city: str | None = Field(examples=["Oulu"])
    own_production: bool = Field(description="The organiser's own unit")
    fictional: bool
    offers: list[OfferOut]


class CoachOut(ApiModel):
    """A coach: first name, languages, own words by language."""

    first_name: str = Field(examples=["Aino"])
    languages: list[str] = Field(examples=[["fi"]])
    statement: dict[str, str] = Field(examples=[{"fi": "Kuuntelen ensin."}])


class DecisionOut(ApiModel):
    """A decision that an approval rests on: `approved`, the latest `changed`, and `suspended` while it is."""

    admission: UUID
    kind: str = Field(examples=["approved"])
    reference: str = Field(examples=["2026-7F3A9C21"])
    decided_on: date = Field(examples=["2026-11-22"])
    legal_basis: str = Field(examples=["569/2009 § 5"])


class ProviderEntryOut(ProviderOut):
    """A provider's whole entry."""

    identity_scheme: str = Field(examples=["fi:business-id"])
    identity_value: str = Field(examples=["2331972-7"])
    company_group: str | None
    street: str | None = Field(description="Never shown of a sole trader")
    postal_code: str | None
    website: str | None
    email: str | None
    phone: str | None
    source: str | None = Field(description="Register that it was imported from")
    introduction: dict[str, str] = Field(examples=[{"fi": "Kuljemme rinnalla."}], description="Its own words")
    coaches: list[CoachOut]
    decisions: list[DecisionOut] = Field(description="None of an approval that was imported")


def _offer(offer: ServiceOffer) -> OfferOut:
    return OfferOut(
        admission=offer.admission_id,
        state=offer.state,
        organiser=offer.organiser_code,
        service=offer.service_code,
        service_id=offer.service_id,
        service_names=Texts.of(offer.service_name),
        unit_price_cents=offer.unit_price_cents,
        unit_name=offer.unit_name,
        vat_rate_bp=offer.vat.rate_bp,
        vat_category=offer.vat.category,
        municipalities=list(offer.municipality_codes),
        remote=offer.remote,
        languages=list(offer.languages),
        languages_verified=list(offer.languages_verified),
        accessibility=list(offer.accessibility),
        method=offer.method,
        first_talk_free=offer.first_talk_free,
        same_coach=offer.same_coach,
        experience=list(offer.experience),
        has_places=offer.has_places,
        next_start=offer.next_start,
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
    )


def _card(card: ProviderCard) -> ProviderOut:
    return ProviderOut(
        id=card.id,
        name=card.name,
        form=card.form,
        city=card.city,
        own_production=card.own_production,
        fictional=card.fictional,
        offers=[_offer(offer) for offer in card.offers],
    )


def _entry(found: PublicProvider) -> ProviderEntryOut:
    return ProviderEntryOut(
        id=found.id,
        name=found.name,
        form=found.form,
        city=found.city,
        own_production=found.own_production_of is not None,
        fictional=found.fictional,
        offers=[_offer(offer) for offer in found.offers],
        identity_scheme=found.identity_scheme,
        identity_value=found.identity_value,
        company_group=found.company_group,
        street=found.street,
        postal_code=found.postal_code,
        website=found.website,
        email=found.email,
        phone=found.phone,
        source=found.source,
        introduction=dict(found.words.introduction),
        coaches=[
            CoachOut(
                first_name=coach.first_name, languages=list(coach.languages), statement=dict(coach.statement)
            )
            for coach in found.words.coaches
        ],
        decisions=[
            DecisionOut(
                admission=admission_id,
                kind=one.kind,
                reference=one.reference,
                decided_on=one.decided_on,
                legal_basis=one.law,
            )
            for admission_id, decisions in found.decisions.items()
            for one in decisions
        ],
    )


@get("/api/v1/providers", who=PUBLIC, tags=["providers"])
async def list_providers(
    request: AnyRequest,
    q: Annotated[
        str,
        QueryParameter(description="Words of name and place, in any order, accents optional", max_length=200),
    ] = "",
    organiser: Annotated[str | None, QueryParameter(pattern=CODE, description="Code of an organiser")] = None,
    service: Annotated[str | None, QueryParameter(pattern=CODE, description="Code of a service")] = None,
    municipality: Annotated[
        str | None, QueryParameter(pattern="^[0-9]{3}$", description="Served there, or remotely")
    ] = None,
    language: Annotated[str | None, QueryParameter(pattern="^[a-z]{2}$", description="ISO 639-1")] = None,
    remote: Annotated[bool, QueryParameter(description="Only those who serve remotely")] = False,
    suspended: Annotated[bool, QueryParameter(description="Also those who cannot be chosen now")] = False,
    after: Annotated[
        str | None,
        QueryParameter(name="cursor", description="`next` of the page before", max_length=1000),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Rows on a page")] = 50,
) -> Page[ProviderOut]:
    """Approved providers in the order of their names."""
    held = services(request)
    position = read_cursor(after, str, UUID)
    search = Search(
        words=q,
        organiser=organiser,
        service=service,
        municipality=municipality,
        language=language,
        remote=remote,
        suspended_too=suspended,
    )
    async with held.database.transaction() as session:
        cards = await search_providers(
            session,
            search=search,
            on=local_date(held.now()),
            limit=limit + 1,
            after=(position[0].replace("\0", ""), position[1]) if position else None,
        )
    shown = cards[:limit]
    more = len(cards) > limit
    return Page(
        items=[_card(card) for card in shown],
        next=cursor(shown[-1].sort_key, str(shown[-1].id)) if more else None,
    )


@get("/api/v1/providers/{provider_id:uuid}", who=PUBLIC, tags=["providers"])
async def show_provider(request: AnyRequest, provider_id: FromPath[UUID]) -> ProviderEntryOut:
    """A provider's entry; 404 for everyone who is not in the register, whatever the reason."""
    held = services(request)
    async with held.database.transaction() as session:
        found = await public_provider(session, provider_id=provider_id, on=local_date(held.now()))
    return _entry(found)


ROUTES: list[Any] = [list_providers, show_provider]
