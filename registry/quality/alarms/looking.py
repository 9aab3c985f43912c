"""Looking for signs in one organiser's rows: a query or a few for each kind, whatever the number of providers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.alarms.rules import (
    BASELINE_DAYS,
    CLOSE_DAYS,
    ENDINGS_DAYS,
    THRESHOLDS,
    TINY_PERCENT,
    AlarmKind,
    Facts,
    Intake,
    Reviews,
    Standing,
    easy_intake,
    one_place,
    redeemed_for_review,
    review_burst,
    scores_without_outcomes,
)
from registry.quality.intake.rules import FACTS
from registry.quality.rates import Coefficients, coefficients_of, rate
from registry.quality.rules import HALF_YEAR_DAYS, HEADLINE, SHARE_SCALE, Moment, review_measure
from registry.shared.period import local_date

SCORES: Final = review_measure(Moment.AFTER, "usefulness")
"""Of what clients say, this is closest to what outcomes show."""
PERSONAL: Final = tuple(fact for fact in FACTS if fact != "area_unemployment")
"""What intake is compared by: what is the client's own, and not the place's."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something to ask a person about."""

    kind: AlarmKind
    service_id: UUID
    provider_id: UUID
    period: date
    """First day of what it is about."""
    facts: Facts


async def _rows(session: AsyncSession, query: str, **values: Any) -> list[RowMapping]:
    return list((await session.execute(text(query), values)).mappings())


def _window(kind: AlarmKind, now: datetime) -> tuple[datetime, Facts]:
    """Where the window starts, and its first and last day as facts."""
    start = now - timedelta(days=THRESHOLDS[kind].days)
    return start, {"from": local_date(start).isoformat(), "to": local_date(now).isoformat()}


def _found(kind: AlarmKind, row: RowMapping, days: Facts, facts: Facts | None) -> Iterable[Sign]:
    if facts is not None:
        yield Sign(
            kind, row["service_id"], row["provider_id"], date.fromisoformat(str(days["from"])), days | facts
        )


async def look(session: AsyncSession, *, organiser_id: UUID, now: datetime) -> list[Sign]:
    """Every sign there is at an organiser today, also those that were asked about already."""
    return [
        *await _bursts(session, organiser_id, now),
        *await _scores(session, organiser_id),
        *await _easy(session, organiser_id, now),
        *await _for_review(session, organiser_id, now),
        *await _places(session, organiser_id, now),
    ]


_IN_WINDOW: Final = """
SELECT service_id, provider_id, moment, count(*) FILTER (WHERE submitted_at > :start) AS found,
       count(*) FILTER (WHERE submitted_at <= :start) AS before
FROM review WHERE organiser_id = :organiser AND submitted_at > :baseline AND submitted_at <= :now
GROUP BY service_id, provider_id, moment
"""
_ENDED: Final = """
SELECT service_id, provider_id, count(*) FILTER (WHERE ended_at > :recent) AS recent, count(*) AS all_ended
FROM (
    SELECT v.service_id, r.provider_id, v.client_id, max(r.captured_at) AS ended_at
    FROM redemption r JOIN voucher v ON v.id = r.voucher_id
    WHERE r.organiser_id = :organiser AND r.state = 'captured' AND v.service_id = ANY (:services)
    GROUP BY v.service_id, r.provider_id, v.client_id
) client WHERE ended_at > :baseline AND ended_at <= :until
GROUP BY service_id, provider_id
"""
"""Clients by when they came to the moment at which a review is asked for."""


async def _bursts(session: AsyncSession, organiser_id: UUID, now: datetime) -> list[Sign]:
    kind = AlarmKind.REVIEW_BURST
    start, days = _window(kind, now)
    baseline = start - timedelta(days=BASELINE_DAYS)
    rows = await _rows(session, _IN_WINDOW, organiser=organiser_id, start=start, baseline=baseline, now=now)
    signs: list[Sign] = []
    for moment in Moment:
        said = [row for row in rows if row["moment"] == moment]
        many = [row for row in said if row["found"] >= THRESHOLDS[kind].least]
        if not many:
            continue
        later = timedelta(days=HALF_YEAR_DAYS if moment is Moment.HALF_YEAR else 0)
        ended = await _rows(
            session,
            _ENDED,
            organiser=organiser_id,
            services=list({row["service_id"] for row in many}),
            recent=start - timedelta(days=ENDINGS_DAYS) - later,
            baseline=baseline - later,
            until=now - later,
        )
        recent = {(row["service_id"], row["provider_id"]): row["recent"] for row in ended}
        for row in many:
            of_service = row["service_id"]
            asked = sum(one["all_ended"] for one in ended if one["service_id"] == of_service)
            answered = sum(one["found"] + one["before"] for one in said if one["service_id"] == of_service)
            facts = review_burst(
                Reviews(
                    found=row["found"],
                    before=row["before"],
                    ended=recent.get((of_service, row["provider_id"]), 0),
                    answering=min(answered / asked, 1.0) if asked else 0.0,
                )
            )
            signs += _found(kind, row, days | {"moment": str(moment)}, facts)
    return signs


_SCORED: Final = """
SELECT s.service_id, s.provider_id, r.number, r.as_of, s.k AS scores_k, s.n AS scores_n, o.k AS outcomes_k,
       o.n AS outcomes_n, o.expected, sm.mean_millionths AS scores_mean, sm.funnel_kappa_thousandths AS scores_kappa,
       om.mean_millionths AS outcomes_mean, om.funnel_kappa_thousandths AS outcomes_kappa
FROM release r
JOIN release_figure s ON s.release_id = r.id AND s.measure = :scores AND s.usual IS NOT NULL
JOIN release_figure o ON o.release_id = r.id AND o.service_id = s.service_id AND o.provider_id = s.provider_id
     AND o.measure = :outcomes AND o.usual IS NOT NULL
JOIN release_measure sm ON sm.release_id = r.id AND sm.service_id = s.service_id AND sm.measure = s.measure
     AND sm.funnel_phi_thousandths IS NOT NULL
JOIN release_measure om ON om.release_id = r.id AND om.service_id = s.service_id AND om.measure = o.measure
     AND om.funnel_phi_thousandths IS NOT NULL
WHERE r.id = (SELECT id FROM release WHERE organiser_id = :organiser AND NOT EXISTS (
                  SELECT FROM release_withdrawal w WHERE w.release_id = release.id)
              ORDER BY number DESC LIMIT 1)
"""
"""In the newest release, also while only its providers see it: then there is time to ask before the public sees it."""


async def _scores(session: AsyncSession, organiser_id: UUID) -> list[Sign]:
    rows = await _rows(session, _SCORED, organiser=organiser_id, scores=SCORES, outcomes=HEADLINE)
    signs: list[Sign] = []
    for row in rows:
        expected = row["expected"]
        usual = row["outcomes_mean"] / 1_000_000 if expected is None else expected / SHARE_SCALE
        scores, outcomes = (
            Standing(row[f"{what}_k"], row[f"{what}_n"], share, _kappa(row[f"{what}_kappa"]))
            for what, share in (
                ("scores", row["scores_mean"] / 1_000_000),
                ("outcomes", min(max(usual, 0.01), 0.99)),
            )
        )
        facts = scores_without_outcomes(scores, outcomes)
        about: Facts = {
            "from": row["as_of"].isoformat(),
            "release": row["number"],
            "against": "usual" if expected is None else "expected",
        }
        signs += _found(AlarmKind.SCORES_WITHOUT_OUTCOMES, row, about, facts)
    return signs


def _kappa(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / 1_000


_COEFFICIENTS: Final = """
SELECT s.key::uuid AS service_id, s.value -> :measure AS fitted
FROM (SELECT cells FROM release WHERE organiser_id = :organiser ORDER BY number DESC LIMIT 1) newest,
     jsonb_each(newest.cells::jsonb -> 'coefficients') s
WHERE s.value ? :measure
"""
_SERVED: Final = f"""
SELECT service_id, provider_id, {", ".join(PERSONAL)}, count(*) AS people
FROM (
    SELECT DISTINCT ON (v.service_id, r.provider_id, v.client_id) v.service_id, r.provider_id,
           {", ".join(f"i.{fact}" for fact in PERSONAL)}
    FROM redemption r JOIN voucher v ON v.id = r.voucher_id JOIN intake i ON i.voucher_id = v.id
    WHERE r.organiser_id = :organiser AND r.state = 'captured' AND r.captured_at > :start AND r.captured_at <= :now
    ORDER BY v.service_id, r.provider_id, v.client_id, v.granted_at DESC
) client GROUP BY service_id, provider_id, {", ".join(PERSONAL)}
"""  # noqa: S608 - constants of this module


async def _easy(session: AsyncSession, organiser_id: UUID, now: datetime) -> list[Sign]:
    kind = AlarmKind.EASY_INTAKE
    fitted = {
        row["service_id"]: coefficients_of(row["fitted"])
        for row in await _rows(session, _COEFFICIENTS, organiser=organiser_id, measure=HEADLINE)
    }
    if not fitted:
        return []
    start, days = _window(kind, now)
    sums: dict[UUID, dict[UUID, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0.0, 0.0]))
    for row in await _rows(session, _SERVED, organiser=organiser_id, start=start, now=now):
        if row["service_id"] in fitted:
            share, people = _expected(fitted[row["service_id"]], row), row["people"]
            cell = sums[row["service_id"]][row["provider_id"]]
            cell[0] += people
            cell[1] += people * share
            cell[2] += people * share * share
    signs: list[Sign] = []
    for service_id, providers in sums.items():
        whole = [sum(cell[place] for cell in providers.values()) for place in range(3)]
        for provider_id, cell in providers.items():
            rest = [every - own for every, own in zip(whole, cell, strict=True)]
            if rest[0] <= 0:
                continue
            facts = easy_intake(
                Intake(int(cell[0]), cell[1], cell[2]), Intake(int(rest[0]), rest[1], rest[2])
            )
            if facts is not None:
                first = date.fromisoformat(str(days["from"]))
                signs.append(Sign(kind, service_id, provider_id, first, days | facts))
    return signs


def _expected(fitted: Coefficients, row: RowMapping) -> float:
    """The rate to be expected of a client by what is its own; the place's unemployment is taken as an average one."""
    known = {fact: row[fact] for fact in PERSONAL if row[fact] != "not_known"}
    return rate(fitted, tuple(known.get(fact) for fact in fitted.bands))


_CLOSE: Final = """
SELECT service_id, provider_id, count(*) AS reviews,
       count(*) FILTER (WHERE tiny AND submitted_at - captured_at <= make_interval(days => :close)) AS close
FROM (
    SELECT w.service_id, w.provider_id, w.submitted_at, last.captured_at,
           100 * last.value_cents <= :tiny * v.granted_cents AS tiny
    FROM review w JOIN voucher v ON v.id = w.voucher_id
    CROSS JOIN LATERAL (
        SELECT r.captured_at, r.value_cents FROM redemption r
        WHERE r.voucher_id = w.voucher_id AND r.provider_id = w.provider_id AND r.state = 'captured'
          AND r.captured_at <= w.submitted_at
        ORDER BY r.captured_at DESC, r.id DESC LIMIT 1
    ) last
    WHERE w.organiser_id = :organiser AND w.moment = 'after' AND w.submitted_at > :start AND w.submitted_at <= :now
) said GROUP BY service_id, provider_id
"""


async def _for_review(session: AsyncSession, organiser_id: UUID, now: datetime) -> list[Sign]:
    kind = AlarmKind.REDEEMED_FOR_REVIEW
    start, days = _window(kind, now)
    rows = await _rows(
        session, _CLOSE, organiser=organiser_id, start=start, now=now, tiny=TINY_PERCENT, close=CLOSE_DAYS
    )
    signs: list[Sign] = []
    for row in rows:
        others = [
            other
            for other in rows
            if other["service_id"] == row["service_id"] and other["provider_id"] != row["provider_id"]
        ]
        facts = redeemed_for_review(
            row["reviews"],
            row["close"],
            sum(other["reviews"] for other in others),
            sum(other["close"] for other in others),
        )
        signs += _found(kind, row, days, facts)
    return signs


_FROM_PLACES: Final = """
SELECT service_id, provider_id, place, count(*) AS found, sum(count(*)) OVER (PARTITION BY place)::bigint AS from_place,
       sum(count(*)) OVER (PARTITION BY service_id, provider_id)::bigint AS of_provider,
       sum(count(*)) OVER ()::bigint AS every
FROM review_origin WHERE organiser_id = :organiser AND at > :start AND at <= :now
GROUP BY service_id, provider_id, place
ORDER BY found DESC, place
"""


async def _places(session: AsyncSession, organiser_id: UUID, now: datetime) -> list[Sign]:
    kind = AlarmKind.ONE_PLACE
    start, days = _window(kind, now)
    signs: dict[tuple[UUID, UUID], Sign] = {}
    for row in await _rows(session, _FROM_PLACES, organiser=organiser_id, start=start, now=now):
        facts = one_place(
            row["found"],
            row["from_place"],
            row["of_provider"] - row["found"],
            row["every"] - row["from_place"],
        )
        for sign in _found(kind, row, days, facts):
            signs.setdefault((row["service_id"], row["provider_id"]), sign)
    return list(signs.values())
