"""Published figures as rows: what a page shows, its table, and the files that hold the same, all from one source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service
from registry.providers.model import Provider
from registry.quality import funnel
from registry.quality.model import Release, ReleaseFigure, ReleaseMeasure
from registry.quality.preview.model import ReleaseWithdrawal
from registry.quality.queries import (
    Estimated,
    Figure,
    ReleaseName,
    blank,
    estimated,
    figure_of,
    is_public,
    named_releases,
)
from registry.quality.rules import MEASURES, Blank

MEAN_SCALE: Final = 1_000_000
KAPPA_SCALE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a share's funnel is drawn from."""

    mean: float
    kappa: float | None
    """None where chance alone explains how providers differ."""
    phi: float
    """By how much they differ more than chance explains; 1 where it explains all."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure or blank of a release, with the names of what it is about."""

    release_id: UUID
    release_number: int
    method: str
    as_of: date
    organiser_code: str
    service_id: UUID
    service_code: str
    provider_id: UUID
    provider_name: str
    figure: Figure
    fitted: Fitted | None

    @property
    def place(self) -> str | None:
        """Where it lies in the funnel: the same as in the release's document, for it is the same function of the same
        numbers."""
        if self.fitted is None or self.figure.k is None or self.figure.n is None:
            return None
        return str(funnel.place(self.figure.k, limits_at(self.figure.n, self.fitted.mean, self.fitted.kappa)))


@lru_cache(maxsize=8_192)
def limits_at(n: int, mean: float, kappa: float | None) -> funnel.Limits:
    """The funnel's limits at n people; the same ones are asked for again and again."""
    return funnel.limits(n, mean, kappa)


@lru_cache(maxsize=256)
def lines(fewest: int, most: int, mean: float, kappa: float | None) -> tuple[funnel.Limits, ...]:
    """The funnel's lines from `fewest` to `most` people."""
    return funnel.grid(fewest, most, mean, kappa)


Key = tuple[UUID, UUID, str]
"""(service, provider, measure): a row's place in a release."""


def key_of(row: FigureRow) -> Key:
    return row.service_id, row.provider_id, row.figure.measure


async def figure_rows(
    session: AsyncSession,
    *,
    release_ids: Iterable[UUID],
    provider_id: UUID | None = None,
    service_ids: Iterable[UUID] | None = None,
    measure: str | None = None,
    after: Key | None = None,
    limit: int | None = None,
    known: Estimated | None = None,
) -> list[FigureRow]:
    """Rows of releases in the order of their keys, in one query; `after` and `limit` page through one release.

    It does not ask whether a release is public: whoever calls it has asked.
    """
    query = _rows().where(ReleaseFigure.release_id.in_(list(release_ids)))
    if provider_id is not None:
        query = query.where(ReleaseFigure.provider_id == provider_id)
    if service_ids is not None:
        query = query.where(ReleaseFigure.service_id.in_(list(service_ids)))
    if measure is not None:
        query = query.where(ReleaseFigure.measure == measure)
    key = tuple_(ReleaseFigure.service_id, ReleaseFigure.provider_id, ReleaseFigure.measure)
    if after is not None:
        query = query.where(key > after)
    query = query.order_by(ReleaseFigure.service_id, ReleaseFigure.provider_id, ReleaseFigure.measure)
    return [_row(found, known) for found in await session.execute(query.limit(limit))]


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ReleaseFigure,
            ReleaseMeasure,
            Release.number,
            Release.method,
            Release.as_of,
            Organiser.code.label("organiser_code"),
            Service.code.label("service_code"),
            Provider.name.label("provider_name"),
        )
        .join(Release, Release.id == ReleaseFigure.release_id)
        .join(Organiser, Organiser.id == Release.organiser_id)
        .join(Service, Service.id == ReleaseFigure.service_id)
        .join(Provider, Provider.id == ReleaseFigure.provider_id)
        .outerjoin(
            ReleaseMeasure,
            and_(
                ReleaseMeasure.release_id == ReleaseFigure.release_id,
                ReleaseMeasure.service_id == ReleaseFigure.service_id,
                ReleaseMeasure.measure == ReleaseFigure.measure,
            ),
        )
    )


def _row(found: Any, known: Estimated | None) -> FigureRow:
    row: ReleaseFigure = found.ReleaseFigure
    return FigureRow(
        release_id=row.release_id,
        release_number=found.number,
        method=found.method,
        as_of=found.as_of,
        organiser_code=found.organiser_code,
        service_id=row.service_id,
        service_code=found.service_code,
        provider_id=row.provider_id,
        provider_name=found.provider_name,
        figure=figure_of(row, known),
        fitted=fitted_of(found.ReleaseMeasure),
    )


def fitted_of(row: ReleaseMeasure | None) -> Fitted | None:
    """The funnel of a share, where the release has one."""
    if row is None or row.funnel_phi_thousandths is None:
        return None
    kappa = row.funnel_kappa_thousandths
    return Fitted(
        mean=row.mean_millionths / MEAN_SCALE,
        kappa=None if kappa is None else kappa / KAPPA_SCALE,
        phi=row.funnel_phi_thousandths / 1_000,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """A provider's standing approval for one service: what a page of evidence is made for."""

    organiser_id: UUID
    organiser_code: str
    service_id: UUID
    service_code: str
    provider_id: UUID
    provider_name: str
    admitted_on: date


@dataclass(frozen=True, slots=True)
class ServiceEvidence:
    """What is published of one provider in one service: every measure has a figure, if only a blank with its reason."""

    release: ReleaseName | None
    """None where the organiser has released nothing yet: then nothing is shown, not even a blank."""
    rows: Mapping[str, FigureRow]

    @property
    def figures(self) -> Mapping[str, Figure]:
        return {measure: row.figure for measure, row in self.rows.items()}


async def newest_public(
    session: AsyncSession, organiser_ids: Iterable[UUID], *, now: datetime
) -> dict[UUID, ReleaseName]:
    """Organiser → its newest public release."""
    newest = (
        select(Release.id)
        .ext(distinct_on(Release.organiser_id))
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
        .where(is_public(now), Release.organiser_id.in_(list(organiser_ids)))
        .order_by(Release.organiser_id, Release.number.desc())
    )
    names = [
        ReleaseName(*row) for row in await session.execute(named_releases().where(Release.id.in_(newest)))
    ]
    return {name.organiser_id: name for name in names}


async def evidence_on(
    session: AsyncSession, standings: Sequence[Standing], *, now: datetime
) -> dict[UUID, ServiceEvidence]:
    """Service → what is published of one provider in it, in three queries however many services it has."""
    releases = await newest_public(session, {standing.organiser_id for standing in standings}, now=now)
    services = [standing.service_id for standing in standings]
    known = await estimated(session, [release.id for release in releases.values()], services)
    found: dict[UUID, dict[str, FigureRow]] = {}
    for row in await figure_rows(
        session,
        release_ids=[release.id for release in releases.values()],
        provider_id=standings[0].provider_id,
        service_ids=services,
        known=known,
    ):
        found.setdefault(row.service_id, {})[row.figure.measure] = row
    return {
        standing.service_id: _evidence(
            standing, releases.get(standing.organiser_id), found.get(standing.service_id, {})
        )
        for standing in standings
    }


def _evidence(
    standing: Standing, release: ReleaseName | None, found: Mapping[str, FigureRow]
) -> ServiceEvidence:
    if release is None:
        return ServiceEvidence(None, {})
    came_later = not found and standing.admitted_on > release.as_of
    reason = Blank.TOO_NEW if came_later else Blank.NOT_COLLECTED
    rows = {code: found.get(code) or blank_row(standing, release, code, reason) for code in MEASURES}
    return ServiceEvidence(release, rows)


def blank_row(standing: Standing, release: ReleaseName, measure: str, reason: Blank) -> FigureRow:
    """The row of whom a release says nothing."""
    return FigureRow(
        release_id=release.id,
        release_number=release.number,
        method=release.method,
        as_of=release.as_of,
        organiser_code=standing.organiser_code,
        service_id=standing.service_id,
        service_code=standing.service_code,
        provider_id=standing.provider_id,
        provider_name=standing.provider_name,
        figure=blank(measure, reason),
        fitted=None,
    )
