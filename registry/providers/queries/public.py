"""The public register: what anyone may read without signing in.

Only standing admissions are shown, and of a provider only what its register entry says: no reasons of a
suspension, no applications, no street of a sole trader, who often works at home.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, exists, func, literal, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.providers.model import Admission, Provider
from registry.providers.queries.choosable import IN_FORCE, STANDING, OwnWords, in_term, own_words, serves
from registry.providers.rules import prefix_query, query_words
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Everything is optional; several conditions hold of one and the same admission."""

    words: str = ""
    organiser: str | None = None
    """Code of the organiser."""
    service: str | None = None
    """Code of the service; organisers that use the same code are searched together."""
    municipality: str | None = None
    """Served on the spot or remotely."""
    language: str | None = None
    remote: bool = False
    suspended_too: bool = False


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """One admission as the public sees it."""

    admission_id: UUID
    provider_id: UUID
    state: str
    organiser_id: UUID
    organiser_code: str
    organiser_name: Names
    organiser_area: str | None
    service_id: UUID
    service_code: str
    service_name: Names
    service_description: Names
    unit_price_cents: int
    unit_name: str | None
    vat_rate_bp: int
    municipality_codes: tuple[str, ...]
    remote: bool
    languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    method: str
    first_talk_free: bool
    same_coach: bool | None
    experience: tuple[str, ...]
    has_places: bool
    next_start: date | None
    valid_from: date
    valid_until: date | None

    @property
    def choosable(self) -> bool:
        return self.state == "active"


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
    municipalities: Mapping[str, Names]
    """Code → name of every municipality that an offer names."""
    areas: Mapping[str, frozenset[str]]
    """Employment area → the municipalities in it, to say "the whole area"."""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in a filter."""

    code: str
    name: Names


@dataclass(frozen=True, slots=True)
class Filters:
    """What can be filtered by."""

    organisers: tuple[Option, ...] = ()
    services: tuple[Option, ...] = ()
    municipalities: tuple[Option, ...] = field(default=())


def names(row: Any) -> Names:
    """The three names of an organiser or a service."""
    return Names(row.name_fi, row.name_sv, row.name_en)


def _matching(search: Search, on: date) -> list[ColumnElement[bool]]:
    """The conditions of a search, on provider and, in one EXISTS, on a standing admission of it."""
    here: list[ColumnElement[bool]] = [
        Admission.provider_id == Provider.id,
        STANDING if search.suspended_too else IN_FORCE,
        in_term(on),
    ]
    if search.organiser:
        here.append(
            Admission.organiser_id.in_(select(Organiser.id).where(Organiser.code == search.organiser))
        )
    if search.service:
        here.append(Admission.service_id.in_(select(Service.id).where(Service.code == search.service)))
    if search.municipality:
        here.append(serves(search.municipality))
    if search.language:
        here.append(literal(search.language) == any_(Admission.languages))
    if search.remote:
        here.append(Admission.remote.is_(True))
    conditions: list[ColumnElement[bool]] = [exists(select(literal(1)).where(*here))]
    if search.words.strip():
        words = query_words(search.words)
        if not words:
            return [literal_column("false")]
        conditions.append(_has(words))
    return conditions


def _has(words: Sequence[str]) -> ColumnElement[bool]:
    """Providers with these words. A word of three letters or more is found by its index first: the planner takes
    every beginning for a common one, and would for a rare one walk the whole list of names. One or two letters are
    common, and there the walk ends soon."""
    query = func.to_tsquery(literal_column("'simple'", REGCONFIG), prefix_query(words))
    if max(map(len, words)) < 3:
        return Provider.search_vector.op("@@", is_comparison=True)(query)
    hit = aliased(Provider)
    hits = select(hit.id).where(hit.search_vector.op("@@")(query)).cte("hits").prefix_with("MATERIALIZED")
    return Provider.id.in_(select(hits.c.id))


def search_statement(
    search: Search, *, on: date, limit: int, after: tuple[str, UUID] | None = None, offset: int = 0
) -> Select[*tuple[Any, ...]]:
    """One page of the list, in the order of names."""
    statement = (
        select(
            Provider.id,
            Provider.name,
            Provider.sort_key,
            Provider.form,
            Provider.city,
            Provider.own_production_of.is_not(None).label("own_production"),
            Provider.fictional,
        )
        .where(*_matching(search, on))
        .order_by(Provider.sort_key, Provider.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(
            tuple_(Provider.sort_key, Provider.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    return statement.offset(offset) if offset else statement


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
    offers = await _offers(session, [row.id for row in rows], on, suspended_too=search.suspended_too)
    return [ProviderCard(**row._mapping, offers=tuple(offers.get(row.id, ()))) for row in rows]


async def count_providers(session: AsyncSession, *, search: Search, on: date, most: int = 1_001) -> int:
    """How many providers a search finds, counted up to `most`, so that a page's work has an end: nobody reads the
    thousandth, and who wants all of them follows the API's cursor."""
    some = select(Provider.id).where(*_matching(search, on)).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def _offers(
    session: AsyncSession, provider_ids: Sequence[UUID], on: date, *, suspended_too: bool
) -> dict[UUID, list[ServiceOffer]]:
    if not provider_ids:
        return {}
    latest_terms = (
        select(VoucherTerms.unit_name)
        .where(VoucherTerms.service_id == Service.id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Admission, Service, Organiser, latest_terms.label("unit_name"))
        .join(Service, Service.id == Admission.service_id)
        .join(Organiser, Organiser.id == Admission.organiser_id)
        .where(
            Admission.provider_id.in_(provider_ids),
            STANDING if suspended_too else IN_FORCE,
            in_term(on),
        )
        .order_by(Organiser.name_fi, Service.name_fi, Admission.id)
    )
    found: dict[UUID, list[ServiceOffer]] = {}
    for admission, service, organiser, unit_name in rows:
        offer = _offer(admission, service, organiser, unit_name, on)
        found.setdefault(offer.provider_id, []).append(offer)
    return found


def _offer(
    admission: Admission, service: Service, organiser: Organiser, unit_name: str | None, on: date
) -> ServiceOffer:
    start = admission.next_start
    return ServiceOffer(
        admission_id=admission.id,
        provider_id=admission.provider_id,
        state=admission.state,
        organiser_id=organiser.id,
        organiser_code=organiser.code,
        organiser_name=names(organiser),
        organiser_area=organiser.employment_area_code,
        service_id=service.id,
        service_code=service.code,
        service_name=names(service),
        service_description=Names(service.description_fi, service.description_sv, service.description_en),
        unit_price_cents=admission.unit_price_cents,
        unit_name=unit_name,
        vat_rate_bp=admission.vat_rate_bp,
        municipality_codes=tuple(admission.municipality_codes),
        remote=admission.remote,
        languages=tuple(admission.languages),
        accessibility=tuple(admission.accessibility),
        method=admission.method,
        first_talk_free=admission.first_talk_free,
        same_coach=admission.same_coach,
        experience=tuple(admission.experience),
        has_places=admission.taken < admission.places,
        next_start=start if start is not None and start >= on else None,
        valid_from=admission.valid_from,
        valid_until=admission.valid_until,
    )


async def public_provider(session: AsyncSession, *, provider_id: UUID, on: date) -> PublicProvider:
    """A provider's register entry. Who has no standing admission is not in the register: NotFound, whether it left,
    was removed, applies or never was."""
    provider = await session.get(Provider, provider_id)
    offers = (await _offers(session, [provider_id], on, suspended_too=True)).get(provider_id)
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
    at_home = provider.form == "sole_trader"
    return PublicProvider(
        id=provider.id,
        name=provider.name,
        form=provider.form,
        identity_scheme=provider.identity_scheme,
        identity_value=provider.identity_value,
        company_group=provider.company_group,
        own_production_of=owner,
        fictional=provider.fictional,
        street=None if at_home else provider.street,
        postal_code=None if at_home else provider.postal_code,
        city=provider.city,
        website=provider.website,
        email=provider.email,
        phone=provider.phone,
        source=provider.source,
        words=words,
        offers=tuple(offers),
        municipalities={m.code: municipality_names(m) for m in places},
        areas={
            area: frozenset(m.code for m in places if m.employment_area_code == area)
            for area in sorted(areas)
        },
    )


def municipality_names(municipality: Municipality) -> Names:
    """A municipality has two names; in English it goes by the Finnish one."""
    return Names(municipality.name_fi, municipality.name_sv, municipality.name_fi)


async def filters(session: AsyncSession) -> Filters:
    """What the register can be filtered by: its organisers, their services and their municipalities."""
    organisers: dict[str, Names] = {}
    services: dict[str, Names] = {}
    rows = await session.execute(
        select(Organiser, Service)
        .outerjoin(Service, (Service.organiser_id == Organiser.id) & Service.active)
        .order_by(Organiser.name_fi, Service.name_fi)
    )
    for organiser, service in rows:
        organisers.setdefault(organiser.code, names(organiser))
        if service is not None:
            services.setdefault(service.code, names(service))
    municipalities = await session.scalars(
        select(Municipality)
        .where(Municipality.employment_area_code.in_(select(Organiser.employment_area_code)))
        .order_by(Municipality.name_fi)
    )
    return Filters(
        organisers=tuple(Option(code, name) for code, name in organisers.items()),
        services=tuple(Option(code, name) for code, name in services.items()),
        municipalities=tuple(Option(m.code, municipality_names(m)) for m in municipalities),
    )
