"""A month's transfers of the settlement as journal postings."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.journal import Posting
from registry.shared.period import local_date, month_period

_TRANSFERS: Final = text(
    """
    SELECT t.id, t.at, t.kind, t.from_account, t.from_id, t.to_account, t.to_id, t.amount_cents, t.reference_id,
           coalesce(s.number, c.number) AS number,
           p.name AS provider
      FROM transfer t LEFT JOIN statement s ON s.id = t.reference_id
      LEFT JOIN payment m ON m.id = t.reference_id
      LEFT JOIN claim c ON c.id = t.reference_id
      LEFT JOIN provider p ON p.id = coalesce(s.provider_id, m.provider_id, c.provider_id,
           CASE WHEN t.from_account = 'accrued' THEN t.from_id WHEN t.to_account = 'accrued' THEN t.to_id END)
     WHERE t.organiser_id = :organiser AND t.at >= :since AND t.at < :until
       AND (t.from_account IN ('expense', 'payable', 'bank', 'difference')
            OR t.to_account IN ('expense', 'payable', 'bank', 'difference'))
     ORDER BY t.at, t.id
    """
)
_PARTS: Final = text(
    """
    SELECT l.statement_id, v.code AS service, l.vat_rate_bp, coalesce(l.vat_category, '') AS category,
           sum(l.net_cents)::bigint AS net, sum(l.vat_cents)::bigint AS vat
      FROM statement_line l JOIN service v ON v.id = l.service_id
     WHERE l.statement_id = ANY (CAST(:statements AS uuid[])) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """
)

_ACCRUED: Final = text(
    """
    SELECT a.year_close_id, a.provider_id, v.code AS service, a.vat_rate_bp, coalesce(a.vat_category, '') AS category,
           sum(a.net_cents)::bigint AS net, sum(a.amount_cents - a.net_cents)::bigint AS vat
      FROM accrued_item a JOIN service v ON v.id = a.service_id
     WHERE a.year_close_id = ANY (CAST(:closes AS uuid[])) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    """
)


def _kind(row: Any) -> str:
    """The rate in basis points; of a line without VAT its category, and 0 from before categories were kept."""
    return row.category if row.category not in ("", "S") else str(row.vat_rate_bp)


async def journal(session: AsyncSession, *, organiser_id: UUID, month: date) -> list[Posting]:
    """What approved statements cost (by service and VAT rate), what was paid, what came back and what differed."""
    period = month_period(month)
    moved = (
        await session.execute(
            _TRANSFERS, {"organiser": organiser_id, "since": period.start, "until": period.end}
        )
    ).all()
    approved = [t.reference_id for t in moved if t.kind in ("approve_statement", "approve_credit")]
    parts: dict[UUID, list[tuple[str, str, int, int]]] = {}
    for row in await session.execute(_PARTS, {"statements": approved}):
        parts.setdefault(row.statement_id, []).append((row.service, _kind(row), row.net, row.vat))
    closes = [t.reference_id for t in moved if "accrued" in (t.from_account, t.to_account)]
    accrued: dict[tuple[UUID, UUID], list[tuple[str, str, int, int]]] = {}
    for row in await session.execute(_ACCRUED, {"closes": closes}):
        earned = accrued.setdefault((row.year_close_id, row.provider_id), [])
        earned.append((row.service, _kind(row), row.net, row.vat))
    postings: list[Posting] = []
    for t in moved:
        entry, on, provider = str(t.id), local_date(t.at), t.provider or ""
        told = t.number or t.kind
        if t.kind in ("approve_statement", "approve_credit"):
            # a credit's lines are negative already: the same sums, on the other side
            for service, kind, net, vat in parts.get(t.reference_id, []):
                for account, cents in (("expense", net), ("vat", vat)):
                    if cents:
                        postings.append(Posting(entry, on, account, cents, service, kind, told, provider))
            owed = t.amount_cents if t.kind == "approve_statement" else -t.amount_cents
            postings.append(Posting(entry, on, "payable", -owed, text=told, provider=provider))
        elif "accrued" in (t.from_account, t.to_account):
            # what a year end books, by service and rate as an approval is, and back on the next year's first day
            whose = t.from_id if t.from_account == "accrued" else t.to_id
            items = accrued.get((t.reference_id, whose), [])
            sign = 1 if (t.kind == "accrue") == (sum(net + vat for *_, net, vat in items) > 0) else -1
            for service, kind, net, vat in items:
                for account, cents in (("expense", net), ("vat", vat)):
                    if cents:
                        postings.append(
                            Posting(entry, on, account, sign * cents, service, kind, told, provider)
                        )
            owed = t.amount_cents if t.kind == "accrue" else -t.amount_cents
            postings.append(Posting(entry, on, "accrued", -owed, text=told, provider=provider))
        else:
            # the ledger moves from an account to another: paying takes the debt away and money from the bank
            postings.append(Posting(entry, on, t.from_account, t.amount_cents, text=told, provider=provider))
            postings.append(Posting(entry, on, t.to_account, -t.amount_cents, text=told, provider=provider))
    return postings
