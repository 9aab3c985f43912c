"""A service's public page: one measure at a time, each provider's figure or its blank, and the funnel they lie in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.queries.services import Approved, PublicService
from registry.providers.rules import sort_key
from registry.quality.funnel import Limits
from registry.quality.model import ReleaseFigure
from registry.quality.published.rows import (
    FigureRow,
    Fitted,
    Standing,
    blank_row,
    figure_rows,
    lines,
    newest_public,
)
from registry.quality.queries import ReleaseName
from registry.quality.rules import EXPECTED, FEWEST, HEADLINE, LESS_IS_BETTER, MEASURES, Blank

ORDERS: Final = ("name", "people", "estimate", "expected")
"""By what a reader may sort; by name unless asked otherwise: anything else would be a ranking of ours."""


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """One measure of a service in its organiser's newest public release."""

    release: ReleaseName | None
    measures: tuple[str, ...]
    """Those that the release has for the service."""
    measure: str
    rows: tuple[FigureRow, ...]
    still_approved: frozenset[UUID]
    """Of the providers in the rows: who left the register since has figures still, but no page."""

    @property
    def fitted(self) -> Fitted | None:
        return next((row.fitted for row in self.rows if row.fitted is not None), None)

    @property
    def shown(self) -> tuple[FigureRow, ...]:
        """Rows that have a figure."""
        return tuple(row for row in self.rows if row.figure.shown)

    @property
    def too_few_to_expect(self) -> bool:
        """There are figures, but of nobody is it said what was to be expected: too few people are known."""
        return (
            self.measure in EXPECTED
            and bool(self.shown)
            and all(row.figure.expected is None for row in self.shown)
        )

    @property
    def lines(self) -> tuple[Limits, ...]:
        """The funnel's lines, as far as the largest provider reaches; none where there is no funnel."""
        most = max((row.figure.n or 0 for row in self.shown), default=0)
        fitted = self.fitted
        return lines(FEWEST, most, fitted.mean, fitted.kappa) if fitted is not None and most else ()


async def service_figures(
    session: AsyncSession,
    service: PublicService,
    approved: Sequence[Approved],
    *,
    measure: str = HEADLINE,
    now: datetime,
) -> ServiceFigures:
    """A measure of everyone in the service, by name, in three queries; where the release lacks it, one that it has."""
    release = (await newest_public(session, [service.organiser_id], now=now)).get(service.organiser_id)
    still = frozenset(one.provider_id for one in approved)
    if release is None:
        return ServiceFigures(None, (), measure, (), still)
    there = await session.execute(
        select(ReleaseFigure.measure, func.bool_or(ReleaseFigure.blank.is_(None)))
        .where(ReleaseFigure.release_id == release.id, ReleaseFigure.service_id == service.id)
        .group_by(ReleaseFigure.measure)
    )
    has_figures = {row[0]: bool(row[1]) for row in there}
    measures = tuple(code for code in MEASURES if code in has_figures)
    asked = measure
    if measure not in has_figures:
        asked = next((code for code in measures if has_figures[code]), next(iter(measures), measure))
    found = await figure_rows(session, release_ids=[release.id], service_ids=[service.id], measure=asked)
    rows = _with_newcomers(found, service, approved, release, [asked]) if measures else ()
    return ServiceFigures(release, measures, asked, tuple(rows), still)


async def all_service_figures(
    session: AsyncSession, service: PublicService, approved: Sequence[Approved], *, now: datetime
) -> list[FigureRow]:
    """Every measure of everyone in the service: for the files."""
    release = (await newest_public(session, [service.organiser_id], now=now)).get(service.organiser_id)
    if release is None:
        return []
    found = await figure_rows(session, release_ids=[release.id], service_ids=[service.id])
    there = {row.figure.measure for row in found}
    measures = [code for code in MEASURES if code in there]
    return list(_with_newcomers(found, service, approved, release, measures))


def _with_newcomers(
    found: Sequence[FigureRow],
    service: PublicService,
    approved: Sequence[Approved],
    release: ReleaseName,
    measures: Sequence[str],
) -> Sequence[FigureRow]:
    """The rows with a blank for each provider that came after the release: they stand among the others."""
    known = {row.provider_id for row in found}
    rows = [
        *found,
        *(
            blank_row(_standing(service, one), release, measure, Blank.TOO_NEW)
            for one in approved
            if one.provider_id not in known
            for measure in measures
        ),
    ]
    return sorted(rows, key=lambda row: (sort_key(row.provider_name), row.provider_id.hex))


def _standing(service: PublicService, approved: Approved) -> Standing:
    return Standing(
        organiser_id=service.organiser_id,
        organiser_code=service.organiser_code,
        service_id=service.id,
        service_code=service.code,
        provider_id=approved.provider_id,
        provider_name=approved.name,
        admitted_on=approved.valid_from,
    )


def in_order(rows: Sequence[FigureRow], order: str) -> list[FigureRow]:
    """Rows as a reader sorted them, the most people or the best figure first; those without one stand last, by name.
    The shrunken estimate sorts, for by raw shares the smallest providers would stand at both ends by luck alone."""
    if order not in ORDERS or order == "name":
        return list(rows)
    keyed = [(_value(row, order), row) for row in rows]
    found = [(value, row) for value, row in keyed if value is not None]
    return [
        *(row for _, row in sorted(found, key=lambda pair: -pair[0])),
        *(row for value, row in keyed if value is None),
    ]


def _value(row: FigureRow, order: str) -> float | None:
    figure = row.figure
    if order == "people":
        return figure.n
    value = figure.ratio if order == "expected" else figure.estimate
    if order == "estimate" and value is None:
        value = figure.days
    return -value if value is not None and figure.measure in LESS_IS_BETTER else value
