"""What provider users and register officers see of applications and admissions behind sign-in.

Applications are hidden from others by row-level security; admissions and providers are published tables, so these
queries name whose they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.people.model import Account
from registry.providers.model import Admission, Application, ApplicationMessage, Provider
from registry.providers.queries.choosable import STANDING, CoachWords, own_words
from registry.providers.queries.public import Names, municipality_names, names
from registry.providers.rules import Offer, prefix_query, query_words
from registry.shared.errors import NotFound

OPEN: tuple[str, ...] = ("submitted", "more_information", "hearing")


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application in a list."""

    id: UUID
    provider_id: UUID
    provider_name: str
    organiser_name: Names
    service_name: Names
    state: str
    submitted_at: datetime | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A question of the officer or an answer of the applicant."""

    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationDetail:
    """Everything that an officer decides on, and an applicant follows."""

    id: UUID
    state: str
    organiser_id: UUID
    organiser_name: Names
    organiser_email: str
    organiser_phone: str
    service_id: UUID
    service_name: Names
    unit_name: str | None
    unit_price_ceiling_cents: int
    own_share_allowed: bool
    provider: "ProviderFacts"
    offer: Offer
    municipalities: Mapping[str, Names]
    messages: tuple[MessageRow, ...]
    submitted_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """An organisation, as itself and its officer see it."""

    id: UUID
    name: str
    form: str
    identity_scheme: str
    identity_value: str
    street: str | None
    postal_code: str | None
    city: str | None
    municipality_code: str | None
    website: str | None
    email: str | None
    phone: str | None
    introduction: Mapping[str, str]
    fictional: bool
    source: str | None
    created_at: datetime


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
    vat_rate_bp: int
    languages: tuple[str, ...]
    remote: bool
    places: int
    taken: int
    next_start: date | None
    valid_from: date
    valid_until: date | None


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


def provider_facts(provider: Provider) -> ProviderFacts:
    """The organisation's own columns."""
    return ProviderFacts(
        id=provider.id,
        name=provider.name,
        form=provider.form,
        identity_scheme=provider.identity_scheme,
        identity_value=provider.identity_value,
        street=provider.street,
        postal_code=provider.postal_code,
        city=provider.city,
        municipality_code=provider.municipality_code,
        website=provider.website,
        email=provider.email,
        phone=provider.phone,
        introduction=provider.introduction,
        fictional=provider.fictional,
        source=provider.source,
        created_at=provider.created_at,
    )


def _latest(column: Any) -> Any:
    """A column of the service's terms of today."""
    return (
        select(column)
        .where(VoucherTerms.service_id == Service.id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
        .scalar_subquery()
    )


async def _application_rows(
    session: AsyncSession, *conditions: ColumnElement[bool], order: Sequence[Any], limit: int
) -> list[ApplicationRow]:
    rows = await session.execute(
        select(Application, Provider.name, Service, Organiser)
        .join(Provider, Provider.id == Application.provider_id)
        .join(Service, Service.id == Application.service_id)
        .join(Organiser, Organiser.id == Application.organiser_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    )
    return [
        ApplicationRow(
            id=application.id,
            provider_id=application.provider_id,
            provider_name=name,
            organiser_name=names(organiser),
            service_name=names(service),
            state=application.state,
            submitted_at=application.submitted_at,
            decided_at=application.decided_at,
        )
        for application, name, service, organiser in rows
    ]


async def application_queue(
    session: AsyncSession,
    *,
    states: Sequence[str] = OPEN,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[ApplicationRow]:
    """Applications of the organisers in sight, the one that has waited longest first. `after` is the (submitted_at,
    id) of the last row before."""
    conditions: list[ColumnElement[bool]] = [
        Application.state.in_(states),
        Application.submitted_at.is_not(None),
    ]
    if after is not None:
        conditions.append(
            tuple_(Application.submitted_at, Application.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    return await _application_rows(
        session, *conditions, order=(Application.submitted_at, Application.id), limit=limit
    )


async def count_by_state(session: AsyncSession) -> dict[str, int]:
    """How many applications in sight are in each state."""
    rows = await session.execute(select(Application.state, func.count()).group_by(Application.state))
    return {str(state): int(count) for state, count in rows}


async def decided_applications(session: AsyncSession, *, limit: int) -> list[ApplicationRow]:
    """The latest decisions."""
    return await _application_rows(
        session,
        Application.decided_at.is_not(None),
        order=(Application.decided_at.desc(), Application.id.desc()),
        limit=limit,
    )


async def application_detail(session: AsyncSession, application_id: UUID) -> ApplicationDetail:
    """One application in sight."""
    found = (
        await session.execute(
            select(
                Application,
                Provider,
                Service,
                Organiser,
                _latest(VoucherTerms.unit_name),
                _latest(VoucherTerms.unit_price_ceiling_cents),
                _latest(VoucherTerms.own_share_allowed),
                Account.display_name,
            )
            .join(Provider, Provider.id == Application.provider_id)
            .join(Service, Service.id == Application.service_id)
            .join(Organiser, Organiser.id == Application.organiser_id)
            .outerjoin(Account, Account.id == Application.decided_by)
            .where(Application.id == application_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("application.unknown")
    application, provider, service, organiser, unit_name, ceiling, own_share, decided_by = found
    messages = await session.scalars(
        select(ApplicationMessage)
        .where(ApplicationMessage.application_id == application_id)
        .order_by(ApplicationMessage.written_at, ApplicationMessage.id)
    )
    offer = Offer.read(application.offer)
    return ApplicationDetail(
        id=application.id,
        state=application.state,
        organiser_id=organiser.id,
        organiser_name=names(organiser),
        organiser_email=organiser.contact_email,
        organiser_phone=organiser.contact_phone,
        service_id=service.id,
        service_name=names(service),
        unit_name=unit_name,
        unit_price_ceiling_cents=ceiling or 0,
        own_share_allowed=bool(own_share) and not service.free_by_law,
        provider=provider_facts(provider),
        offer=offer,
        municipalities=await municipalities_named(session, offer.municipality_codes),
        messages=tuple(MessageRow(m.kind, m.text, m.written_at) for m in messages),
        submitted_at=application.submitted_at,
        decided_at=application.decided_at,
        decided_by=decided_by,
        decision_reason=application.decision_reason,
    )


async def municipalities_named(session: AsyncSession, codes: Sequence[str]) -> dict[str, Names]:
    """Code → names, in the order of the Finnish names."""
    rows = await session.scalars(
        select(Municipality).where(Municipality.code.in_(codes)).order_by(Municipality.name_fi)
    )
    return {m.code: municipality_names(m) for m in rows}


async def _admission_rows(
    session: AsyncSession, *conditions: ColumnElement[bool], order: Sequence[Any], limit: int | None = None
) -> list[AdmissionRow]:
    rows = await session.execute(
        select(Admission, Provider, Service, Organiser, _latest(VoucherTerms.unit_name))
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
        vat_rate_bp=admission.vat_rate_bp,
        languages=tuple(admission.languages),
        remote=admission.remote,
        places=admission.places,
        taken=admission.taken,
        next_start=admission.next_start,
        valid_from=admission.valid_from,
        valid_until=admission.valid_until,
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
            await _application_rows(
                session,
                Application.provider_id == provider_id,
                order=(Application.created_at.desc(), Application.id.desc()),
                limit=100,
            )
        ),
        coaches=(await own_words(session, [provider_id]))[provider_id].coaches,
    )


async def services_to_apply_for(session: AsyncSession) -> list[OpenService]:
    """Every active service with terms, of every organiser: anyone may apply."""
    rows = await session.execute(
        select(
            Service,
            Organiser,
            _latest(VoucherTerms.unit_name),
            _latest(VoucherTerms.unit_price_ceiling_cents).label("ceiling"),
            _latest(VoucherTerms.own_share_allowed),
            _latest(VoucherTerms.rule_book_version),
        )
        .join(Organiser, Organiser.id == Service.organiser_id)
        .where(Service.active)
        .order_by(Organiser.name_fi, Service.name_fi)
    )
    return [
        OpenService(
            id=service.id,
            name=names(service),
            description={
                "fi": service.description_fi,
                "sv": service.description_sv,
                "en": service.description_en,
            },
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
