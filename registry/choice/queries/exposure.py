"""How often each provider was eligible, shown in the first view, chosen and left a choice unanswered in a month, against
what the draw gives.

A client who gets the same service again in a year sees the same order: such vouchers are one draw and are counted
once. The chance of a draw is places in the first view over those who stood for one (a company group is one), shared
among the group's firms. Everything counts by when it happened, in months that are over; so a month's figures never
change, and two readings of them tell nobody's difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.chance import two_sided
from registry.choice.model import Shortlist
from registry.providers.model import Provider
from registry.quality.rules import FEWEST
from registry.shared.period import local_date, month_of, month_period, next_month
from registry.vouchers.model import Assignment
from registry.vouchers.rules import AssignmentState

BANDS: Final = (0.001, 0.01, 0.05)
"""Where the count is withheld, the p-value is told as "below" one of these: nothing more can be read out of it than
that the count is far from what was expected, which a count under five may be too."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of a provider in a month, before anything is withheld."""

    provider_id: UUID
    name: str
    eligible: int = 0
    eligible_people: int = 0
    shown: int = 0
    shown_people: int = 0
    draws: tuple[tuple[float, int], ...] = ()
    """(chance, number of draws with it)."""
    chosen: int = 0
    lapsed: int = 0

    @property
    def expected(self) -> float:
        return sum(chance * times for chance, times in self.draws)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A provider's month as it may be shown; None where fewer than five people, or so few that were left out, stand
    behind a number."""

    provider_id: UUID
    name: str
    eligible: int | None
    """Clients who could choose it."""
    expected: float | None
    """To how many of them chance shows it in the first view."""
    shown: int | None
    """To how many of them it was."""
    chosen: int | None
    """Clients who chose it."""
    lapsed: int | None
    """Clients whom it left without an answer."""
    p_value: float | None
    p_below: float | None
    """In place of a p-value that would tell a withheld number; None where it is not unusual."""
    fewer: bool
    """Shown fewer times than chance gives."""


async def exposure(
    session: AsyncSession, organiser_id: UUID, month: date, provider_id: UUID | None = None
) -> list[Exposure]:
    """Every provider who was eligible, chosen or silent in the month, by name; or one of them, with the same numbers
    withheld. The session must see the organiser's shortlists: a provider's own does not (`as_organiser`)."""
    found = published(await _tallies(session, organiser_id, month))
    return [one for one in found if provider_id is None or one.provider_id == provider_id]


async def months_over(session: AsyncSession, *, organiser_id: UUID, now: datetime) -> list[date]:
    """The months that can be reported, the newest first: from the first shortlist to the last month that is over."""
    first = await session.scalar(
        select(func.min(Shortlist.frozen_at)).where(Shortlist.organiser_id == organiser_id)
    )
    if first is None:
        return []
    months, month = [], month_of(local_date(first))
    while month < month_of(local_date(now)):
        months.append(month)
        month = next_month(month)
    return months[::-1]


# --- what may be shown --------------------------------------------------------------------------------------------


def published(tallies: Sequence[Tally]) -> list[Exposure]:
    """The rows with what must be withheld taken out. No total stands below them; yet who knows how many vouchers were
    granted could make one, so where a single provider's number is withheld another one's is too."""
    rows = [_row(one) for one in tallies]
    for column in ("shown", "chosen", "lapsed"):
        rows = _never_one_alone(rows, column)
    by_provider = {one.provider_id: one for one in tallies}
    return [_with_p_value(row, by_provider[row.provider_id]) for row in rows]


def _row(one: Tally) -> Exposure:
    enough = one.eligible_people >= FEWEST
    left_out = one.eligible_people - one.shown_people
    shows = enough and one.shown_people >= FEWEST and not 0 < left_out < FEWEST
    return Exposure(
        provider_id=one.provider_id,
        name=one.name,
        eligible=one.eligible if enough else None,
        expected=round(one.expected, 1) if enough else None,
        shown=one.shown if shows else None,
        chosen=one.chosen if one.chosen >= FEWEST else None,
        lapsed=one.lapsed if one.lapsed >= FEWEST and not 0 < one.chosen - one.lapsed < FEWEST else None,
        p_value=None,
        p_below=None,
        fewer=one.shown < one.expected,
    )


def _never_one_alone(rows: list[Exposure], column: str) -> list[Exposure]:
    told = [row for row in rows if getattr(row, column) is not None]
    if len(rows) - len(told) != 1 or not told:
        return rows
    least = min(told, key=lambda row: (getattr(row, column), row.provider_id))
    withheld: dict[str, Any] = {column: None}
    return [replace(row, **withheld) if row is least else row for row in rows]


def _with_p_value(row: Exposure, one: Tally) -> Exposure:
    if row.eligible is None:
        return row
    p = two_sided(one.draws, one.shown)
    if row.shown is not None:
        return replace(row, p_value=p)
    return replace(row, p_below=next((band for band in BANDS if p < band), None))


# --- counting -----------------------------------------------------------------------------------------------------

_DRAWN: Final = text("""
WITH drawn AS (
    SELECT DISTINCT ON (client_id, service_id) voucher_id, client_id, provider_ids, "first", inputs -> 'groups' AS groups
    FROM shortlist
    WHERE organiser_id = :organiser_id AND frozen_at >= :start AND frozen_at < :end
    ORDER BY client_id, service_id, frozen_at, voucher_id
), member AS (
    SELECT d.voucher_id, d.client_id, d."first", m.provider_id, m.place <= d."first" AS shown,
           coalesce(nullif(lower(btrim(d.groups ->> m.provider_id::text)), ''), m.provider_id::text) AS stands
    FROM drawn d CROSS JOIN LATERAL unnest(d.provider_ids) WITH ORDINALITY AS m (provider_id, place)
), chance AS (
    SELECT m.*, m."first"::float8 / u.units / count(*) OVER (PARTITION BY m.voucher_id, m.stands) AS chance
    FROM member m JOIN (SELECT voucher_id, count(DISTINCT stands) AS units FROM member GROUP BY voucher_id) u
        USING (voucher_id)
)
SELECT provider_id, chance, count(*), count(*) FILTER (WHERE shown), count(DISTINCT client_id),
       count(DISTINCT client_id) FILTER (WHERE shown)
FROM chance GROUP BY GROUPING SETS ((provider_id), (provider_id, chance))
""")


async def _tallies(session: AsyncSession, organiser_id: UUID, month: date) -> list[Tally]:
    period = month_period(month)
    drawn = (
        await session.execute(
            _DRAWN, {"organiser_id": organiser_id, "start": period.start, "end": period.end}
        )
    ).all()
    chosen = await _people(
        session,
        Assignment.organiser_id == organiser_id,
        Assignment.chosen_at >= period.start,
        Assignment.chosen_at < period.end,
    )
    lapsed = await _people(
        session,
        Assignment.organiser_id == organiser_id,
        Assignment.state == AssignmentState.LAPSED,
        Assignment.ended_at >= period.start,
        Assignment.ended_at < period.end,
    )
    everyone = {row[0] for row in drawn} | set(chosen) | set(lapsed)
    named = await session.execute(select(Provider.id, Provider.name).where(Provider.id.in_(everyone)))
    counted = _counted(drawn)
    return sorted(
        (
            replace(
                counted.get(provider_id, Tally(provider_id, "")),
                name=name,
                chosen=chosen.get(provider_id, 0),
                lapsed=lapsed.get(provider_id, 0),
            )
            for provider_id, name in named
        ),
        key=lambda one: (one.name, one.provider_id),
    )


def _counted(drawn: Iterable[Any]) -> dict[UUID, Tally]:
    """A provider's row without a chance is the sum of those with one, people counted once."""
    whole: dict[UUID, Tally] = {}
    draws: dict[UUID, list[tuple[float, int]]] = {}
    for provider_id, chance, times, shown, people, shown_people in drawn:
        if chance is None:
            whole[provider_id] = Tally(provider_id, "", times, people, shown, shown_people)
        else:
            draws.setdefault(provider_id, []).append((chance, times))
    return {p: replace(one, draws=tuple(sorted(draws[p]))) for p, one in whole.items()}


async def _people(session: AsyncSession, *conditions: Any) -> Mapping[UUID, int]:
    """Provider → clients with such an assignment."""
    rows = await session.execute(
        select(Assignment.provider_id, func.count(Assignment.client_id.distinct()))
        .where(*conditions)
        .group_by(Assignment.provider_id)
    )
    return {row[0]: row[1] for row in rows}
