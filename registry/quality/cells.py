"""The cells of a release: what was counted, as far as it may be published beside all that was published before."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.quality.computation import count_of
from registry.quality.disclosure import publishable
from registry.quality.model import OutcomeCategory, Release
from registry.quality.preview.model import PrivateFigure
from registry.quality.rates import Coefficients, coefficients_of
from registry.quality.rules import MEASURES, Blank, Count, blank_reason
from registry.quality.sources import Found, Key, outcomes, private_facts, process_facts, reviews


@dataclass(frozen=True, slots=True)
class Standing:
    """A provider's place in the register, as far as its blanks depend on it."""

    provider: str
    admitted_on: date
    suspended: bool


@dataclass(slots=True)
class Earlier:
    """What all releases before this one published, whether public, in preview or withdrawn."""

    counts: dict[Key, dict[str, list[Count]]] = field(default_factory=dict)
    """Per cell each different count, oldest first."""
    newest: dict[Key, dict[str, Count]] = field(default_factory=dict)
    coefficients: dict[Key, Coefficients] = field(default_factory=dict)
    """Of the newest release."""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Gathered:
    """The cells that a release may carry, and what their expected counts were computed with."""

    cells: dict[Key, dict[str, Count | Blank]]
    coefficients: dict[Key, Coefficients]


async def counting(session: AsyncSession) -> dict[str, str]:
    """Outcome category → what it counts as."""
    found = await session.execute(select(OutcomeCategory.code, OutcomeCategory.counts_as))
    return {row.code: row.counts_as for row in found}


async def earlier_releases(session: AsyncSession, organiser_id: UUID) -> Earlier:
    """Read them one after the other: each may be some twenty megabytes."""
    earlier = Earlier()
    ids = await session.scalars(
        select(Release.id).where(Release.organiser_id == organiser_id).order_by(Release.number)
    )
    for release_id in ids.all():
        release = await session.get_one(Release, release_id, options=[undefer(Release.cells)])
        document: dict[str, Any] = json.loads(release.cells)
        earlier.number = release.number
        session.expunge(release)
        earlier.newest = _counts(document)
        earlier.coefficients = {
            (service, code): coefficients_of(plain)
            for service, measures in document.get("coefficients", {}).items()
            for code, plain in measures.items()
        }
        for key, column in earlier.newest.items():
            for provider, count in column.items():
                _note(earlier.counts, key, provider, count)
    return earlier


def _note(counts: dict[Key, dict[str, list[Count]]], key: Key, provider: str, count: Count) -> None:
    before = counts.setdefault(key, {}).setdefault(provider, [])
    if count in before:
        before.remove(count)  # the newest stands last
    before.append(count)


def _counts(document: Mapping[str, Any]) -> dict[Key, dict[str, Count]]:
    """The counts of a release's cells; blanks are left out."""
    return {
        (service, code): {
            provider: count_of(MEASURES[code].kind, plain)
            for provider, plain in column.items()
            if not isinstance(plain, str)
        }
        for service, measures in document["services"].items()
        for code, column in measures.items()
    }


async def gather(session: AsyncSession, *, organiser_id: UUID, as_of: date, earlier: Earlier) -> Gathered:
    """The publishable cells of an organiser: a count of at least five people, or the reason why not.

    A measure that nobody in a service has is left out altogether: that is what "not collected" means. Where no cell
    of a column changes, its coefficients do not either: they are fitted from everyone, also from those few whom the
    cells do not show yet.
    """
    # sorts and hashes over whole tables want memory more than an answer in milliseconds
    await session.execute(text("SET LOCAL work_mem = '64MB'"))
    reported = await outcomes(session, organiser_id, as_of)
    counts: dict[Key, dict[str, Count]] = {}
    for found in (
        reported.found,
        await reviews(session, organiser_id, as_of),
        await process_facts(session, organiser_id, as_of),
    ):
        _group(counts, found)
    standings = await _standings(session, organiser_id)
    cells: dict[Key, dict[str, Count | Blank]] = {}
    coefficients: dict[Key, Coefficients] = {}
    for key, column in counts.items():
        cells[key] = _column(key[1], column, earlier.counts.get(key, {}), standings.get(key[0], []), as_of)
        shown = {provider: cell for provider, cell in cells[key].items() if isinstance(cell, Count)}
        fitted = reported.coefficients.get(key)
        if shown == earlier.newest.get(key, {}):
            fitted = earlier.coefficients.get(key)
        if fitted is not None and any(count.expected is not None for count in shown.values()):
            coefficients[key] = fitted
    return Gathered(cells, coefficients)


def _group(counts: dict[Key, dict[str, Count]], found: Found) -> None:
    for key, provider, count in found:
        counts.setdefault(key, {})[provider] = count


def _column(
    code: str,
    found: Mapping[str, Count],
    earlier: Mapping[str, list[Count]],
    standings: Iterable[Standing],
    as_of: date,
) -> dict[str, Count | Blank]:
    of_service = {standing.provider: standing for standing in standings}
    column: dict[str, Count | Blank] = {}
    for provider in {*found, *of_service}:
        standing = of_service.get(provider)
        count = publishable(found.get(provider, Count(0)), earlier.get(provider, ()))
        reason = blank_reason(
            MEASURES[code],
            n=count.n if count is not None else 0,
            collected=True,
            admitted_on=standing.admitted_on if standing else None,
            as_of=as_of,
            under_review=standing is not None and standing.suspended,
        )
        if reason is not None:
            column[provider] = reason
        elif count is not None:
            column[provider] = count
    return column


async def _standings(session: AsyncSession, organiser_id: UUID) -> dict[str, list[Standing]]:
    """Service → those admitted to it."""
    found = await session.execute(
        select(Admission.service_id, Admission.provider_id, Admission.valid_from, Admission.state).where(
            Admission.organiser_id == organiser_id,
            Admission.state.in_([AdmissionState.ACTIVE, AdmissionState.SUSPENDED]),
        )
    )
    standings: dict[str, list[Standing]] = {}
    for service, provider, valid_from, state in found:
        standings.setdefault(str(service), []).append(
            Standing(str(provider), valid_from, state == AdmissionState.SUSPENDED)
        )
    return standings


async def gather_private(session: AsyncSession, *, organiser_id: UUID, as_of: date) -> Found:
    """Switches and no-shows as far as they may be told, under the same rules: the provider may have kept what an
    earlier release told it."""
    rows = await session.execute(
        select(
            PrivateFigure.service_id,
            PrivateFigure.provider_id,
            PrivateFigure.measure,
            PrivateFigure.n,
            PrivateFigure.k,
        )
        .join(Release, Release.id == PrivateFigure.release_id)
        .where(PrivateFigure.organiser_id == organiser_id)
        .order_by(Release.number)
    )
    earlier: dict[Key, dict[str, list[Count]]] = {}
    for service_id, provider_id, code, n, k in rows:
        _note(earlier, (str(service_id), code), str(provider_id), Count(n=n, k=k))
    allowed: Found = []
    for key, provider, fresh in await private_facts(session, organiser_id, as_of):
        count = publishable(fresh, earlier.get(key, {}).get(provider, ()))
        if count is not None:
            allowed.append((key, provider, count))
    return allowed
