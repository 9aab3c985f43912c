"""Admissions behind sign-in: the organiser's own register, and the provider's own page.

Admissions and providers are published tables, so these queries name whose they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.providers.model import Admission, Application, Provider
from registry.providers.queries.applications import (
    ApplicationRow,
    ProviderFacts,
    application_rows,
    latest_terms,
    provider_facts,
)
from registry.providers.queries.choosable import STANDING
from registry.providers.queries.offers import names, verified_of
from registry.providers.queries.own_words import CoachWords, coaches_inside
from registry.providers.rules import prefix_query, query_words
from registry.shared.errors import NotFound
from registry.shared.vat import Vat, vat_in


@dataclass(frozen=True, slots=True)
class AdmissionRow:
    """An admission in the officer's or the provider's list."""

    id: UUID
    provider_id: UUID
    provider_name: str
    sort_key: str
    organiser_name: Names
    service_id: UUID
    service_name: Names
    unit_name: str | None
    state: str
    state_reason: str | None
    unit_price_cents: int
    vat: Vat
    languages: tuple[str, ...]
    languages_verified: tuple[str, ...]
    remote: bool
    places: int
    taken: int
    next_start: date | None
    same_coach: bool | None
    experience: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    rule_book_version: str
    capacity_confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderDesk:
    """A provider user's own page: the organisation, its admissions, applications and coaches."""

    provider: ProviderFacts
    admissions: tuple[AdmissionRow, ...]
    applications: tuple[ApplicationRow, ...]
    coaches: tuple[CoachWords, ...]


@dataclass(frozen=True, slots=True)
class OpenService:
    """A service that can be applied for, with what its terms ask."""

    id: UUID
    name: Names
    description: Names
    organiser_name: Names
    organiser_area: str | None
    unit_name: str | None
    unit_price_ceiling_cents: int
    own_share_allowed: bool
    rule_book_version: str


@dataclass(frozen=True, slots=True)
class StatedTies:
    """Whom a provider belongs to, as an officer stated it."""

    company_group: str | None
    own_production_of: UUID | None


async def ties_of(session: AsyncSession, *, provider_id: UUID) -> StatedTies:
    provider = await session.get_one(Provider, provider_id)
    return StatedTies(provider.company_group, provider.own_production_of)


async def _admission_rows(
    session: AsyncSession, *conditions: ColumnElement[bool], order: Sequence[Any], limit: int | None = None
) -> list[AdmissionRow]:
    rows = await session.execute(
        select(Admission, Provider, Service, Organiser, latest_terms(VoucherTerms.unit_name))
        .join(Provider, Provider.id == Admission.provider_id)
        .join(Service, Service.id == Admission.service_id)
        .join(Organiser, Organiser.id == Admission.organiser_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    )
    return [_admission_row(*row) for row in rows]


def _admission_row(
    admission: Admission, provider: Provider, service: Service, organiser: Organiser, unit_name: str | None
) -> AdmissionRow:
    return AdmissionRow(
        id=admission.id,
        provider_id=provider.id,
        provider_name=provider.name,
        sort_key=provider.sort_key,
        organiser_name=names(organiser),
        service_id=service.id,
        service_name=names(service),
        unit_name=unit_name,
        state=admission.state,
        state_reason=admission.state_reason,
        unit_price_cents=admission.unit_price_cents,
        vat=vat_in(admission),
        languages=tuple(admission.languages),
        languages_verified=verified_of(admission),
        remote=admission.remote,
        places=admission.places,
        taken=admission.taken,
        next_start=admission.next_start,
        same_coach=admission.same_coach,
        experience=tuple(admission.experience),
        valid_from=admission.valid_from,
        valid_until=admission.valid_until,
        rule_book_version=admission.rule_book_version,
        capacity_confirmed_at=admission.capacity_confirmed_at or admission.created_at,
    )


async def admissions_of_organiser(
    session: AsyncSession,
    *,
    organiser_id: UUID,
    state: str | None = None,
    words: str = "",
    limit: int,
    after: tuple[str, UUID] | None = None,
) -> list[AdmissionRow]:
    """The organiser's own register, standing admissions by default, in the order of names. `after` is the
    (sort_key, admission id) of the last row before."""
    conditions: list[ColumnElement[bool]] = [Admission.organiser_id == organiser_id]
    conditions.append(STANDING if state is None else Admission.state == state)
    if words.strip():
        sought = query_words(words)
        query = func.to_tsquery(literal_column("'simple'", REGCONFIG), prefix_query(sought))
        conditions.append(Provider.search_vector.op("@@")(query) if sought else literal(False))
    if after is not None:
        conditions.append(
            tuple_(Provider.sort_key, Admission.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    return await _admission_rows(session, *conditions, order=(Provider.sort_key, Admission.id), limit=limit)


async def admission_of(
    session: AsyncSession,
    *,
    admission_id: UUID,
    organiser_id: UUID | None = None,
    provider_id: UUID | None = None,
) -> AdmissionRow:
    """One admission of this organiser, or of this provider."""
    conditions = [Admission.id == admission_id]
    if organiser_id is not None:
        conditions.append(Admission.organiser_id == organiser_id)
    if provider_id is not None:
        conditions.append(Admission.provider_id == provider_id)
    if len(conditions) == 1:
        raise ValueError("whose admission?")
    rows = await _admission_rows(session, *conditions, order=(Admission.id,))
    if not rows:
        raise NotFound("admission.unknown")
    return rows[0]


async def provider_desk(session: AsyncSession, *, provider_id: UUID) -> ProviderDesk:
    """Everything that a provider keeps up to date: four queries."""
    provider = await session.get(Provider, provider_id)
    if provider is None:
        raise NotFound("provider.unknown")
    order = (Organiser.name_fi, Service.name_fi, Admission.created_at.desc())
    return ProviderDesk(
        provider=provider_facts(provider),
        admissions=tuple(
            await _admission_rows(session, Admission.provider_id == provider_id, order=order, limit=200)
        ),
        applications=tuple(
            await application_rows(
                session,
                Application.provider_id == provider_id,
                order=(Application.created_at.desc(), Application.id.desc()),
                limit=100,
            )
        ),
        coaches=await coaches_inside(session, provider_id),
    )


async def services_to_apply_for(
    session: AsyncSession, *, applied_for: UUID | None = None
) -> list[OpenService]:
    """Every active service with terms, of every organiser: anyone may apply. With `applied_for` that one alone, also when
    it is closed to new applications: those that were sent can be read all the same."""
    rows = await session.execute(
        select(
            Service,
            Organiser,
            latest_terms(VoucherTerms.unit_name),
            latest_terms(VoucherTerms.unit_price_ceiling_cents).label("ceiling"),
            latest_terms(VoucherTerms.own_share_allowed),
            latest_terms(VoucherTerms.rule_book_version),
        )
        .join(Organiser, Organiser.id == Service.organiser_id)
        .where(Service.active if applied_for is None else Service.id == applied_for, ~Organiser.sandbox)
        .order_by(Organiser.name_fi, Service.name_fi)
    )
    return [
        OpenService(
            id=service.id,
            name=names(service),
            description=Names(service.description_fi, service.description_sv, service.description_en),
            organiser_name=names(organiser),
            organiser_area=organiser.employment_area_code,
            unit_name=unit_name,
            unit_price_ceiling_cents=ceiling,
            own_share_allowed=bool(own_share) and not service.free_by_law,
            rule_book_version=rule_book,
        )
        for service, organiser, unit_name, ceiling, own_share, rule_book in rows
        if ceiling is not None
    ]
