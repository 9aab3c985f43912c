"""Reading years: which can be closed, what is open on their lines, and what was booked when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.ledger.model import BudgetLine
from registry.settlement.years.rules import successor_code, year_period
from registry.shared.period import local_date

LANGUAGES: Final = ("fi", "sv", "en")


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line with commitments at the year end, or allowances whose months go on, and what fits it in the next year."""

    id: UUID
    code: str
    name: str
    year: int
    vouchers: int
    open_cents: int
    committed_cents: int
    """Set aside for the months to come of allowances; the next line has to have room for it too."""
    suggested: UUID | None
    """The next year's line of the same name or code."""
    goes_to: UUID | None
    """Where the closing that runs takes it; None where nobody has been asked yet."""


@dataclass(frozen=True, slots=True)
class NextLine:
    id: UUID
    code: str
    name: str
    left_cents: int
    """What may still be granted of it."""


@dataclass(frozen=True, slots=True)
class YearRow:
    year: int
    started_at: datetime | None
    closed_at: datetime | None
    ended: bool
    carried: int
    carried_cents: int
    accrued_cents: int


@dataclass(frozen=True, slots=True)
class CarriedLine:
    from_code: str
    to_code: str
    vouchers: int
    cents: int
    committed_cents: int


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """What a service cost in a year, by where it stands in the books; all with VAT."""

    service_name: Mapping[str, str]
    approved_cents: int
    """Approved in the year, of services given in it."""
    accrued_cents: int
    """Earned in the year, approved later."""
    late_cents: int
    """Given in an earlier year that was closed before the charge came: an expense of this year."""

    @property
    def expense_cents(self) -> int:
        return self.approved_cents + self.accrued_cents + self.late_cents


_OPEN: Final = text(
    """
    SELECT b.id, b.code, b.name, b.year, count(*) AS vouchers,
           sum(v.available_cents + v.reserved_cents)::bigint AS cents,
           sum(v.committed_cents)::bigint AS committed, y.to_line_id
      FROM budget_line b JOIN voucher v ON v.budget_line_id = b.id
      LEFT JOIN year_close c ON c.organiser_id = b.organiser_id AND c.year = :year
      LEFT JOIN year_line y ON y.year_close_id = c.id AND y.from_line_id = b.id
     WHERE b.organiser_id = :organiser AND b.year <= :year AND v.state IN ('granted', 'chosen', 'in_use')
       AND (v.available_cents + v.reserved_cents > 0 OR v.next_topup_at IS NOT NULL)
     GROUP BY b.id, y.to_line_id ORDER BY b.year, b.code
    """
)


async def open_lines(session: AsyncSession, *, organiser_id: UUID, year: int) -> list[OpenLine]:
    """The budget lines up to a year on which vouchers still hold money or will get more."""
    following = await next_lines(session, organiser_id=organiser_id, year=year)
    by_code = {line.code: line.id for line in following}
    by_name = {line.name: line.id for line in following}
    return [
        OpenLine(
            row.id,
            row.code,
            row.name,
            row.year,
            row.vouchers,
            row.cents,
            row.committed,
            by_code.get(successor_code(row.code, year)) or by_name.get(row.name),
            row.to_line_id,
        )
        for row in await session.execute(_OPEN, {"organiser": organiser_id, "year": year})
    ]


async def next_lines(session: AsyncSession, *, organiser_id: UUID, year: int) -> list[NextLine]:
    """The next year's lines, to one of which commitments may go."""
    found = await session.scalars(
        select(BudgetLine)
        .where(BudgetLine.organiser_id == organiser_id, BudgetLine.year == year + 1)
        .order_by(BudgetLine.code)
    )
    return [
        NextLine(line.id, line.code, line.name, line.allocated_cents - line.granted_cents) for line in found
    ]


_YEARS: Final = text(
    """
    SELECT y.year, c.started_at, c.closed_at, coalesce(k.vouchers, 0) AS vouchers, coalesce(k.cents, 0)::bigint AS cents,
           coalesce(a.cents, 0)::bigint AS accrued
      FROM (SELECT DISTINCT year FROM budget_line WHERE organiser_id = :organiser AND year <= :running
            UNION SELECT year FROM year_close WHERE organiser_id = :organiser) y
      LEFT JOIN year_close c ON c.organiser_id = :organiser AND c.year = y.year
      LEFT JOIN (SELECT year_close_id, count(*) AS vouchers, sum(amount_cents + committed_cents) AS cents
                   FROM carried_commitment WHERE organiser_id = :organiser GROUP BY 1) k ON k.year_close_id = c.id
      LEFT JOIN (SELECT year_close_id, sum(amount_cents) AS cents FROM year_accrual
                  WHERE organiser_id = :organiser GROUP BY 1) a ON a.year_close_id = c.id
     ORDER BY y.year DESC
    """
)


async def years(session: AsyncSession, *, organiser_id: UUID, now: datetime) -> list[YearRow]:
    """Every year that has a budget line or was closed, newest first."""
    found = await session.execute(_YEARS, {"organiser": organiser_id, "running": local_date(now).year})
    return [
        YearRow(
            row.year,
            row.started_at,
            row.closed_at,
            now >= year_period(row.year).end,
            row.vouchers,
            row.cents,
            row.accrued,
        )
        for row in found
    ]


async def year_row(session: AsyncSession, *, organiser_id: UUID, year: int, now: datetime) -> YearRow | None:
    rows = await years(session, organiser_id=organiser_id, now=now)
    return next((row for row in rows if row.year == year), None)


_CARRIED: Final = text(
    """
    SELECT a.code AS from_code, b.code AS to_code, count(*) AS vouchers, sum(k.amount_cents)::bigint AS cents,
           sum(k.committed_cents)::bigint AS committed
      FROM carried_commitment k JOIN year_close c ON c.id = k.year_close_id
      JOIN budget_line a ON a.id = k.from_line_id JOIN budget_line b ON b.id = k.to_line_id
     WHERE k.organiser_id = :organiser AND c.year = :year GROUP BY 1, 2 ORDER BY 1, 2
    """
)


async def carried_lines(session: AsyncSession, *, organiser_id: UUID, year: int) -> list[CarriedLine]:
    """What went from which line to which."""
    found = await session.execute(_CARRIED, {"organiser": organiser_id, "year": year})
    return [CarriedLine(row.from_code, row.to_code, row.vouchers, row.cents, row.committed) for row in found]


_EXPENSES: Final = text(
    """
    SELECT v.name_fi, v.name_sv, v.name_en, sum(e.approved)::bigint AS approved, sum(e.accrued)::bigint AS accrued,
           sum(e.late)::bigint AS late
      FROM (
        -- approved in the year and not booked in an earlier one
        SELECT l.service_id, CASE WHEN r.service_date >= :first THEN l.amount_cents ELSE 0 END AS approved,
               0 AS accrued, CASE WHEN r.service_date < :first THEN l.amount_cents ELSE 0 END AS late
          FROM statement s JOIN statement_line l ON l.statement_id = s.id JOIN redemption r ON r.id = l.redemption_id
         WHERE s.organiser_id = :organiser AND s.approved_at >= :since AND s.approved_at < :until
           AND NOT EXISTS (SELECT FROM accrued_item a JOIN year_close c ON c.id = a.year_close_id
                            WHERE a.id = coalesce(l.reversal_id, l.redemption_id) AND c.year < :year)
        UNION ALL
        SELECT a.service_id, 0, CASE WHEN a.service_date >= :first THEN a.amount_cents ELSE 0 END,
               CASE WHEN a.service_date < :first THEN a.amount_cents ELSE 0 END
          FROM accrued_item a JOIN year_close c ON c.id = a.year_close_id
         WHERE a.organiser_id = :organiser AND c.year = :year) e
      JOIN service v ON v.id = e.service_id
     GROUP BY v.id ORDER BY v.name_fi
    """
)


async def expenses_of_year(session: AsyncSession, *, organiser_id: UUID, year: int) -> list[ServiceYear]:
    """A year's expense by service, as the ledger has it: its sum is the expense account's of that year."""
    period = year_period(year)
    found = await session.execute(
        _EXPENSES,
        {
            "organiser": organiser_id,
            "year": year,
            "first": date(year, 1, 1),
            "since": period.start,
            "until": period.end,
        },
    )
    return [
        ServiceYear(
            dict(zip(LANGUAGES, (row.name_fi, row.name_sv, row.name_en), strict=True)),
            row.approved,
            row.accrued,
            row.late,
        )
        for row in found
    ]
