"""Services as the public sees them: what each is, what it costs, and who is approved for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.providers.model import Admission, Provider
from registry.providers.queries.choosable import IN_FORCE, OPEN_REGISTER, STANDING, in_term


@dataclass(frozen=True, slots=True)
class PublicService:
    """A service of an organiser, with the terms that a voucher for it is granted on now."""

    id: UUID
    code: str
    name: Names
    description: Names
    audience: str
    organiser_id: UUID
    organiser_code: str
    organiser_name: Names
    value_cents: int | None
    """What a voucher is worth; this and the rest are None while no terms are published."""
    units: int | None
    unit_name: str | None
    unit_price_ceiling_cents: int | None
    validity_days: int | None
    own_share_allowed: bool | None


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service in the list, with how many can be chosen and between which prices."""

    service: PublicService
    providers: int
    lowest_cents: int | None
    highest_cents: int | None


@dataclass(frozen=True, slots=True)
class Approved:
    """A provider with a standing approval for a service."""

    provider_id: UUID
    name: str
    sort_key: str
    valid_from: date
    unit_price_cents: int
    suspended: bool


def _services() -> Select[*tuple[Any, ...]]:
    newest = (
        select(VoucherTerms)
        .ext(distinct_on(VoucherTerms.service_id))
        .order_by(VoucherTerms.service_id, VoucherTerms.version.desc())
        .subquery()
    )
    return (
        select(
            Service,
            Organiser,
            newest.c.value_cents,
            newest.c.units,
            newest.c.unit_name,
            newest.c.unit_price_ceiling_cents,
            newest.c.validity_days,
            newest.c.own_share_allowed,
        )
        .join(Organiser, Organiser.id == Service.organiser_id)
        .outerjoin(newest, newest.c.service_id == Service.id)
        .where(~Organiser.sandbox)
    )


def _service(row: Any) -> PublicService:
    service: Service = row.Service
    organiser: Organiser = row.Organiser
    return PublicService(
        id=service.id,
        code=service.code,
        name=Names(service.name_fi, service.name_sv, service.name_en),
        description=Names(service.description_fi, service.description_sv, service.description_en),
        audience=service.audience,
        organiser_id=organiser.id,
        organiser_code=organiser.code,
        organiser_name=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
        value_cents=row.value_cents,
        units=row.units,
        unit_name=row.unit_name,
        unit_price_ceiling_cents=row.unit_price_ceiling_cents,
        validity_days=row.validity_days,
        own_share_allowed=row.own_share_allowed,
    )


async def public_services(session: AsyncSession, *, on: date) -> list[ServiceCard]:
    """Every service in use, by organiser and name, in one query."""
    offered = (
        select(
            Admission.service_id,
            func.count().label("providers"),
            func.min(Admission.unit_price_cents).label("lowest"),
            func.max(Admission.unit_price_cents).label("highest"),
        )
        .where(IN_FORCE, in_term(on))
        .group_by(Admission.service_id)
        .subquery()
    )
    query = (
        _services()
        .add_columns(offered.c.providers, offered.c.lowest, offered.c.highest)
        .outerjoin(offered, offered.c.service_id == Service.id)
        .where(Service.active)
        .order_by(Organiser.name_fi, Service.name_fi, Service.id)
    )
    return [
        ServiceCard(_service(row), row.providers or 0, row.lowest, row.highest)
        for row in await session.execute(query)
    ]


async def public_service(session: AsyncSession, *, service_id: UUID) -> PublicService | None:
    """One service. One that is no longer in use has a page still: its figures were published."""
    found = (await session.execute(_services().where(Service.id == service_id))).one_or_none()
    return _service(found) if found is not None else None


async def approved_for(session: AsyncSession, *, service_id: UUID, on: date) -> Sequence[Approved]:
    """Who stands in the register for a service, by name."""
    rows = await session.execute(
        select(
            Provider.id,
            Provider.name,
            Provider.sort_key,
            Admission.valid_from,
            Admission.unit_price_cents,
            Admission.state == "suspended",
        )
        .join(Provider, Provider.id == Admission.provider_id)
        .where(and_(Admission.service_id == service_id, STANDING, in_term(on)))
        .order_by(Provider.sort_key, Provider.id)
    )
    return [Approved(*row) for row in rows]


async def in_register(session: AsyncSession, *, provider_id: UUID, on: date) -> bool:
    """Whether the provider has a page in the public register today."""
    standing = (
        select(Admission.id)
        .where(Admission.provider_id == provider_id, STANDING, in_term(on), OPEN_REGISTER)
        .limit(1)
    )
    return await session.scalar(standing) is not None
