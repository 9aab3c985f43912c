"""What a year had earned and not approved, booked in it by the date of service and taken back on the next year's first
day: there the approval of its statement is the expense, and the two cancel out."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.ledger.commands import transfer_values
from registry.ledger.model import Transfer
from registry.ledger.rules import FLOWS
from registry.settlement.years.model import YearAccrual, YearClose
from registry.settlement.years.rules import year_period

EARNED: Final = """
    SELECT i.id, i.provider_id, w.service_id, i.service_date, i.vat_rate_bp, i.vat_category, i.cents,
           round(i.cents * 10000::numeric / (10000 + i.vat_rate_bp))::bigint AS net
      FROM (SELECT r.id, r.provider_id, r.voucher_id, r.service_date, r.vat_rate_bp, r.vat_category,
                   r.value_cents AS cents
              FROM redemption r WHERE r.organiser_id = :organiser AND r.captured_at IS NOT NULL
               AND r.service_date < :next_day
            UNION ALL
            SELECT e.id, e.provider_id, e.voucher_id, r.service_date, r.vat_rate_bp, r.vat_category, -e.value_cents
              FROM reversal e JOIN redemption r ON r.id = e.redemption_id
             WHERE e.organiser_id = :organiser AND r.service_date < :next_day) i
      JOIN voucher w ON w.id = i.voucher_id
      LEFT JOIN (SELECT DISTINCT ON (d.redemption_id) d.redemption_id, d.return_id FROM line_dispute d
                  WHERE d.organiser_id = :organiser AND d.return_id IS NOT NULL
                  ORDER BY d.redemption_id, d.id DESC) y ON y.redemption_id = i.id
      LEFT JOIN statement_line l ON l.id = coalesce(y.return_id, i.id) LEFT JOIN statement s ON s.id = l.statement_id
     WHERE (s.approved_at IS NULL OR s.approved_at >= :next)
       AND NOT EXISTS (SELECT FROM accrued_item a WHERE a.id = i.id)
"""
"""Every charge and reversal of a service given by the year's end that no statement approved within it covers and no
earlier year booked. A charge whose line was disputed and taken off is covered by the line that it came back by, if it
has. Those of years that are closed already are among them: they belong to the first open year."""

_ITEMS: Final = text(
    f"""
    WITH item AS (
      INSERT INTO accrued_item (id, organiser_id, year_close_id, provider_id, service_id, service_date, vat_rate_bp,
                                vat_category, amount_cents, net_cents)
      SELECT e.id, :organiser, :close, e.provider_id, e.service_id, e.service_date, e.vat_rate_bp, e.vat_category,
             e.cents, e.net
        FROM ({EARNED}) e
      RETURNING provider_id, amount_cents)
    SELECT provider_id, count(*) AS items, sum(amount_cents)::bigint AS cents FROM item
     GROUP BY provider_id ORDER BY provider_id
    """  # noqa: S608 - constant text
)
"""One snapshot decides what is the year's: a charge that commits later is late, and the next year's."""


async def accrue(session: AsyncSession, *, close: YearClose) -> dict[str, Any]:
    """Book it; what it came to. Under the lock that closings share, so that no statement is made meanwhile."""
    window = {
        "organiser": close.organiser_id,
        "close": close.id,
        "next": year_period(close.year).end,
        "next_day": date(close.year + 1, 1, 1),
    }
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    found = (await session.execute(_ITEMS, window)).all()
    await session.execute(text("SET LOCAL enable_nestloop = on"))
    accruals = [_transfers(close, row.provider_id, row.cents) for row in found]
    transfers = [one for _, made in accruals for one in made]
    if transfers:
        await session.execute(insert(Transfer), transfers)
    if accruals:
        await session.execute(insert(YearAccrual), [row for row, _ in accruals])
    return {
        "providers": len(found),
        "items": sum(row.items for row in found),
        "accrued_cents": sum(row.cents for row in found),
    }


def _transfers(
    close: YearClose, provider_id: UUID, cents: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The accrual with its transfers: in the year's last microsecond, and back in the next year's first."""
    period = year_period(close.year)
    there, back = ("accrue", "unaccrue") if cents > 0 else ("unaccrue", "accrue")
    ends = {"expense": close.organiser_id, "accrued": provider_id}
    made = [
        transfer_values(
            kind,
            organiser_id=close.organiser_id,
            at=at,
            amount_cents=abs(cents),
            from_id=ends[FLOWS[kind][0]],
            to_id=ends[FLOWS[kind][1]],
            reference_id=close.id,
        )
        for kind, at in ((there, period.end - timedelta(microseconds=1)), (back, period.end))
        if cents
    ]
    row = {
        "year_close_id": close.id,
        "provider_id": provider_id,
        "organiser_id": close.organiser_id,
        "amount_cents": cents,
        "transfer_id": made[0]["id"] if made else None,
        "back_transfer_id": made[1]["id"] if made else None,
    }
    return row, made
