"""A month for the finance officer: budget lines, unit costs, the trial balance, and what each month of the year used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.ledger.rules import ACCOUNTS
from registry.settlement.reports.rules import forecast, unit_cost
from registry.settlement.reports.vat import VatFigures, vat_figures
from registry.shared.period import month_period, next_month, start_of_day

LANGUAGES: Final = ("fi", "sv", "en")


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """A budget line at the end of a month; all with VAT."""

    code: str
    name: str
    year: int
    allocated_cents: int
    granted_cents: int
    """Everything granted from it or carried to it."""
    used_cents: int
    released_cents: int
    """What came back or went on to the next year's line."""
    used_by_month: tuple[int, ...]
    """From January to the month."""
    committed_cents: int
    """Set aside for the months to come of allowances, and not granted yet."""
    forecast_cents: int
    """What will have been used at the year's end at the current rate."""

    @property
    def open_cents(self) -> int:
        """Granted, and neither used nor released."""
        return self.granted_cents - self.used_cents - self.released_cents

    @property
    def left_cents(self) -> int:
        """What may still be granted."""
        return self.allocated_cents - self.granted_cents + self.released_cents - self.committed_cents


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What a service's unit cost at a provider in the month: the price with VAT, own share included."""

    service_name: Mapping[str, str]
    provider_name: str
    own_production: bool
    visits: int
    units: int
    """Hundredths."""
    cents: int

    @property
    def unit_cents(self) -> int | None:
        return unit_cost(self.cents, self.units)


@dataclass(frozen=True, slots=True)
class Balance:
    """An account of the ledger over the month: debit is what came to it, credit what left it."""

    account: str
    opening_cents: int
    debit_cents: int
    credit_cents: int

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + self.debit_cents - self.credit_cents


@dataclass(frozen=True, slots=True)
class MonthFigures:
    month: date
    budget: tuple[BudgetFigures, ...]
    units: tuple[UnitCost, ...]
    trial: tuple[Balance, ...]
    vat: tuple[VatFigures, ...]
    """Of the month's statements, once it is closed."""


_BUDGET: Final = text(
    """
    SELECT b.id, b.code, b.name, b.year, b.allocated_cents,
           coalesce(sum(m.cents) FILTER (WHERE m.cents > 0 AND NOT m.aside), 0)::bigint AS granted,
           coalesce(-sum(m.cents) FILTER (WHERE m.cents < 0 AND NOT m.aside), 0)::bigint AS released,
           coalesce(sum(m.cents) FILTER (WHERE m.aside), 0)::bigint AS committed
      FROM budget_line b LEFT JOIN (
           SELECT from_id AS line_id, amount_cents AS cents, kind = 'commit' AS aside FROM transfer
            WHERE organiser_id = :organiser AND from_account = 'budget' AND at < :until
            UNION ALL
           SELECT to_id, -amount_cents, kind = 'uncommit' FROM transfer
            WHERE organiser_id = :organiser AND to_account = 'budget' AND at < :until) m ON m.line_id = b.id
     WHERE b.organiser_id = :organiser AND b.year BETWEEN :year - 1 AND :year
     GROUP BY b.id ORDER BY b.year DESC, b.code
    """
)
_USED: Final = text(
    """
    WITH moved AS (
      SELECT DISTINCT g.voucher_id FROM transfer g JOIN voucher w ON w.id = g.voucher_id AND w.budget_line_id <> g.from_id
       WHERE g.organiser_id = :organiser AND g.from_account = 'budget' AND g.kind <> 'commit')
    -- of a voucher that a year end moved: from the line that it last got money of
    SELECT CASE WHEN v.id IN (SELECT voucher_id FROM moved) THEN
             (SELECT g.from_id FROM transfer g WHERE g.voucher_id = v.id AND g.from_account = 'budget'
                 AND g.kind <> 'commit' AND g.at <= t.at ORDER BY g.at DESC, g.id DESC LIMIT 1)
                ELSE v.budget_line_id END AS line_id,
           CASE WHEN t.at < :year_start THEN 0
                ELSE extract(month FROM t.at AT TIME ZONE 'Europe/Helsinki')::int END AS month,
           sum(CASE WHEN t.to_account = 'captured' THEN t.amount_cents ELSE -t.amount_cents END)::bigint AS cents
      FROM transfer t JOIN voucher v ON v.id = t.voucher_id
     WHERE t.organiser_id = :organiser AND t.at < :until AND 'captured' IN (t.from_account, t.to_account)
     GROUP BY 1, 2
    """
)
_UNITS: Final = text(
    """
    SELECT s.name_fi, s.name_sv, s.name_en, p.name, p.own_production_of = :organiser AS own,
           sum(e.visits) AS visits, sum(e.units)::bigint AS units, sum(e.cents)::bigint AS cents
      FROM (SELECT voucher_id, provider_id, 1 AS visits, units, price_cents AS cents FROM redemption
             WHERE organiser_id = :organiser AND captured_at >= :since AND captured_at < :until
            UNION ALL
            SELECT r.voucher_id, r.provider_id, -1, -r.units, -r.price_cents FROM reversal x
              JOIN redemption r ON r.id = x.redemption_id
             WHERE x.organiser_id = :organiser AND x.reversed_at >= :since AND x.reversed_at < :until) e
      JOIN voucher v ON v.id = e.voucher_id JOIN service s ON s.id = v.service_id JOIN provider p ON p.id = e.provider_id
     GROUP BY s.id, p.id ORDER BY s.name_fi, p.name
    """
)
_TRIAL: Final = text(
    """
    SELECT e.account, coalesce(sum(e.cents) FILTER (WHERE e.at < :since), 0)::bigint AS opening,
           coalesce(sum(e.cents) FILTER (WHERE e.at >= :since AND e.cents > 0), 0)::bigint AS debit,
           coalesce(-sum(e.cents) FILTER (WHERE e.at >= :since AND e.cents < 0), 0)::bigint AS credit
      FROM (SELECT to_account AS account, amount_cents AS cents, at FROM transfer
             WHERE organiser_id = :organiser AND at < :until
            UNION ALL
            SELECT from_account, -amount_cents, at FROM transfer WHERE organiser_id = :organiser AND at < :until) e
     GROUP BY 1
    """
)


async def month_figures(session: AsyncSession, *, organiser_id: UUID, month: date) -> MonthFigures:
    """Everything of a month that the finance officer is shown, from the ledger itself. Five queries."""
    period = month_period(month)
    asked = {
        "organiser": organiser_id,
        "since": period.start,
        "until": period.end,
        "year": month.year,
        "year_start": start_of_day(date(month.year, 1, 1)),
    }
    used: dict[UUID, list[int]] = {}
    for row in await session.execute(_USED, {k: asked[k] for k in ("organiser", "until", "year_start")}):
        used.setdefault(row.line_id, [0] * 13)[row.month] += row.cents
    budget = []
    for row in await session.execute(_BUDGET, {k: asked[k] for k in ("organiser", "until", "year")}):
        by_month = used.get(row.id, [0] * 13)
        running = tuple(by_month[1 : month.month + 1])
        whole = by_month[0] + sum(running)
        ahead = forecast(running, 12 - month.month) if row.year == month.year else sum(running)
        budget.append(
            BudgetFigures(
                row.code,
                row.name,
                row.year,
                row.allocated_cents,
                row.granted,
                whole,
                row.released,
                running,
                row.committed,
                by_month[0] + ahead,
            )
        )
    window = {k: asked[k] for k in ("organiser", "since", "until")}
    units = [
        UnitCost(
            dict(zip(LANGUAGES, (row.name_fi, row.name_sv, row.name_en), strict=True)),
            row.name,
            bool(row.own),
            row.visits,
            row.units,
            row.cents,
        )
        for row in await session.execute(_UNITS, window)
    ]
    sums = {row.account: row for row in await session.execute(_TRIAL, window)}
    trial = [
        Balance(a, sums[a].opening, sums[a].debit, sums[a].credit) if a in sums else Balance(a, 0, 0, 0)
        for a in ACCOUNTS
    ]
    vat = await vat_figures(session, organiser_id=organiser_id, month=month)
    return MonthFigures(month, tuple(budget), tuple(units), tuple(trial), vat)


def months_until(month: date) -> list[date]:
    """From January to the month."""
    found = [date(month.year, 1, 1)]
    while found[-1] < month:
        found.append(next_month(found[-1]))
    return found
