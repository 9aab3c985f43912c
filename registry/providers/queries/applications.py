"""Applications, as the officers who decide them and the providers who made them see them.

Row-level security hides every other's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.people.model import Account
from registry.providers.model import Application, ApplicationMessage, Provider
from registry.providers.queries.offers import municipality_names, names
from registry.providers.rules import Offer
from registry.shared.errors import NotFound

OPEN: tuple[str, ...] = ("submitted", "more_information", "hearing", "heard")


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
    provider: ProviderFacts
    offer: Offer
    municipalities: Mapping[str, Names]
    messages: tuple[MessageRow, ...]
    submitted_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None


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


def latest_terms(column: Any) -> Any:
    """A column of the service's terms of today."""
    return (
        select(column)
        .where(VoucherTerms.service_id == Service.id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
        .scalar_subquery()
    )


async def application_rows(
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
    return await application_rows(
        session, *conditions, order=(Application.submitted_at, Application.id), limit=limit
    )


async def count_by_state(session: AsyncSession) -> dict[str, int]:
    """How many applications in sight are in each state."""
    rows = await session.execute(select(Application.state, func.count()).group_by(Application.state))
    return {str(state): int(count) for state, count in rows}


async def decided_applications(session: AsyncSession, *, limit: int) -> list[ApplicationRow]:
    """The latest decisions."""
    return await application_rows(
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
                latest_terms(VoucherTerms.unit_name),
                latest_terms(VoucherTerms.unit_price_ceiling_cents),
                latest_terms(VoucherTerms.own_share_allowed),
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
