"""The council's quarter: what vouchers cost and gave, by service and by the clients' home municipality.

What it may tell is decided before it leaves here (rules.tellable, rules.uncounted): a draft already withholds what the
published report will withhold. (The releases of quality have their own control: there a figure is compared with itself in
earlier releases, here with its neighbours and their total. A report is published once and stays.)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.settlement.reports.model import OtherUnitCost
from registry.settlement.reports.rules import (
    Told,
    Way,
    few,
    median,
    quarter_period,
    tellable,
    uncounted,
    unit_cost,
)

LANGUAGES: Final = ("fi", "sv", "en")
UNKNOWN: Final = "unknown"
"""The place of those whose home is not known, or hidden because their identity is protected."""
OTHERS: Final = "others"
USED, GRANTED, UNUSED, WAITED = range(4)
"""The columns that people stand behind."""

_VOUCHERS: Final = text(
    """
    SELECT v.client_id, v.service_id,
           CASE WHEN q.protected THEN NULL ELSE c.municipality_code END AS municipality,
           coalesce(r.cents, 0)::bigint AS cents, coalesce(r.visits, 0) AS visits,
           coalesce(r.voucher_price, 0)::bigint AS voucher_price, coalesce(r.voucher_units, 0)::bigint AS voucher_units,
           coalesce(r.own_price, 0)::bigint AS own_price, coalesce(r.own_units, 0)::bigint AS own_units,
           v.granted_at >= :since AND v.granted_at < :until AS granted,
           coalesce(v.ended_at >= :since AND v.ended_at < :until, false) AND v.captured_cents = 0 AS unused,
           CASE WHEN v.first_used_at >= :since AND v.first_used_at < :until
                THEN extract(day FROM v.first_used_at - v.granted_at)::int END AS waited
      FROM voucher v JOIN client c ON c.id = v.client_id LEFT JOIN client_person q ON q.client_id = c.id
      LEFT JOIN LATERAL (
           SELECT sum(x.value_cents) AS cents, count(*) AS visits,
                  sum(x.price_cents) FILTER (WHERE p.own_production_of IS NULL) AS voucher_price,
                  sum(x.units) FILTER (WHERE p.own_production_of IS NULL) AS voucher_units,
                  sum(x.price_cents) FILTER (WHERE p.own_production_of IS NOT NULL) AS own_price,
                  sum(x.units) FILTER (WHERE p.own_production_of IS NOT NULL) AS own_units
             FROM redemption x JOIN provider p ON p.id = x.provider_id
            WHERE x.voucher_id = v.id AND x.state = 'captured' AND x.captured_at >= :since AND x.captured_at < :until) r
        ON true
     WHERE v.organiser_id = :organiser
       AND (v.id IN (SELECT voucher_id FROM redemption WHERE organiser_id = :organiser AND captured_at >= :since
                       AND captured_at < :until)
            OR v.granted_at >= :since AND v.granted_at < :until OR v.ended_at >= :since AND v.ended_at < :until)
    """
)


@dataclass(slots=True)
class Tally:
    """What is counted of a row, and who stands behind each column."""

    cents: int = 0
    visits: int = 0
    granted: int = 0
    unused: int = 0
    waits: list[int] = field(default_factory=list)
    units: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Way → (cents, hundredths of a unit)."""
    of_way: dict[str, set[UUID]] = field(default_factory=dict)
    """Way → who stands behind its unit cost."""
    people: tuple[set[UUID], ...] = field(default_factory=lambda: (set(), set(), set(), set()))

    def take(self, row: Any) -> None:
        self.cents += row.cents
        self.visits += row.visits
        self.granted += row.granted
        self.unused += row.unused
        for way, price, units in (
            (Way.VOUCHER, row.voucher_price, row.voucher_units),
            (Way.OWN_PRODUCTION, row.own_price, row.own_units),
        ):
            self._unit(way, price, units, {row.client_id} if units else set())
        if row.waited is not None:
            self.waits.append(row.waited)
        there = (row.visits, row.granted, row.unused, row.waited is not None)
        for column, said in zip(self.people, there, strict=True):
            if said:
                column.add(row.client_id)

    def _unit(self, way: Way, cents: int, hundredths: int, people: set[UUID]) -> None:
        before = self.units.get(way, (0, 0))
        self.units[way] = (before[0] + cents, before[1] + hundredths)
        self.of_way.setdefault(way, set()).update(people)

    def add(self, other: "Tally") -> None:
        self.cents += other.cents
        self.visits += other.visits
        self.granted += other.granted
        self.unused += other.unused
        self.waits += other.waits
        for way, (cents, hundredths) in other.units.items():
            self._unit(Way(way), cents, hundredths, other.of_way[way])
        for mine, theirs in zip(self.people, other.people, strict=True):
            mine |= theirs

    def told(self, withheld: Iterable[int]) -> dict[str, Any]:
        """The row as it may be told; None for what is withheld."""
        cells: dict[str, Any] = {
            "cents": self.cents,
            "visits": self.visits,
            "clients": len(self.people[USED]),
            "granted": self.granted,
            "unused": self.unused,
            "waiting_days": median(self.waits),
        }
        of = {USED: ("cents", "visits", "clients"), GRANTED: ("granted",), UNUSED: ("unused",)}
        for column in withheld:
            for name in of.get(column, ("waiting_days",)):
                cells[name] = None
        return cells

    def unit_cents(self, way: Way) -> int | None:
        """None also where fewer than five people stand behind this way of it: it would tell what they paid."""
        if few(self.of_way.get(way, set())):
            return None
        cents, hundredths = self.units.get(way, (0, 0))
        return unit_cost(cents, hundredths)


def _tallies(rows: Iterable[Any], key: Callable[[Any], str]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for row in rows:
        found.setdefault(key(row), Tally()).take(row)
    return found


def _table(tallies: Mapping[str, Tally], told: Told) -> list[dict[str, Any]]:
    """Its rows as they may be told: each alone, and those that only go together as one."""
    shown = {key: tallies[key] for key in told.alone}
    if told.together:
        merged = shown[OTHERS] = Tally()
        for key in told.together:
            merged.add(tallies[key])
    hidden = uncounted({key: tally.people[USED] for key, tally in shown.items()})
    rows = [{"key": key, **tally.told(told.withheld)} for key, tally in shown.items()]
    for row in rows:
        if row["key"] == OTHERS:
            row["of"] = len(told.together)
        if row["key"] in hidden:
            row["clients"] = None
    return rows


async def council_content(session: AsyncSession, *, organiser_id: UUID, quarter: date) -> dict[str, Any]:
    """A quarter as it may be told: plain values, ready to be kept as they are."""
    period = quarter_period(quarter)
    window = {"organiser": organiser_id, "since": period.start, "until": period.end}
    rows: Sequence[Any] = (await session.execute(_VOUCHERS, window)).all()
    by_service = _tallies(rows, lambda row: str(row.service_id))
    by_place = _tallies(rows, lambda row: row.municipality or UNKNOWN)
    total = Tally()
    for row in rows:
        total.take(row)
    services = tellable({key: tally.people for key, tally in by_service.items()})
    places = tellable({key: tally.people for key, tally in by_place.items()})
    names = {
        str(s.id): {lang: getattr(s, f"name_{lang}") for lang in LANGUAGES}
        for s in await session.scalars(select(Service).where(Service.organiser_id == organiser_id))
    }
    other = await other_costs(session, organiser_id=organiser_id, quarter=quarter)
    alone = {key for key in names if _unit_told(key, by_service, services)}
    return {
        "total": total.told(services.withheld),
        "services": _named(_table(by_service, services), names),
        "municipalities": _named(_table(by_place, places), await _places(session)),
        "unit_costs": [
            {
                "name": names[key],
                "voucher": by_service[key].unit_cents(Way.VOUCHER) if key in alone else None,
                "own_production": other.get((key, Way.OWN_PRODUCTION))
                or (by_service[key].unit_cents(Way.OWN_PRODUCTION) if key in alone else None),
                "purchase": other.get((key, Way.PURCHASE)),
            }
            for key in sorted(names, key=lambda key: names[key]["fi"])
            if key in alone or any(k == key for k, _ in other)
        ],
    }


def _unit_told(key: str, by_service: Mapping[str, Tally], told: Told) -> bool:
    """The unit cost of a service that is told alone. (Of one told together it would tell what one person paid.)"""
    return key in by_service and key in told.alone and USED not in told.withheld


def _named(rows: list[dict[str, Any]], names: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    named = [{**row, "name": dict(names.get(row["key"], {}))} for row in rows]
    last = (OTHERS, UNKNOWN)
    return sorted(named, key=lambda row: (row["key"] in last, row["name"].get("fi", ""), row["key"]))


async def _places(session: AsyncSession) -> dict[str, dict[str, str]]:
    found = await session.execute(text("SELECT code, name_fi, name_sv FROM municipality"))
    return {row.code: {"fi": row.name_fi, "sv": row.name_sv, "en": row.name_fi} for row in found}


async def other_costs(
    session: AsyncSession, *, organiser_id: UUID, quarter: date
) -> dict[tuple[str, Way], int | None]:
    """(Service, way) → cents per unit, as the newest word says."""
    found = await session.scalars(
        select(OtherUnitCost)
        .where(OtherUnitCost.organiser_id == organiser_id, OtherUnitCost.quarter == quarter)
        .order_by(OtherUnitCost.told_at, OtherUnitCost.id)
    )
    return {(str(one.service_id), Way(one.way)): unit_cost(one.cost_cents, one.units) for one in found}
