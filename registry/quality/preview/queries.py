"""Releases before the public sees them, and what a provider and the officer see beside: its own figures, switches and
no-shows, what it objected to and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.quality.model import Release
from registry.quality.preview.model import PrivateFigure, ReleaseObjection, ReleaseWithdrawal
from registry.quality.queries import Evidence, ReleaseName, is_public, named_releases, own_figures


@dataclass(frozen=True, slots=True)
class PrivateShare:
    """Of n people k switched away, or did not come; None of it is public."""

    n: int
    k: int


@dataclass(frozen=True, slots=True)
class OwnRelease:
    """What one release says of one provider, service by service."""

    release: ReleaseName
    services: Mapping[UUID, Evidence]
    private: Mapping[tuple[UUID, str], PrivateShare]
    """(service, measure) → the share; too few people where there is none."""


async def own_preview(session: AsyncSession, provider_id: UUID, *, now: datetime) -> list[OwnRelease]:
    """The newest release of each organiser in sight that is not public yet and says something of this provider."""
    return await _own(session, provider_id, Release.public_from > now)


async def own_public(session: AsyncSession, provider_id: UUID, *, now: datetime) -> list[OwnRelease]:
    """The newest public release of each organiser in sight that says something of this provider, with what only it
    and the officer see of it."""
    return await _own(session, provider_id, is_public(now))


async def _own(session: AsyncSession, provider_id: UUID, which: ColumnElement[bool]) -> list[OwnRelease]:
    newest = (
        select(Release.organiser_id, Release.id)
        .ext(distinct_on(Release.organiser_id))
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
        .where(which, ReleaseWithdrawal.withdrawn_at.is_(None))
        .order_by(Release.organiser_id, Release.number.desc())
        .subquery()
    )
    services = await own_figures(session, provider_id, select(newest.c.id))
    private = await session.execute(
        select(
            PrivateFigure.release_id,
            PrivateFigure.service_id,
            PrivateFigure.measure,
            PrivateFigure.n,
            PrivateFigure.k,
        ).where(PrivateFigure.provider_id == provider_id, PrivateFigure.release_id.in_(select(newest.c.id)))
    )
    shares: dict[UUID, dict[tuple[UUID, str], PrivateShare]] = {}
    for release_id, service_id, measure, n, k in private:
        shares.setdefault(release_id, {})[service_id, measure] = PrivateShare(n, k)
    by_release: dict[ReleaseName, dict[UUID, Evidence]] = {}
    for service_id, evidence in services.items():
        if evidence.release is not None:
            by_release.setdefault(evidence.release, {})[service_id] = evidence
    return [
        OwnRelease(release, found, shares.get(release.id, {}))
        for release, found in sorted(by_release.items(), key=lambda pair: pair[0].released_at, reverse=True)
    ]


async def private_column(
    session: AsyncSession, *, release_id: UUID, service_id: UUID, measure: str
) -> list[tuple[UUID, str, PrivateShare]]:
    """(provider, its name, its share) of one private measure of a service, by name; for the officer."""
    rows = await session.execute(
        select(Provider.id, Provider.name, PrivateFigure.n, PrivateFigure.k)
        .join(Provider, Provider.id == PrivateFigure.provider_id)
        .where(
            PrivateFigure.release_id == release_id,
            PrivateFigure.service_id == service_id,
            PrivateFigure.measure == measure,
        )
        .order_by(Provider.name, Provider.id)
    )
    return [(provider_id, name, PrivateShare(n, k)) for provider_id, name, n, k in rows]


async def all_releases(session: AsyncSession, organiser_id: UUID) -> list[ReleaseName]:
    """Every release of an organiser, also in preview and withdrawn, newest first: for its staff and the command line."""
    rows = await session.execute(
        named_releases().where(Release.organiser_id == organiser_id).order_by(Release.number.desc())
    )
    return [ReleaseName(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Objection:
    """What a provider pointed out, and the answer."""

    id: UUID
    organiser_id: UUID
    provider_id: UUID
    provider_name: str
    service_id: UUID
    release_id: UUID
    release_number: int
    words: str
    made_at: datetime
    answer: str | None
    answered_at: datetime | None


async def objections(
    session: AsyncSession,
    *,
    release_id: UUID | None = None,
    provider_id: UUID | None = None,
    objection_id: UUID | None = None,
) -> list[Objection]:
    """Those in sight, oldest first."""
    query = (
        select(
            ReleaseObjection.id,
            ReleaseObjection.organiser_id,
            ReleaseObjection.provider_id,
            Provider.name,
            ReleaseObjection.service_id,
            ReleaseObjection.release_id,
            Release.number,
            ReleaseObjection.words,
            ReleaseObjection.made_at,
            ReleaseObjection.answer,
            ReleaseObjection.answered_at,
        )
        .join(Provider, Provider.id == ReleaseObjection.provider_id)
        .join(Release, Release.id == ReleaseObjection.release_id)
        .order_by(ReleaseObjection.made_at, ReleaseObjection.id)
    )
    for column, wanted in (
        (ReleaseObjection.release_id, release_id),
        (ReleaseObjection.provider_id, provider_id),
        (ReleaseObjection.id, objection_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return [Objection(*row) for row in await session.execute(query)]
