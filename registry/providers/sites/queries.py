"""Reading a provider's sites and coaches, for itself and for the officers of its organisers."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality
from registry.catalogue.queries import Names
from registry.providers.model import Coach, CoachDetail
from registry.providers.sites.model import Site


@dataclass(frozen=True, slots=True)
class SiteRow:
    id: UUID
    name: str
    street: str
    postal_code: str
    city: str
    municipality_code: str
    municipality_name: Names
    accessibility: tuple[str, ...]


async def sites_of(
    session: AsyncSession, *, provider_id: UUID, among: Collection[UUID] | None = None
) -> list[SiteRow]:
    """The provider's sites in use, or (`among`) those that an application named, in use or not."""
    query = (
        select(Site, Municipality)
        .join(Municipality, Municipality.code == Site.municipality_code)
        .where(Site.provider_id == provider_id)
        .order_by(Site.name, Site.id)
    )
    query = query.where(Site.ended_at.is_(None)) if among is None else query.where(Site.id.in_(among))
    return [
        SiteRow(
            id=site.id,
            name=site.name,
            street=site.street,
            postal_code=site.postal_code,
            city=site.city,
            municipality_code=site.municipality_code,
            municipality_name=Names(place.name_fi, place.name_sv, ""),
            accessibility=tuple(site.accessibility),
        )
        for site, place in await session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class CoachRow:
    """A coach with what stays inside. Empty where it has not been given, or may not be seen."""

    id: UUID
    first_name: str
    surname: str
    qualification: str
    languages: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return bool(self.surname and self.qualification)


async def coaches_of(
    session: AsyncSession, *, provider_id: UUID, among: Collection[UUID] | None = None
) -> list[CoachRow]:
    """The coaches who work there, or of those the ones that an application named."""
    query = (
        select(Coach, CoachDetail.surname, CoachDetail.qualification)
        .outerjoin(CoachDetail, CoachDetail.coach_id == Coach.id)
        .where(Coach.provider_id == provider_id, Coach.ended_at.is_(None))
        .order_by(Coach.created_at, Coach.id)
    )
    if among is not None:
        query = query.where(Coach.id.in_(among))
    return [
        CoachRow(
            id=coach.id,
            first_name=coach.first_name,
            surname=surname or "",
            qualification=qualification or "",
            languages=tuple(coach.languages),
        )
        for coach, surname, qualification in await session.execute(query)
    ]
