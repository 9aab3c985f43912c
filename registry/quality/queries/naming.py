"""Which releases are public, and what they are called."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.quality.model import OutcomeCategory, Release, ReleaseFigure
from registry.quality.preview.model import ReleaseWithdrawal


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """Which release a page shows."""

    id: UUID
    organiser_id: UUID
    number: int
    method: str
    as_of: date
    released_at: datetime
    cells_sha256: str
    figures_sha256: str
    public_from: datetime
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None


def is_public(now: datetime) -> ColumnElement[bool]:
    """The release is out, and was not withdrawn."""
    return (Release.public_from <= now) & ReleaseWithdrawal.withdrawn_at.is_(None)


_NAME = (
    Release.id,
    Release.organiser_id,
    Release.number,
    Release.method,
    Release.as_of,
    Release.released_at,
    Release.cells_sha256,
    Release.figures_sha256,
    Release.public_from,
    ReleaseWithdrawal.withdrawn_at,
    ReleaseWithdrawal.reason,
)


def named_releases() -> Select[*tuple[Any, ...]]:
    """Releases, with what is said where one was withdrawn; columns in the order of ReleaseName."""
    return (
        select(*_NAME)
        .select_from(Release)
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
    )


async def current_release(session: AsyncSession, organiser_id: UUID, *, now: datetime) -> ReleaseName | None:
    """The organiser's newest public release."""
    found = (
        await session.execute(
            named_releases()
            .where(Release.organiser_id == organiser_id, is_public(now))
            .order_by(Release.number.desc())
            .limit(1)
        )
    ).one_or_none()
    return ReleaseName(*found) if found is not None else None


async def releases(
    session: AsyncSession, organiser_id: UUID | None = None, *, now: datetime
) -> list[ReleaseName]:
    """All public releases, newest first, of one organiser or of all."""
    query = named_releases().where(is_public(now)).order_by(Release.released_at.desc(), Release.id.desc())
    if organiser_id is not None:
        query = query.where(Release.organiser_id == organiser_id)
    return [ReleaseName(*row) for row in await session.execute(query)]


async def documents(session: AsyncSession, release_id: UUID, *, now: datetime) -> tuple[str, str] | None:
    """(cells, figures) of a public release as canonical JSON, for whoever wants to recompute it."""
    found = (
        await session.execute(
            select(Release.cells, Release.figures)
            .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
            .where(Release.id == release_id, is_public(now))
        )
    ).one_or_none()
    return (found[0], found[1]) if found is not None else None


async def release_name(session: AsyncSession, release_id: UUID, *, now: datetime) -> ReleaseName | None:
    """A release that is public or was: whoever has a link to a withdrawn one is told why, and shown no figure."""
    found = (
        await session.execute(named_releases().where(Release.id == release_id, Release.public_from <= now))
    ).one_or_none()
    return ReleaseName(*found) if found is not None else None


@dataclass(frozen=True, slots=True)
class ServiceName:
    """A service that a release has figures of."""

    id: UUID
    fi: str
    sv: str
    en: str


async def services_of(session: AsyncSession, release_id: UUID) -> list[ServiceName]:
    """The services of a release, by name."""
    inside = select(ReleaseFigure.service_id).where(ReleaseFigure.release_id == release_id)
    rows = await session.execute(
        select(Service.id, Service.name_fi, Service.name_sv, Service.name_en)
        .where(Service.id.in_(inside))
        .order_by(Service.name_fi, Service.id)
    )
    return [ServiceName(*row) for row in rows]


async def categories(session: AsyncSession) -> list[OutcomeCategory]:
    """The outcome categories and what each counts as."""
    return list(await session.scalars(select(OutcomeCategory).order_by(OutcomeCategory.code)))
