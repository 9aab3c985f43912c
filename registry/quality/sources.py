"""Counting people, source by source: one query each, whatever the number of providers.

Everything is counted in people, never in vouchers, choices or forms: five vouchers of one client are one person, and
a figure of them would be that person's own. Where someone stands twice, the later counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.expected import SUM_SCALE, fit_expected
from registry.quality.intake.rules import FACTS, enough_known
from registry.quality.rates import Coefficients, Pattern, rate
from registry.quality.rules import (
    ASPECTS,
    COMPLAINTS,
    COMPLETION,
    FEWEST_TO_EXPECT,
    FIRST_MEETING,
    LAPSED,
    LEAST_GOOD_SCORE,
    NO_SHOW,
    SWITCHED,
    Count,
    outcome_measure,
    review_measure,
)
from registry.shared.period import end_of_day

Key = tuple[str, str]
"""(service id, measure); ids as text, as the documents have them."""
Found = list[tuple[Key, str, Count]]
"""Key, provider id, count."""


async def _rows(
    session: AsyncSession, query: str, organiser_id: UUID, as_of: date, **parameters: Any
) -> list[RowMapping]:
    bound = {"organiser": organiser_id, "as_of": as_of, "before": end_of_day(as_of), **parameters}
    used = {name: value for name, value in bound.items() if f":{name}" in query}
    return list((await session.execute(text(query), used)).mappings())


_PEOPLE: Final = """
    SELECT DISTINCT ON (o.service_id, o.provider_id, o.month, coalesce(o.client_id, o.id))
           o.service_id, o.provider_id, o.month, o.people, o.voucher_id, c.counts_as
    FROM outcome o JOIN outcome_category c ON c.code = o.category
    WHERE o.organiser_id = :organiser AND o.status_on <= :as_of
    ORDER BY o.service_id, o.provider_id, o.month, coalesce(o.client_id, o.id), o.status_on DESC, o.id DESC
"""
_BANDS: Final = ", ".join(f"coalesce(nullif(i.{fact}, 'not_known'), '') AS {fact}" for fact in FACTS)
_FACTS: Final = ", ".join(FACTS)

_PATTERNS: Final = f"""
    SELECT service_id::text AS service, month, {_FACTS}, sum(people)::bigint AS n,
           coalesce(sum(people) FILTER (WHERE counts_as = 'good'), 0)::bigint AS k,
           coalesce(sum(people) FILTER (WHERE known), 0)::bigint AS known
    FROM (SELECT p.*, {_BANDS}, i.voucher_id IS NOT NULL AS known
          FROM ({_PEOPLE}) p LEFT JOIN intake i ON i.voucher_id = p.voucher_id
          WHERE p.counts_as IN ('good', 'other')) person
    GROUP BY service_id, month, {_FACTS}
"""  # noqa: S608 - constants of this module

_OUTCOMES: Final = f"""
    SELECT person.service_id::text AS service, provider_id::text AS provider, person.month,
           coalesce(sum(people) FILTER (WHERE counts_as = 'good'), 0)::bigint AS good,
           coalesce(sum(people) FILTER (WHERE counts_as = 'other'), 0)::bigint AS other,
           coalesce(sum(people) FILTER (WHERE counts_as = 'unknown'), 0)::bigint AS unknown,
           coalesce(sum(people) FILTER (WHERE known AND counts_as IN ('good', 'other')), 0)::bigint AS known,
           sum(people * rate) FILTER (WHERE counts_as IN ('good', 'other')) AS expected,
           sum(people * variance) FILTER (WHERE counts_as IN ('good', 'other')) AS variance
    FROM (SELECT p.*, {_BANDS}, i.voucher_id IS NOT NULL AS known
          FROM ({_PEOPLE}) p LEFT JOIN intake i ON i.voucher_id = p.voucher_id) person
    LEFT JOIN jsonb_to_recordset(CAST(:rates AS jsonb))
         AS r (service_id uuid, month int, {", ".join(f"{fact} text" for fact in FACTS)}, rate bigint, variance bigint)
         USING (service_id, month, {_FACTS})
    GROUP BY person.service_id, provider_id, person.month
"""  # noqa: S608 - constants of this module

NANO: Final = 10**9
"""Rates reach the database as whole billionths, so that their sums do not depend on the order of rows."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The counts of outcomes, with what was to be expected, and what that was computed with."""

    found: Found
    coefficients: dict[Key, Coefficients]


async def outcomes(session: AsyncSession, organiser_id: UUID, as_of: date) -> Outcomes:
    """Two passes over the rows: the service's model is fitted from pattern counts, then each provider's people are
    summed by it. Neither pattern counts nor anything about one person leaves the database. Where the circumstances of
    too few people are known nothing is fitted, and nothing expected."""
    patterns: dict[tuple[str, int], dict[Pattern, tuple[int, int]]] = {}
    known: dict[tuple[str, int], int] = {}
    for row in await _rows(session, _PATTERNS, organiser_id, as_of):
        where = row["service"], row["month"]
        patterns.setdefault(where, {})[_pattern(row)] = (row["n"], row["k"])
        known[where] = known.get(where, 0) + row["known"]
    coefficients = {
        where: fit_expected(FACTS, patterns[where])
        for where in sorted(patterns)
        if known[where] >= FEWEST_TO_EXPECT
    }
    rates = [
        _rate(service, month, pattern, coefficients[service, month])
        for (service, month), counts in patterns.items()
        if (service, month) in coefficients
        for pattern in counts
    ]
    found = await _rows(session, _OUTCOMES, organiser_id, as_of, rates=json.dumps(rates))
    return Outcomes(
        [((row["service"], outcome_measure(row["month"])), row["provider"], _outcome(row)) for row in found],
        {(service, outcome_measure(month)): fitted for (service, month), fitted in coefficients.items()},
    )


def _pattern(row: RowMapping) -> Pattern:
    return tuple(row[fact] or None for fact in FACTS)


def _rate(service: str, month: int, pattern: Pattern, coefficients: Coefficients) -> Mapping[str, Any]:
    share = rate(coefficients, pattern)
    facts = dict(zip(FACTS, (band or "" for band in pattern), strict=True))
    return facts | {
        "service_id": service,
        "month": month,
        "rate": round(share * NANO),
        "variance": round(share * (1.0 - share) * NANO),
    }


def _outcome(row: RowMapping) -> Count:
    n = row["good"] + row["other"]
    sums: dict[str, int] = {}
    if row["expected"] is not None and enough_known(n=n, known=row["known"]):
        sums = {name: max(1, round(int(row[name]) * SUM_SCALE / NANO)) for name in ("expected", "variance")}
    return Count(n=n, k=row["good"], unknown=row["unknown"], **sums)


_REVIEWS: Final = f"""
    SELECT service_id::text AS service, provider_id::text AS provider, moment, count(*) AS n,
           {", ".join(f"count(*) FILTER (WHERE {a} >= {LEAST_GOOD_SCORE}) AS {a}" for a in ASPECTS)}
    FROM (SELECT DISTINCT ON (service_id, provider_id, moment, client_id) * FROM review
          WHERE organiser_id = :organiser AND submitted_at < :before
          ORDER BY service_id, provider_id, moment, client_id, submitted_at DESC, id DESC) said
    GROUP BY service_id, provider_id, moment
"""  # noqa: S608 - constants of this module


async def reviews(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    return [
        ((row["service"], review_measure(row["moment"], a)), row["provider"], Count(n=row["n"], k=row[a]))
        for row in await _rows(session, _REVIEWS, organiser_id, as_of)
        for a in ASPECTS
    ]


_COMPLETION: Final = """
    SELECT service_id::text AS service, provider_id::text AS provider, count(*) AS n,
           count(*) FILTER (WHERE 5 * used >= 4 * granted) AS k
    FROM (
        SELECT DISTINCT ON (service_id, provider_id, client_id) * FROM (
            SELECT DISTINCT ON (v.id) v.id, v.service_id, v.client_id, r.provider_id,
                   coalesce(v.units_captured, v.captured_cents) AS used,
                   coalesce(v.units_granted, v.granted_cents) AS granted
            FROM voucher v JOIN redemption r ON r.voucher_id = v.id AND r.state = 'captured'
            WHERE v.organiser_id = :organiser AND v.state IN ('used_up', 'expired') AND r.service_date <= :as_of
            GROUP BY v.id, r.provider_id
            ORDER BY v.id, sum(r.value_cents) DESC, r.provider_id
        ) AS ended ORDER BY service_id, provider_id, client_id, id DESC
    ) AS last_of_client GROUP BY service_id, provider_id
"""
"""Of the clients whose voucher was begun and is over, how many used at least four fifths of it, of hours or sessions
where the voucher has them: euros would say of whoever is cheaper that its clients break off. After a switch a voucher
counts for the provider who gave the larger part."""

_FIRST_MEETING: Final = """
    SELECT service_id::text AS service, provider_id::text AS provider, count(*) AS n,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY first_day - chosen_day) AS days
    FROM (
        SELECT DISTINCT ON (service_id, provider_id, client_id) * FROM (
            SELECT a.id, v.service_id, a.provider_id, a.client_id, min(r.service_date) AS first_day,
                   (a.chosen_at AT TIME ZONE 'Europe/Helsinki')::date AS chosen_day
            FROM assignment a
            JOIN voucher v ON v.id = a.voucher_id
            JOIN redemption r ON r.voucher_id = a.voucher_id AND r.provider_id = a.provider_id
                 AND r.state = 'captured' AND r.created_at >= a.chosen_at
                 AND (a.ended_at IS NULL OR r.created_at < a.ended_at)
            WHERE a.organiser_id = :organiser AND r.service_date <= :as_of
            GROUP BY a.id, v.service_id
        ) AS begun WHERE first_day >= chosen_day ORDER BY service_id, provider_id, client_id, id DESC
    ) AS last_of_client GROUP BY service_id, provider_id
"""

_LAPSED: Final = """
    SELECT service_id::text AS service, provider_id::text AS provider, count(*) AS n, count(*) FILTER (WHERE lapsed) AS k
    FROM (
        SELECT v.service_id, a.provider_id, a.client_id, bool_or(a.state = 'lapsed') AS lapsed
        FROM assignment a JOIN voucher v ON v.id = a.voucher_id
        WHERE a.organiser_id = :organiser AND coalesce(a.answered_at, a.ended_at) < :before
          AND (a.answered_at IS NOT NULL OR a.state IN ('declined', 'lapsed'))
        GROUP BY v.service_id, a.provider_id, a.client_id
    ) AS asked GROUP BY service_id, provider_id
"""
"""Of the clients who chose the provider and whom it answered or let lapse, how many it let lapse. A choice that the
client took back before an answer was due is nobody's fault, so it is outside."""

_SERVED: Final = """
    SELECT DISTINCT v.service_id, r.provider_id, v.client_id
    FROM redemption r JOIN voucher v ON v.id = r.voucher_id
    WHERE r.organiser_id = :organiser AND r.state = 'captured' AND r.service_date <= :as_of
"""

_COMPLAINTS: Final = f"""
    SELECT s.service_id::text AS service, s.provider_id::text AS provider, count(*) AS n,
           count(*) FILTER (WHERE c.client_id IS NOT NULL) AS k
    FROM ({_SERVED}) s LEFT JOIN (
        SELECT DISTINCT service_id, provider_id, client_id FROM complaint
        WHERE organiser_id = :organiser AND state = 'upheld' AND decided_at < :before
    ) c USING (service_id, provider_id, client_id)
    GROUP BY s.service_id, s.provider_id
"""  # noqa: S608 - constants of this module

_SWITCHED: Final = """
    SELECT service_id::text AS service, provider_id::text AS provider, count(*) AS n, count(*) FILTER (WHERE left_it) AS k
    FROM (
        SELECT v.service_id, a.provider_id, a.client_id,
               bool_or(a.end_reason = 'changed' AND a.ended_at < :before) IS TRUE AS left_it
        FROM assignment a JOIN voucher v ON v.id = a.voucher_id
        WHERE a.organiser_id = :organiser AND a.answered_at < :before
        GROUP BY v.service_id, a.provider_id, a.client_id
    ) AS confirmed GROUP BY service_id, provider_id
"""
"""Of the clients whom the provider confirmed, how many changed away."""

_NO_SHOW: Final = """
    SELECT shown.service_id::text AS service, shown.provider_id::text AS provider, count(*) AS n,
           count(*) FILTER (WHERE missed.client_id IS NOT NULL) AS k
    FROM (
        SELECT DISTINCT v.service_id, p.provider_id, v.client_id
        FROM presentation p JOIN voucher v ON v.id = p.voucher_id
        WHERE p.organiser_id = :organiser AND p.presented_at < :before
    ) shown LEFT JOIN (
        SELECT DISTINCT service_id, provider_id, client_id FROM no_show
        WHERE organiser_id = :organiser AND recorded_at < :before
    ) missed USING (service_id, provider_id, client_id)
    GROUP BY shown.service_id, shown.provider_id
"""

_PROCESS: Final = ((COMPLETION, _COMPLETION), (LAPSED, _LAPSED), (COMPLAINTS, _COMPLAINTS))
_PRIVATE: Final = ((SWITCHED, _SWITCHED), (NO_SHOW, _NO_SHOW))


async def process_facts(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    """What vouchers tell by themselves: completion, answers, complaints upheld, days to the first meeting."""
    found = await _shares(session, _PROCESS, organiser_id, as_of)
    return found + [
        ((row["service"], FIRST_MEETING), row["provider"], Count(n=row["n"], days=int(row["days"])))
        for row in await _rows(session, _FIRST_MEETING, organiser_id, as_of)
    ]


async def private_facts(session: AsyncSession, organiser_id: UUID, as_of: date) -> Found:
    """Switches and no-shows, for the provider and the officer alone."""
    return await _shares(session, _PRIVATE, organiser_id, as_of)


async def _shares(
    session: AsyncSession, queries: tuple[tuple[str, str], ...], organiser_id: UUID, as_of: date
) -> Found:
    return [
        ((row["service"], code), row["provider"], Count(n=row["n"], k=row["k"]))
        for code, query in queries
        for row in await _rows(session, query, organiser_id, as_of)
    ]
