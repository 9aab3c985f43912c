"""What the public register is searched and filtered by."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, exists, func, literal, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.catalogue.model import Municipality, Organiser, Service
from registry.catalogue.queries import Names
from registry.providers.model import Admission, Provider
from registry.providers.queries.choosable import IN_FORCE, OPEN_REGISTER, STANDING, in_term, serves
from registry.providers.queries.offers import municipality_names, names
from registry.providers.rules import prefix_query, query_words


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


def _here(search: Search, provider: type[Provider], on: date) -> ColumnElement[bool]:
    """A standing admission of the provider that meets every condition, in one EXISTS."""
    here: list[ColumnElement[bool]] = [
        Admission.provider_id == provider.id,
        STANDING if search.suspended_too else IN_FORCE,
        in_term(on),
        OPEN_REGISTER,
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
    return exists(select(literal(1)).where(*here))


def _among(search: Search, *, sorted_: bool) -> tuple[type[Provider], list[ColumnElement[bool]]]:
    """Where to look: all providers, or those with the words that are sought. A word of three letters or more is found by
    its index first: the planner takes every beginning for a common one, and would for a rare one walk the whole list of
    names. One or two letters are common, and there the walk ends soon.

    `sorted_`: in the order of names already, so that admissions are asked for only until a page is full."""
    if not search.words.strip():
        return Provider, []
    words = query_words(search.words)
    if not words:
        return Provider, [literal_column("false")]
    query = func.to_tsquery(literal_column("'simple'", REGCONFIG), prefix_query(words))
    if max(map(len, words)) < 3:
        return Provider, [Provider.search_vector.op("@@", is_comparison=True)(query)]
    hits = select(*(getattr(Provider, name) for name in _SHOWN)).where(Provider.search_vector.op("@@")(query))
    if sorted_:
        hits = hits.order_by(Provider.sort_key, Provider.id)
    # OFFSET 0 keeps the planner from undoing what stands inside
    return aliased(Provider, hits.offset(0).subquery("hit")), []


_SHOWN: Final = ("id", "name", "sort_key", "form", "city", "own_production_of", "fictional")


def search_statement(
    search: Search, *, on: date, limit: int, after: tuple[str, UUID] | None = None, offset: int = 0
) -> Select[*tuple[Any, ...]]:
    """One page of the list, in the order of names."""
    provider, conditions = _among(search, sorted_=True)
    statement = (
        select(
            provider.id,
            provider.name,
            provider.sort_key,
            provider.form,
            provider.city,
            provider.own_production_of.is_not(None).label("own_production"),
            provider.fictional,
        )
        .where(*conditions, _here(search, provider, on))
        .order_by(provider.sort_key, provider.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(
            tuple_(provider.sort_key, provider.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    return statement.offset(offset) if offset else statement


async def count_providers(session: AsyncSession, *, search: Search, on: date, most: int = 1_001) -> int:
    """How many providers a search finds, counted up to `most`, so that a page's work has an end: nobody reads the
    thousandth, and who wants all of them follows the API's cursor."""
    provider, conditions = _among(search, sorted_=False)
    some = select(provider.id).where(*conditions, _here(search, provider, on)).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def filters(session: AsyncSession) -> Filters:
    """What the register can be filtered by: its organisers, their services and their municipalities."""
    organisers: dict[str, Names] = {}
    services: dict[str, Names] = {}
    rows = await session.execute(
        select(Organiser, Service)
        .outerjoin(Service, (Service.organiser_id == Organiser.id) & Service.active)
        .where(~Organiser.sandbox)
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
