"""The public register: what anyone may read without signing in.

Only standing admissions are shown, and of a provider only what its register entry says: no reasons of a
suspension, no applications, no street of a sole trader, who often works at home.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser
from registry.catalogue.queries import Names
from registry.providers.model import Provider
from registry.providers.queries.in_force import DecisionInForce, decisions_in_force
from registry.providers.queries.offers import ServiceOffer, municipality_names, names, offers_of
from registry.providers.queries.own_words import OwnWords, own_words
from registry.providers.queries.searching import Search, search_statement
from registry.providers.rules import address_shown
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """A provider in the list."""

    id: UUID
    name: str
    sort_key: str
    form: str
    city: str | None
    own_production: bool
    fictional: bool
    offers: tuple[ServiceOffer, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicProvider:
    """A provider's page."""

    id: UUID
    name: str
    form: str
    identity_scheme: str
    identity_value: str
    company_group: str | None
    own_production_of: Names | None
    fictional: bool
    street: str | None
    postal_code: str | None
    city: str | None
    website: str | None
    email: str | None
    phone: str | None
    source: str | None
    words: OwnWords
    offers: tuple[ServiceOffer, ...]
    decisions: Mapping[UUID, tuple[DecisionInForce, ...]]
    """Admission → the decisions that it rests on."""
    municipalities: Mapping[str, Names]
    """Code → name of every municipality that an offer names."""
    areas: Mapping[str, frozenset[str]]
    """Employment area → the municipalities in it, to say "the whole area"."""


async def search_providers(
    session: AsyncSession,
    *,
    search: Search,
    on: date,
    limit: int,
    after: tuple[str, UUID] | None = None,
    offset: int = 0,
) -> list[ProviderCard]:
    """One page of the register, two queries whatever its length. `after` is the (sort_key, id) of the last card
    before it; a page reached by number uses `offset`."""
    statement = search_statement(search, on=on, limit=limit, after=after, offset=offset)
    rows = (await session.execute(statement)).all()
    offers = await offers_of(session, [row.id for row in rows], on, suspended_too=search.suspended_too)
    return [ProviderCard(**row._mapping, offers=tuple(offers.get(row.id, ()))) for row in rows]


async def public_provider(session: AsyncSession, *, provider_id: UUID, on: date) -> PublicProvider:
    """A provider's register entry. Who has no standing admission is not in the register: NotFound, whether it left,
    was removed, applies or never was."""
    provider = await session.get(Provider, provider_id)
    offers = (await offers_of(session, [provider_id], on, suspended_too=True)).get(provider_id)
    if provider is None or not offers:
        raise NotFound("provider.not_in_register")
    areas = {offer.organiser_area for offer in offers if offer.organiser_area}
    codes = {code for offer in offers for code in offer.municipality_codes}
    places = (
        await session.scalars(
            select(Municipality)
            .where((Municipality.code.in_(codes)) | (Municipality.employment_area_code.in_(areas)))
            .order_by(Municipality.name_fi)
        )
    ).all()
    owner = None
    if provider.own_production_of is not None:
        owner = names(await session.get_one(Organiser, provider.own_production_of))
    words = (await own_words(session, [provider_id]))[provider_id]
    street, postal_code = address_shown(provider.form, provider.street, provider.postal_code)
    return PublicProvider(
        id=provider.id,
        name=provider.name,
        form=provider.form,
        identity_scheme=provider.identity_scheme,
        identity_value=provider.identity_value,
        company_group=provider.company_group,
        own_production_of=owner,
        fictional=provider.fictional,
        street=street,
        postal_code=postal_code,
        city=provider.city,
        website=provider.website,
        email=provider.email,
        phone=provider.phone,
        source=provider.source,
        words=words,
        offers=tuple(offers),
        decisions=await decisions_in_force(
            session, [offer.admission_id for offer in offers if offer.decided]
        ),
        municipalities={m.code: municipality_names(m) for m in places},
        areas={
            area: frozenset(m.code for m in places if m.employment_area_code == area)
            for area in sorted(areas)
        },
    )
