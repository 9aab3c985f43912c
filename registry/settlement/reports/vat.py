"""The VAT of a month's statements, by rate and category."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class VatFigures:
    """What was stated at one rate, or without VAT in one category."""

    rate_bp: int
    category: str | None
    """None: without VAT, from before it was kept why."""
    lines: int
    net_cents: int
    vat_cents: int
    """Rounded line by line, as the vouchers were drawn on."""
    counted_once_cents: int
    """As invoices count it (EN 16931, BR-CO-17): once for each statement, from the sum of its lines."""

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.vat_cents


_VAT: Final = text(
    """
    SELECT rate_bp, category, sum(lines) AS lines, sum(net)::bigint AS net, sum(vat)::bigint AS vat,
           sum(round(net * rate_bp / 10000.0))::bigint AS once
      FROM (SELECT l.vat_rate_bp AS rate_bp,
                   CASE WHEN l.vat_rate_bp > 0 THEN 'S' ELSE l.vat_category END AS category,
                   count(*) AS lines, sum(l.net_cents) AS net, sum(l.vat_cents) AS vat
              FROM statement s JOIN statement_line l ON l.statement_id = s.id
             WHERE s.organiser_id = :organiser AND s.month = :month GROUP BY l.statement_id, 1, 2) each
     GROUP BY 1, 2 ORDER BY 1 DESC, 2
    """
)


async def vat_figures(session: AsyncSession, *, organiser_id: UUID, month: date) -> tuple[VatFigures, ...]:
    """Of the statements of a closed month; nothing while it is open."""
    found = await session.execute(_VAT, {"organiser": organiser_id, "month": month.replace(day=1)})
    return tuple(
        VatFigures(row.rate_bp, row.category, int(row.lines), row.net, row.vat, row.once) for row in found
    )
