"""Counting what a release is made of: one query per source, whatever the number of providers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.quality.computation import count_of
from registry.quality.model import Outcome, OutcomeCategory, Review
from registry.quality.rules import (
    ASPECTS,
    COMPLETION,
    FIRST_MEETING,
    LEAST_GOOD_SCORE,
    MEASURES,
    Blank,
    Count,
    CountsAs,
    blank_reason,
    outcome_measure,
    publishable,
    review_measure,
)
from registry.shared.period import end_of_day

Key = tuple[str, str]
Counts = dict[Key, dict[str, Count]]
"""(service id, measure) → provider id → count; ids as text, as the documents have them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A provider's place in the register, as far as its blanks depend on it."""

    service: str
    provider: str
    admitted_on: date
    suspended: bool


async def counting(session: AsyncSession) -> dict[str, str]:
    """Outcome category → what it counts as."""
    found = await session.execute(select(OutcomeCategory.code, OutcomeCategory.counts_as))
    return {row.code: row.counts_as for row in found}


async def gather(
    session: AsyncSession, *, organiser_id: UUID, as_of: date, previous_cells: str | None
) -> dict[Key, dict[str, Count | Blank]]:
    """The publishable cells of an organiser: a count of at least five people, or the reason why not.

    `previous_cells`: those of the release before, for a cell may not change by a few people. A measure that nobody
    in a service has is left out altogether: that is what "not collected" means.
    """
    counts: Counts = {}
    for source in (_outcomes, _reviews, _completion, _first_meeting):
        for key, provider, count in await source(session, organiser_id, as_of):
            counts.setdefault(key, {})[provider] = count
    standings = await _standings(session, organiser_id)
    published = _published(previous_cells) if previous_cells is not None else {}
    return {
        key: _column(key, found, published.get(key, {}), standings, as_of) for key, found in counts.items()
    }


def _column(
    key: Key,
    found: Mapping[str, Count],
    published: Mapping[str, Count],
    standings: Iterable[Standing],
    as_of: date,
) -> dict[str, Count | Blank]:
    service, code = key
    of_service = {s.provider: s for s in standings if s.service == service}
    column: dict[str, Count | Blank] = {}
    for provider in {*found, *of_service}:
        standing = of_service.get(provider)
        count = publishable(found.get(provider, Count(0)), published.get(provider))
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


def _published(cells: str) -> Counts:
    """The counts of an earlier release."""
    document: dict[str, Any] = json.loads(cells)
    counts: Counts = {}
    for service, measures in document["services"].items():
        for code, column in measures.items():
            counts[service, code] = {
                provider: count_of(MEASURES[code].kind, plain)
                for provider, plain in column.items()
                if not isinstance(plain, str)
            }
    return counts


async def _standings(session: AsyncSession, organiser_id: UUID) -> list[Standing]:
    found = await session.execute(
        select(Admission.service_id, Admission.provider_id, Admission.valid_from, Admission.state).where(
            Admission.organiser_id == organiser_id,
            Admission.state.in_([AdmissionState.ACTIVE, AdmissionState.SUSPENDED]),
        )
    )
    return [
        Standing(str(service), str(provider), valid_from, state == AdmissionState.SUSPENDED)
        for service, provider, valid_from, state in found
    ]


Found = list[tuple[Key, str, Count]]


async def _outcomes(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    def people(counts_as: CountsAs) -> Any:
        return cast(
            func.coalesce(func.sum(Outcome.people).filter(OutcomeCategory.counts_as == counts_as), 0), Integer
        )

    found = await session.execute(
        select(
            Outcome.service_id,
            Outcome.provider_id,
            Outcome.month,
            people(CountsAs.GOOD),
            people(CountsAs.OTHER),
            people(CountsAs.UNKNOWN),
        )
        .join(OutcomeCategory, OutcomeCategory.code == Outcome.category)
        .where(Outcome.organiser_id == organiser_id, Outcome.status_on <= as_of)
        .group_by(Outcome.service_id, Outcome.provider_id, Outcome.month)
    )
    return [
        (
            (str(service), outcome_measure(month)),
            str(provider),
            Count(n=good + other, k=good, unknown=unknown),
        )
        for service, provider, month, good, other, unknown in found
    ]


async def _reviews(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    happy = [
        func.count().filter(getattr(Review, aspect) >= LEAST_GOOD_SCORE).label(aspect) for aspect in ASPECTS
    ]
    found = await session.execute(
        select(Review.service_id, Review.provider_id, Review.moment, func.count(), *happy)
        .where(Review.organiser_id == organiser_id, Review.submitted_at < end_of_day(as_of))
        .group_by(Review.service_id, Review.provider_id, Review.moment)
    )
    return [
        ((str(service), review_measure(moment, aspect)), str(provider), Count(n=n, k=k))
        for service, provider, moment, n, *good in found
        for aspect, k in zip(ASPECTS, good, strict=True)
    ]


_COMPLETION = text(
    """
    SELECT service_id, provider_id, count(*), count(*) FILTER (WHERE 5 * used >= 4 * granted)
    FROM (
        SELECT DISTINCT ON (v.id) v.id, v.service_id, r.provider_id,
               coalesce(v.units_captured, v.captured_cents) AS used,
               coalesce(v.units_granted, v.granted_cents) AS granted
        FROM voucher v JOIN redemption r ON r.voucher_id = v.id AND r.state = 'captured'
        WHERE v.organiser_id = :organiser AND v.state IN ('used_up', 'expired') AND r.service_date <= :as_of
        GROUP BY v.id, r.provider_id
        ORDER BY v.id, sum(r.value_cents) DESC, r.provider_id
    ) AS ended GROUP BY service_id, provider_id
    """
)
"""Of the vouchers that were begun and are over, how many were used to at least four fifths, of hours or sessions where
the voucher has them: euros would say of whoever is cheaper that its clients break off. After a switch a voucher counts
for the provider who gave the larger part."""

_FIRST_MEETING = text(
    """
    SELECT service_id, provider_id, count(*),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY first_day - chosen_day)
    FROM (
        SELECT v.service_id, a.provider_id, min(r.service_date) AS first_day,
               (a.chosen_at AT TIME ZONE 'Europe/Helsinki')::date AS chosen_day
        FROM assignment a
        JOIN voucher v ON v.id = a.voucher_id
        JOIN redemption r ON r.voucher_id = a.voucher_id AND r.provider_id = a.provider_id
             AND r.state = 'captured' AND r.created_at >= a.chosen_at
             AND (a.ended_at IS NULL OR r.created_at < a.ended_at)
        WHERE a.organiser_id = :organiser AND r.service_date <= :as_of
        GROUP BY a.id, v.service_id
    ) AS begun WHERE first_day >= chosen_day GROUP BY service_id, provider_id
    """
)


async def _completion(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    found = await session.execute(_COMPLETION, {"organiser": organiser_id, "as_of": as_of})
    return [((str(service), COMPLETION), str(provider), Count(n=n, k=k)) for service, provider, n, k in found]


async def _first_meeting(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    found = await session.execute(_FIRST_MEETING, {"organiser": organiser_id, "as_of": as_of})
    return [
        ((str(service), FIRST_MEETING), str(provider), Count(n=n, days=int(days)))
        for service, provider, n, days in found
    ]
