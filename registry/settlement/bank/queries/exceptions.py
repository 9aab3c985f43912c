"""What stands between the books and the bank, and what a person has to do about it: the finance officer's list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.queries.payables import PAYMENT_DAYS
from registry.settlement.claims.queries.owed import netted_before, no_payment_nets
from registry.shared.period import local_date, start_of_day

INVOICE_DAYS: Final = 14
"""After closing a provider has two weeks before its missing invoice is somebody's business."""
BOOKING_DAYS: Final = 3
"""After the day of execution: a credit transfer takes one banking day (Payment Services Act 290/2010 § 47)."""


class Kind(StrEnum):
    """In the order of the list: money that may be lost first."""

    PAID_TWICE = "paid_twice"
    UNKNOWN_DEBIT = "unknown_debit"
    OTHER_AMOUNT = "other_amount"
    RETURNED = "returned"
    NOT_BOOKED = "not_booked"
    OVERPAID = "overpaid"
    UNKNOWN_CREDIT = "unknown_credit"
    UNPAID = "unpaid"
    REVERSED_AFTER_PAYMENT = "reversed_after_payment"
    CLAIM_OVERDUE = "claim_overdue"
    PROVIDER_OWES = "provider_owes"
    LINE_DISPUTED = "line_disputed"
    INVOICED_TWICE = "invoiced_twice"
    WRONG_PROVIDER = "wrong_provider"
    EXTRA_LINE = "extra_line"
    LINE_AMOUNT = "line_amount"
    MISSING_LINE = "missing_line"
    MISSING_INVOICE = "missing_invoice"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing to be settled. `explains_cents` is its part of bank less books; what concerns no bank line has 0."""

    kind: Kind
    subject: str
    """statement | bank_booking | payment_order | claim | line_dispute"""
    subject_id: UUID
    label: str
    """Statement number, or what the bank says of the movement."""
    provider_name: str
    amount_cents: int
    explains_cents: int
    since: date
    days: int
    case_id: UUID | None
    owner_name: str | None
    statement_id: UUID | None
    bank_statement_id: UUID | None = None
    """The bank's statement that tells of it."""
    batch_id: UUID | None = None
    """The batch that it was paid in."""


_QUERY: Final = text(
    f"""
    WITH booked AS (SELECT o.end_to_end, o.id, o.statement_id, o.batch_id FROM (
        SELECT upper(replace(id::text, '-', '')) AS end_to_end, id, statement_id, batch_id FROM payment_order
         WHERE organiser_id = :organiser AND state IN ('booked', 'returned')) o)
    SELECT CASE WHEN b.amount_cents > 0 AND b.matched_cents > 0 THEN 'overpaid'
             WHEN b.amount_cents > 0 THEN 'unknown_credit' WHEN b.matched_cents > 0 THEN 'other_amount'
             WHEN k.id IS NOT NULL THEN 'paid_twice' ELSE 'unknown_debit' END AS kind,
           'bank_booking' AS subject, b.id AS subject_id,
           coalesce(nullif(b.text, ''), ks.number, nullif(b.reference, ''), nullif(b.end_to_end_id, ''), b.own_id)
             AS label,
           b.counterparty AS provider, abs(b.amount_cents) - b.matched_cents AS cents,
           -sign(b.amount_cents)::int * (abs(b.amount_cents) - b.matched_cents) AS explains, b.booked_on AS since,
           k.statement_id, b.bank_statement_id, k.batch_id
      FROM bank_booking b LEFT JOIN booked k ON k.end_to_end = upper(b.end_to_end_id)
      LEFT JOIN statement ks ON ks.id = k.statement_id
     WHERE b.organiser_id = :organiser AND b.matched_cents < abs(b.amount_cents) AND NOT b.settled
    UNION ALL
    SELECT CASE WHEN o.matched_cents > 0 THEN 'other_amount' ELSE 'not_booked' END, 'payment_order', o.id, s.number,
           p.name, o.amount_cents - o.matched_cents, o.matched_cents - o.amount_cents, b.execute_on, o.statement_id,
           NULL, o.batch_id
      FROM payment_order o JOIN payment_batch b ON b.id = o.batch_id JOIN statement s ON s.id = o.statement_id
      JOIN provider p ON p.id = o.provider_id
     WHERE o.organiser_id = :organiser AND o.state = 'ordered'
    UNION ALL
    SELECT 'returned', 'payment_order', o.id, s.number, p.name, o.amount_cents, 0,
           (SELECT max(b.booked_on) FROM bank_match m JOIN bank_booking b ON b.id = m.booking_id
             WHERE m.order_id = o.id AND m.kind = 'returned'), s.id,
           (SELECT b.bank_statement_id FROM bank_match m JOIN bank_booking b ON b.id = m.booking_id
             WHERE m.order_id = o.id AND m.kind = 'returned' ORDER BY m.id DESC LIMIT 1), o.batch_id
      FROM payment_order o JOIN statement s ON s.id = o.statement_id JOIN provider p ON p.id = o.provider_id
     WHERE o.organiser_id = :organiser AND o.state = 'returned' AND s.state = 'approved'
       AND NOT EXISTS (SELECT FROM payment_order n WHERE n.payment_id = o.payment_id AND n.id > o.id)
    UNION ALL
    SELECT 'unpaid', 'statement', s.id, s.number, p.name, s.total_cents, 0,
           (i.at AT TIME ZONE 'Europe/Helsinki')::date + CAST(:payment_days AS int), s.id, NULL, NULL
      FROM statement s JOIN provider p ON p.id = s.provider_id
      JOIN (SELECT statement_id, max(received_at) AS at FROM invoice WHERE organiser_id = :organiser
              AND rejected_at IS NULL GROUP BY statement_id) i ON i.statement_id = s.id
     WHERE s.organiser_id = :organiser AND s.state IN ('matched', 'approved') AND s.total_cents > 0
       AND i.at < :unpaid_before
       AND NOT EXISTS (SELECT FROM payment_order o WHERE o.statement_id = s.id
                         AND o.state IN ('drafted', 'ordered', 'booked', 'returned'))
    UNION ALL
    SELECT 'reversed_after_payment', 'statement', l.statement_id, s.number, p.name, sum(v.value_cents)::bigint, 0,
           min((v.reversed_at AT TIME ZONE 'Europe/Helsinki')::date), l.statement_id, NULL, NULL
      FROM reversal v JOIN statement_line l ON l.redemption_id = v.redemption_id AND l.reversal_id IS NULL
       AND l.dispute_id IS NULL -- the charge itself, or what it came back by, but not one that was taken off
       AND NOT EXISTS (SELECT FROM line_dispute d WHERE d.statement_line_id = l.id AND d.return_id IS NOT NULL)
      JOIN statement s ON s.id = l.statement_id
      JOIN provider p ON p.id = s.provider_id
     WHERE v.organiser_id = :organiser AND s.state = 'paid'
       AND NOT EXISTS (SELECT FROM statement_line n JOIN statement t ON t.id = n.statement_id
                        WHERE n.id = v.id AND (t.state = 'paid' OR t.state = 'approved' AND {no_payment_nets("t")}
                          OR EXISTS (SELECT FROM claimed_statement c WHERE c.statement_id = t.id AND c.standing)))
     GROUP BY l.statement_id, s.number, p.name
    UNION ALL
    -- a credit that no payment takes along
    SELECT 'provider_owes', 'statement', s.id, s.number, p.name, -s.total_cents, 0,
           (s.approved_at AT TIME ZONE 'Europe/Helsinki')::date, s.id, NULL, NULL
      FROM statement s JOIN provider p ON p.id = s.provider_id
     WHERE s.organiser_id = :organiser AND s.state = 'approved' AND s.total_cents < 0
       AND NOT EXISTS (SELECT FROM paid_statement d WHERE d.statement_id = s.id)
       AND NOT EXISTS (SELECT FROM claimed_statement c WHERE c.statement_id = s.id AND c.standing)
       AND {no_payment_nets("s")}
    UNION ALL
    SELECT 'claim_overdue', 'claim', c.id, c.number, p.name, c.amount_cents - c.received_cents - c.written_off_cents, 0,
           c.due_on, NULL, NULL, NULL
      FROM claim c JOIN provider p ON p.id = c.provider_id
     WHERE c.organiser_id = :organiser AND c.state IN ('claimed', 'partly_paid') AND c.due_on < :today
    UNION ALL
    SELECT l.kind, 'statement', s.id, s.number, p.name, sum(l.cents)::bigint, 0,
           (s.closed_at AT TIME ZONE 'Europe/Helsinki')::date, s.id, NULL, NULL
      FROM statement s JOIN provider p ON p.id = s.provider_id
      JOIN (SELECT i.statement_id, abs(i.amount_cents - coalesce(i.stated_cents, 0)) AS cents,
                   CASE WHEN i.match = 'different' THEN 'line_amount' WHEN i.match = 'duplicate' THEN 'invoiced_twice'
                        WHEN EXISTS (SELECT FROM redemption r WHERE r.organiser_id = :organiser
                             AND r.provider_id <> i.provider_id
                             AND right(replace(r.id::text, '-', ''), 12) = i.reference) THEN 'wrong_provider'
                        ELSE 'extra_line' END AS kind
              FROM invoice_line i WHERE i.organiser_id = :organiser AND i.match IN ('different', 'duplicate', 'extra')
            UNION ALL
            -- a line that was taken off, and invoiced all the same: what is not on the invoice is the line against it
            SELECT m.statement_id, abs(m.amount_cents),
                   CASE WHEN m.dispute_id IS NULL THEN 'missing_line' ELSE 'extra_line' END FROM statement_line m
             WHERE m.organiser_id = :organiser
               AND NOT EXISTS (SELECT FROM invoice_line i WHERE i.statement_line_id = m.id)
               AND NOT EXISTS (SELECT FROM statement_line o WHERE o.statement_id = m.statement_id
                     AND o.redemption_id = m.redemption_id AND o.id <> m.id
                     AND NOT EXISTS (SELECT FROM invoice_line i WHERE i.statement_line_id = o.id))) l
        ON l.statement_id = s.id
     WHERE s.organiser_id = :organiser AND s.state = 'disputed'
     GROUP BY s.id, p.name, l.kind
    UNION ALL
    SELECT 'line_disputed', 'line_dispute', d.id, s.number, p.name, abs(l.amount_cents), 0,
           (d.raised_at AT TIME ZONE 'Europe/Helsinki')::date, s.id, NULL, NULL
      FROM line_dispute d JOIN statement_line l ON l.id = d.statement_line_id JOIN statement s ON s.id = d.statement_id
      JOIN provider p ON p.id = d.provider_id
     WHERE d.organiser_id = :organiser AND d.outcome IS NULL
    UNION ALL
    SELECT 'missing_invoice', 'statement', s.id, s.number, p.name, s.total_cents, 0,
           (s.closed_at AT TIME ZONE 'Europe/Helsinki')::date + CAST(:invoice_days AS int), s.id, NULL, NULL
      FROM statement s JOIN provider p ON p.id = s.provider_id
     WHERE s.organiser_id = :organiser AND s.state = 'closed' AND s.closed_at < :missing_before
    """  # noqa: S608 - constant text
).bindparams(bindparam("organiser"), bindparam("payment_days"), bindparam("invoice_days"))

_CASES: Final = text(
    """
    SELECT DISTINCT ON (c.subject_id) c.subject_id, c.id, a.display_name
      FROM case_file c LEFT JOIN account a ON a.id = c.owner_id
     WHERE c.closed_at IS NULL AND c.subject_id = ANY (CAST(:subjects AS uuid[])) ORDER BY c.subject_id, c.opened_at
    """
)


async def exceptions(session: AsyncSession, *, organiser_id: UUID, now: datetime) -> list[Mismatch]:
    """Everything that is to be settled, what may be lost first, the oldest first in each kind. An order that the bank
    has had no time to book yet is listed too, for without it the sum would not explain the difference; it counts as
    late after `BOOKING_DAYS`."""
    today = local_date(now)
    rows = (
        await session.execute(
            _QUERY,
            {
                "organiser": organiser_id,
                "payment_days": PAYMENT_DAYS,
                "invoice_days": INVOICE_DAYS,
                "unpaid_before": start_of_day(today - timedelta(days=PAYMENT_DAYS)),
                "missing_before": start_of_day(today - timedelta(days=INVOICE_DAYS)),
                "netted_before": netted_before(now),
                "today": today,
            },
        )
    ).all()
    owners = await _owners(session, rows)
    found = [
        Mismatch(
            kind=Kind(row.kind),
            subject=row.subject,
            subject_id=row.subject_id,
            label=row.label,
            provider_name=row.provider,
            amount_cents=row.cents,
            explains_cents=row.explains,
            since=row.since or today,
            days=max(0, (today - (row.since or today)).days),
            case_id=owners.get(_case_about(row), (None, None))[0],
            owner_name=owners.get(_case_about(row), (None, None))[1],
            statement_id=row.statement_id,
            bank_statement_id=row.bank_statement_id,
            batch_id=row.batch_id,
        )
        for row in rows
    ]
    order = list(Kind)
    return sorted(found, key=lambda e: (order.index(e.kind), e.since, e.subject_id))


def _case_about(row: Any) -> UUID:
    """What its case is opened for: the statement, but a disputed line has a case of its own."""
    about: UUID = row.subject_id if row.subject == "line_dispute" else row.statement_id or row.subject_id
    return about


async def _owners(session: AsyncSession, rows: Any) -> dict[UUID, tuple[UUID | None, str | None]]:
    subjects = [_case_about(row) for row in rows]
    if not subjects:
        return {}
    found = await session.execute(_CASES, {"subjects": subjects})
    return {row.subject_id: (row.id, row.display_name) for row in found}


async def bank_less_books(session: AsyncSession, *, organiser_id: UUID) -> int:
    """What left the account less what the ledger says left it: what the exceptions have to explain, to the cent."""
    found: int | None = await session.scalar(
        text(
            """
            SELECT (SELECT coalesce(-sum(CASE WHEN settled THEN matched_cents ELSE amount_cents END), 0)
                      FROM bank_booking WHERE organiser_id = :organiser)
                 - (SELECT coalesce(sum(CASE WHEN to_account = 'bank' THEN amount_cents ELSE -amount_cents END), 0)
                      FROM transfer WHERE organiser_id = :organiser AND (kind IN ('difference_more', 'difference_less')
                       OR kind IN ('pay', 'pay_again', 'pay_returned') AND reference_id IN (
                         SELECT payment_id FROM payment_order WHERE organiser_id = :organiser)
                       OR kind IN ('receive', 'receive_undone') AND id IN (SELECT transfer_id FROM claim_receipt
                         WHERE organiser_id = :organiser AND booking_id IS NOT NULL)))
            """
        ),
        {"organiser": organiser_id},
    )
    return int(found or 0)
