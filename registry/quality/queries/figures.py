"""What a public release says of providers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.quality.beta import told_apart
from registry.quality.model import Release, ReleaseFigure
from registry.quality.preview.model import ReleaseWithdrawal
from registry.quality.queries.naming import ReleaseName, current_release, is_public, named_releases
from registry.quality.rules import EXPECTED, MEASURES, SHARE_SCALE, Blank, of_ten


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure or its blank; shares are fractions of one."""

    measure: str
    kind: str
    blank: str | None
    n: int | None = None
    k: int | None = None
    unknown: int | None = None
    days: int | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    usual: float | None = None
    if_unknown_bad: float | None = None
    if_unknown_good: float | None = None
    alpha: float | None = None
    beta: float | None = None
    expected: float | None = None
    """What was to be expected of just these clients, by what was known of them before the choice."""
    ratio: float | None = None
    """Observed over expected, with its interval."""
    ratio_low: float | None = None
    ratio_high: float | None = None
    estimated: bool = True
    """Whether the release says of anybody in the service what was to be expected."""

    @property
    def shown(self) -> bool:
        return self.blank is None

    @property
    def too_few_to_expect(self) -> bool:
        """What was to be expected is said of nobody in the service: too few people are known to estimate it from."""
        return self.shown and self.measure in EXPECTED and not self.estimated

    @property
    def of_ten(self) -> int | None:
        """How many of ten people, for the row of ten."""
        return None if self.estimate is None else of_ten(self.estimate)

    @property
    def usual_of_ten(self) -> int | None:
        return None if self.usual is None else of_ten(self.usual)


def blank(measure: str, reason: Blank = Blank.NOT_COLLECTED) -> Figure:
    return Figure(measure=measure, kind=str(MEASURES[measure].kind), blank=str(reason))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one release says of some providers of one service."""

    release: ReleaseName | None
    figures: Mapping[tuple[UUID, str], Figure]

    def figure(self, provider_id: UUID, measure: str) -> Figure:
        """A measure that a release does not have was not collected; a provider that it does not have at all came into
        the register after it."""
        found = self.figures.get((provider_id, measure))
        if found is not None:
            return found
        newcomer = self.release is not None and not any(known == provider_id for known, _ in self.figures)
        return blank(measure, Blank.TOO_NEW if newcomer else Blank.NOT_COLLECTED)

    def clear_differences(self, provider_ids: Sequence[UUID], measure: str) -> list[tuple[UUID, UUID]]:
        """(better, worse) for each pair that the evidence can tell apart (Pr ≥ 0.95)."""
        known: list[tuple[UUID, float, float]] = []
        for provider_id in provider_ids:
            figure = self.figure(provider_id, measure)
            if figure.alpha is not None and figure.beta is not None:
                known.append((provider_id, figure.alpha, figure.beta))
        clear = []
        for (first, a1, b1), (second, a2, b2) in combinations(known, 2):
            sign = told_apart(a1, b1, a2, b2)
            if sign:
                clear.append((first, second) if sign > 0 else (second, first))
        return clear


NOTHING_PUBLISHED = Evidence(release=None, figures={})


async def evidence(
    session: AsyncSession,
    *,
    organiser_id: UUID,
    service_id: UUID,
    provider_ids: Iterable[UUID],
    now: datetime,
    measures: Iterable[str] | None = None,
) -> Evidence:
    """What the newest public release says of these providers: three queries, however many they are."""
    release = await current_release(session, organiser_id, now=now)
    if release is None:
        return NOTHING_PUBLISHED
    query = select(ReleaseFigure).where(
        ReleaseFigure.release_id == release.id,
        ReleaseFigure.service_id == service_id,
        ReleaseFigure.provider_id.in_(list(provider_ids)),
    )
    if measures is not None:
        query = query.where(ReleaseFigure.measure.in_(list(measures)))
    rows = (await session.scalars(query)).all()
    known = await estimated(session, [release.id], [service_id])
    return Evidence(release, {(row.provider_id, row.measure): figure_of(row, known) for row in rows})


Estimated = Collection[tuple[UUID, UUID, str]]
"""(release, service, measure) of which a release says of anybody what was to be expected."""


async def estimated(
    session: AsyncSession, release_ids: Iterable[UUID], service_ids: Iterable[UUID]
) -> Estimated:
    """Of these releases and services, in one query."""
    rows = await session.execute(
        select(ReleaseFigure.release_id, ReleaseFigure.service_id, ReleaseFigure.measure)
        .distinct()
        .where(
            ReleaseFigure.release_id.in_(list(release_ids)),
            ReleaseFigure.service_id.in_(list(service_ids)),
            ReleaseFigure.expected.is_not(None),
        )
    )
    return {(release, service, measure) for release, service, measure in rows}


async def evidence_of_provider(
    session: AsyncSession, provider_id: UUID, *, now: datetime
) -> dict[UUID, Evidence]:
    """service id → what the newest public release of its organiser says of this provider, for its public page."""
    newest = (
        select(Release.organiser_id, Release.id)
        .ext(distinct_on(Release.organiser_id))
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
        .where(is_public(now))
        .order_by(Release.organiser_id, Release.number.desc())
        .subquery()
    )
    return await own_figures(session, provider_id, select(newest.c.id))


async def own_figures(
    session: AsyncSession, provider_id: UUID, releases_wanted: Select[tuple[UUID]]
) -> dict[UUID, Evidence]:
    """service id → what one of these releases, at most one of each organiser, says of a provider."""
    rows = (
        await session.scalars(
            select(ReleaseFigure).where(
                ReleaseFigure.provider_id == provider_id, ReleaseFigure.release_id.in_(releases_wanted)
            )
        )
    ).all()
    names = await session.execute(named_releases().where(Release.id.in_({row.release_id for row in rows})))
    by_id = {name.id: name for name in (ReleaseName(*row) for row in names)}
    known = await estimated(session, by_id, {row.service_id for row in rows})
    grouped: dict[UUID, dict[tuple[UUID, str], Figure]] = {}
    release_of: dict[UUID, ReleaseName] = {}
    for row in rows:
        grouped.setdefault(row.service_id, {})[row.provider_id, row.measure] = figure_of(row, known)
        release_of[row.service_id] = by_id[row.release_id]
    return {service: Evidence(release_of[service], figures) for service, figures in grouped.items()}


def figure_of(row: ReleaseFigure, known: Estimated | None = None) -> Figure:
    """A stored figure, its ten-thousandths as fractions. `known`: where anything was to be expected at all; left out
    where nobody asks why nothing is."""

    def share(value: int | None) -> float | None:
        return None if value is None else value / SHARE_SCALE

    return Figure(
        measure=row.measure,
        kind=row.kind,
        blank=row.blank,
        n=row.n,
        k=row.k,
        unknown=row.unknown,
        days=row.days,
        estimate=share(row.estimate),
        low=share(row.low),
        high=share(row.high),
        usual=share(row.usual),
        if_unknown_bad=share(row.if_unknown_bad),
        if_unknown_good=share(row.if_unknown_good),
        alpha=row.alpha,
        beta=row.beta,
        expected=share(row.expected),
        ratio=share(row.ratio),
        ratio_low=share(row.ratio_low),
        ratio_high=share(row.ratio_high),
        estimated=known is None or (row.release_id, row.service_id, row.measure) in known,
    )


async def column(
    session: AsyncSession, *, release_id: UUID, service_id: UUID, measure: str
) -> list[tuple[UUID, str, Figure]]:
    """(provider, its name, its figure) for everyone in a release's service, by name: a list by result would rank
    providers whom the evidence cannot tell apart."""
    rows = await session.execute(
        select(Provider.id, Provider.name, ReleaseFigure)
        .join(Provider, Provider.id == ReleaseFigure.provider_id)
        .where(
            ReleaseFigure.release_id == release_id,
            ReleaseFigure.service_id == service_id,
            ReleaseFigure.measure == measure,
        )
        .order_by(Provider.name, Provider.id)
    )
    return [(provider_id, name, figure_of(figure)) for provider_id, name, figure in rows]
