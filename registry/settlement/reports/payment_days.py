"""How many days an authority takes to pay each provider, from the invoice to the money: shown to all.

Act on Payment Terms in Commercial Contracts (30/2013) § 6: an authority pays within 30 days of the invoice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.queries.payables import PAYMENT_DAYS
from registry.shared.period import start_of_day

LANGUAGES: Final = ("fi", "sv", "en")


@dataclass(frozen=True, slots=True)
class PaymentDays:
    """What was paid to a provider by an authority in a year's time."""

    organiser_id: UUID
    organiser_code: str
    organiser_name: Mapping[str, str]
    provider_id: UUID
    provider_name: str
    paid: int
    """Statements."""
    median_days: float
    longest_days: int
    in_time: int


_QUERY: Final = text(
    """
    SELECT o.id AS organiser_id, o.code, o.name_fi, o.name_sv, o.name_en, p.id AS provider_id, p.name,
           count(*) AS paid, percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days) AS median, max(d.days) AS longest,
           count(*) FILTER (WHERE d.days <= :in_time) AS in_time
      FROM (SELECT s.organiser_id, s.provider_id,
                   greatest(0, coalesce(m.paid_on, (s.paid_at AT TIME ZONE 'Europe/Helsinki')::date)
                     - (i.at AT TIME ZONE 'Europe/Helsinki')::date) AS days
              FROM statement s
              JOIN (SELECT statement_id, max(received_at) AS at FROM invoice WHERE rejected_at IS NULL
                     AND organiser_id = ANY (CAST(:organisers AS uuid[])) GROUP BY 1) i ON i.statement_id = s.id
              JOIN paid_statement ps ON ps.statement_id = s.id JOIN payment m ON m.id = ps.payment_id
             WHERE s.organiser_id = ANY (CAST(:organisers AS uuid[])) AND s.state = 'paid' AND s.total_cents > 0
               AND m.amount_cents > 0 AND s.paid_at >= :since AND s.paid_at < :until) d
      JOIN organiser o ON o.id = d.organiser_id JOIN provider p ON p.id = d.provider_id
     GROUP BY o.id, p.id ORDER BY o.name_fi, p.name, p.id
    """
)


async def payment_days(
    session: AsyncSession, *, organisers: Collection[UUID], until: date
) -> list[PaymentDays]:
    """The twelve months before a day, by authority and provider. What a payment only netted is no payment; one that came
    back counts from the time when it arrived."""
    since = until.replace(year=until.year - 1, day=min(until.day, 28))
    found = await session.execute(
        _QUERY,
        {
            "organisers": list(organisers),
            "since": start_of_day(since),
            "until": start_of_day(until),
            "in_time": PAYMENT_DAYS,
        },
    )
    return [
        PaymentDays(
            row.organiser_id,
            row.code,
            dict(zip(LANGUAGES, (row.name_fi, row.name_sv, row.name_en), strict=True)),
            row.provider_id,
            row.name,
            row.paid,
            float(row.median),
            row.longest,
            row.in_time,
        )
        for row in found
    ]
