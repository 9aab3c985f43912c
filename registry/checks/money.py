"""Invariants of the ledger: every cent's way, from the budget line to the bank."""

from typing import Final

from registry.checks.invariant import Invariant, values
from registry.ledger.rules import FLOWS

_WAY: Final = """WITH RECURSIVE way (from_id, to_id) AS (
             SELECT from_line_id, to_line_id FROM year_line
             UNION SELECT w.from_id, y.to_line_id FROM way w JOIN year_line y ON y.from_line_id = w.to_id)"""
"""From which budget line year ends lead to which: a voucher that was empty then went this way with no transfer."""

_FLOWS: Final = values((kind, before, after) for kind, (before, after) in FLOWS.items())

LEDGER: Final = (
    Invariant(
        "ledger: every transfer goes from and to the accounts of its kind",
        "transfers",
        f"""SELECT t.id, (t.from_account, t.to_account) = (f.from_account, f.to_account) AND t.amount_cents > 0 AS ok
           FROM transfer t LEFT JOIN (VALUES {_FLOWS}) f (kind, from_account, to_account) ON f.kind = t.kind""",  # noqa: S608
    ),
    Invariant(
        "ledger: all accounts together are zero",
        "accounts",
        """SELECT account AS id, (sum(sum(amount)) OVER ()) = 0 AS ok FROM (
             SELECT from_account || ' ' || from_id AS account, -amount_cents AS amount FROM transfer
             UNION ALL SELECT to_account || ' ' || to_id, amount_cents FROM transfer) entry
           GROUP BY account""",
    ),
    Invariant(
        "ledger: vouchers' balances are the sums of their transfers, account by account",
        "vouchers",
        """SELECT v.id, v.available_cents = coalesce(t.available, 0) AND v.reserved_cents = coalesce(t.reserved, 0)
              AND v.captured_cents = coalesce(t.captured, 0) AND v.granted_cents = coalesce(t.granted, 0)
              AND v.returned_cents = coalesce(t.returned, 0) AND v.committed_cents = coalesce(t.committed, 0) AS ok
           FROM voucher v LEFT JOIN (
             SELECT voucher_id,
               sum(amount) FILTER (WHERE account = 'available') AS available,
               sum(amount) FILTER (WHERE account = 'reserved') AS reserved,
               sum(amount) FILTER (WHERE account = 'captured') AS captured,
               sum(amount) FILTER (WHERE kind = 'grant' AND account = 'available') AS granted,
               -sum(amount) FILTER (WHERE kind = 'return' AND account = 'available') AS returned,
               sum(amount) FILTER (WHERE account = 'committed') AS committed
             FROM (SELECT from_id AS voucher_id, kind, from_account AS account, -amount_cents AS amount FROM transfer
                     WHERE from_account IN ('available', 'reserved', 'captured', 'committed')
                   UNION ALL SELECT to_id, kind, to_account, amount_cents FROM transfer
                     WHERE to_account IN ('available', 'reserved', 'captured', 'committed')) entry
             GROUP BY voucher_id) t ON t.voucher_id = v.id""",
    ),
    Invariant(
        "ledger: vouchers' transfers name the voucher, its organiser and its budget line",
        "transfers",
        f"""{_WAY}
           SELECT t.id, v.id IS NOT NULL AND t.organiser_id = v.organiser_id AND CASE
                  CASE t.kind WHEN 'commit' THEN 'grant' WHEN 'uncommit' THEN 'return' ELSE t.kind END
                WHEN 'grant' THEN t.to_id = v.id AND (t.from_id = v.budget_line_id
                  OR (t.from_id, v.budget_line_id) IN (SELECT from_id, to_id FROM way))
                WHEN 'return' THEN t.from_id = v.id AND (t.to_id = v.budget_line_id
                  OR (t.to_id, v.budget_line_id) IN (SELECT from_id, to_id FROM way))
                WHEN 'carry' THEN EXISTS (SELECT FROM carried_commitment k WHERE k.transfer_id = t.id
                  AND k.voucher_id = v.id AND (k.to_line_id, k.from_line_id, k.amount_cents)
                    = (t.from_id, t.to_id, t.amount_cents))
                ELSE t.from_id = v.id AND t.to_id = v.id END AS ok
           FROM transfer t LEFT JOIN voucher v ON v.id = t.voucher_id
           WHERE t.kind IN ('grant', 'return', 'redeem', 'reserve', 'capture', 'release', 'reverse', 'carry', 'commit',
             'uncommit')""",  # noqa: S608
    ),
    Invariant(
        "ledger: what a transfer is about exists",
        "transfers",
        """SELECT t.id, CASE WHEN t.kind IN ('redeem', 'reserve', 'capture', 'release', 'reverse')
                THEN r.voucher_id = t.voucher_id
                WHEN t.kind IN ('approve_statement', 'approve_credit') THEN s.organiser_id = t.organiser_id
                WHEN t.kind IN ('pay', 'pay_again', 'pay_returned') THEN p.organiser_id = t.organiser_id
                WHEN t.kind IN ('receive', 'receive_undone', 'write_off', 'recover')
                THEN c.organiser_id = t.organiser_id AND c.provider_id IN (t.from_id, t.to_id)
                ELSE true END AS ok
           FROM transfer t LEFT JOIN redemption r ON r.id = t.reference_id
             LEFT JOIN statement s ON s.id = t.reference_id LEFT JOIN payment p ON p.id = t.reference_id
             LEFT JOIN claim c ON c.id = t.reference_id""",
    ),
    Invariant(
        "ledger: each redemption has exactly the transfers of its state",
        "redemptions",
        """SELECT r.id, CASE r.state
                WHEN 'reserved' THEN (t.redeems, t.reserves, t.captures, t.releases, t.reverses) = (0, 1, 0, 0, 0)
                  AND t.reserved = r.value_cents
                WHEN 'released' THEN (t.redeems, t.reserves, t.captures, t.releases, t.reverses) = (0, 1, 0, 1, 0)
                  AND t.reserved = r.value_cents AND t.released = r.value_cents
                WHEN 'lapsed' THEN (t.redeems, t.reserves, t.captures, t.releases, t.reverses) = (0, 1, 0, 1, 0)
                  AND t.reserved = r.value_cents AND t.released = r.value_cents
                ELSE t.redeems + t.reserves = 1 AND t.captures = t.reserves AND t.releases <= t.reserves
                  AND t.redeemed + t.captured = r.value_cents AND t.reserved = t.captured + t.released
                  AND t.reverses = (r.state = 'reversed')::int
                  AND t.reversed = CASE r.state WHEN 'reversed' THEN r.value_cents ELSE 0 END
              END AS ok
           FROM redemption r LEFT JOIN (
             SELECT reference_id,
               count(*) FILTER (WHERE kind = 'redeem') AS redeems,
               count(*) FILTER (WHERE kind = 'reserve') AS reserves,
               count(*) FILTER (WHERE kind = 'capture') AS captures,
               count(*) FILTER (WHERE kind = 'release') AS releases,
               count(*) FILTER (WHERE kind = 'reverse') AS reverses,
               coalesce(sum(amount_cents) FILTER (WHERE kind = 'redeem'), 0) AS redeemed,
               coalesce(sum(amount_cents) FILTER (WHERE kind = 'reserve'), 0) AS reserved,
               coalesce(sum(amount_cents) FILTER (WHERE kind = 'capture'), 0) AS captured,
               coalesce(sum(amount_cents) FILTER (WHERE kind = 'release'), 0) AS released,
               coalesce(sum(amount_cents) FILTER (WHERE kind = 'reverse'), 0) AS reversed
             FROM transfer GROUP BY reference_id) t ON t.reference_id = r.id""",
    ),
    Invariant(
        "budget lines: granted = grants - returns, and no more than allocated",
        "budget lines",
        """SELECT b.id, b.granted_cents = coalesce(t.granted, 0) AND b.granted_cents BETWEEN 0 AND b.allocated_cents AS ok
           FROM budget_line b LEFT JOIN (
             SELECT line_id, sum(amount) AS granted FROM (
               SELECT from_id AS line_id, amount_cents AS amount FROM transfer WHERE from_account = 'budget'
               UNION ALL SELECT to_id, -amount_cents FROM transfer WHERE to_account = 'budget') entry
             GROUP BY line_id) t ON t.line_id = b.id""",
    ),
    Invariant(
        "budget lines: granted is what their vouchers hold or have used",
        "budget lines",
        # of a voucher that a year end moved to another line, each line has what came from it and did not go on or back
        f"""{_WAY}, moved AS (
             SELECT DISTINCT t.voucher_id FROM transfer t JOIN voucher v ON v.id = t.voucher_id
               JOIN way w ON (w.from_id, w.to_id) = (t.from_id, v.budget_line_id) WHERE t.from_account = 'budget'),
           part AS (
             SELECT e.voucher_id, e.line_id, sum(e.cents) AS cents FROM (
               SELECT voucher_id, from_id AS line_id, amount_cents AS cents FROM transfer WHERE from_account = 'budget'
               UNION ALL SELECT voucher_id, to_id, -amount_cents FROM transfer WHERE to_account = 'budget') e
             WHERE e.voucher_id IN (SELECT voucher_id FROM moved) GROUP BY 1, 2)
           SELECT b.id, b.granted_cents = coalesce(v.cents, 0) + coalesce(p.cents, 0) AND coalesce(p.least, 0) >= 0 AS ok
           FROM budget_line b
             LEFT JOIN (SELECT budget_line_id, sum(granted_cents - returned_cents + committed_cents) AS cents FROM voucher
               WHERE id NOT IN (SELECT voucher_id FROM moved) GROUP BY 1) v ON v.budget_line_id = b.id
             LEFT JOIN (SELECT line_id, sum(cents) AS cents, min(cents) AS least FROM part GROUP BY 1) p
               ON p.line_id = b.id""",  # noqa: S608
    ),
)

SETTLEMENT: Final = (
    Invariant(
        "statements: totals are the sums of their lines",
        "statements",
        """SELECT coalesce(s.id, l.statement_id) AS id, s.line_count = l.how_many AND s.total_cents = l.total
              AND s.charges_cents = l.charges AND s.credits_cents = l.credits AND s.net_cents = l.net
              AND s.vat_cents = s.total_cents - s.net_cents AS ok
           FROM statement s FULL JOIN (
             SELECT statement_id, count(*) AS how_many, sum(amount_cents) AS total, sum(net_cents) AS net,
               coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0) AS charges,
               coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0) AS credits
             FROM statement_line GROUP BY statement_id) l ON l.statement_id = s.id""",
    ),
    Invariant(
        "statements: each line is one redemption or reversal, of that provider, to the cent",
        "statement lines",
        # or against a disputed redemption, or one that has come back
        """SELECT l.id, l.organiser_id = r.organiser_id AND l.provider_id = r.provider_id AND CASE
                WHEN l.dispute_id IS NOT NULL THEN d.redemption_id = r.id AND d.statement_id = l.statement_id
                  AND d.return_id IS NOT NULL AND l.amount_cents = -r.value_cents AND l.at = d.raised_at
                WHEN l.return_id IS NOT NULL THEN b.redemption_id = r.id AND b.statement_id <> l.statement_id
                  AND l.amount_cents = r.value_cents AND l.at IN (b.decided_at, u.reversed_at)
                WHEN l.reversal_id IS NULL THEN l.id = r.id AND l.amount_cents = r.value_cents
                  AND l.at = r.captured_at AND r.state IN ('captured', 'reversed')
                ELSE l.id = e.id AND e.redemption_id = r.id AND l.amount_cents = -e.value_cents
                  AND l.at = e.reversed_at END AS ok
           FROM statement_line l LEFT JOIN redemption r ON r.id = l.redemption_id
             LEFT JOIN reversal e ON e.id = l.reversal_id LEFT JOIN line_dispute d ON d.id = l.dispute_id
             LEFT JOIN line_dispute b ON b.return_id = l.return_id
             LEFT JOIN reversal u ON u.redemption_id = b.redemption_id""",
    ),
    # Ids are time-ordered: what was made after the closing is late, and stands on the next statement.
    Invariant(
        "statements: nothing redeemed in a closed month is left out",
        "redemptions in closed months",
        # a visit that its client disputed, or of a provider or voucher that is held, is held back, and stated with the
        # first month that is closed after the ruling, or after the hold was lifted
        """SELECT r.id, l.id IS NOT NULL OR coalesce(a.answer <> 'yes' AND a.ruling IS NULL
               OR coalesce(a.ruled_at, a.answered_at) > last.closed_at, false)
               OR EXISTS (SELECT FROM redemption_hold h WHERE h.organiser_id = r.organiser_id
                  AND h.provider_id = r.provider_id AND coalesce(h.voucher_id, r.voucher_id) = r.voucher_id
                  AND h.placed_at <= last.closed_at AND coalesce(h.lifted_at, 'infinity') > last.closed_at) AS ok
           FROM redemption r JOIN month_close m ON m.organiser_id = r.organiser_id
              AND r.captured_at >= m.month::timestamp AT TIME ZONE 'Europe/Helsinki'
              AND r.captured_at < (m.month + interval '1 month') AT TIME ZONE 'Europe/Helsinki'
              AND r.captured_at < m.closed_at AND r.id < m.id
             JOIN (SELECT organiser_id, max(closed_at) AS closed_at FROM month_close GROUP BY organiser_id) last
               ON last.organiser_id = r.organiser_id
             LEFT JOIN visit_answer a ON a.redemption_id = r.id
             LEFT JOIN statement_line l ON l.id = r.id""",
    ),
    Invariant(
        "statements: no reversal of a closed month is left out",
        "reversals in closed months",
        """SELECT e.id, l.id IS NOT NULL AS ok
           FROM reversal e JOIN month_close m ON m.organiser_id = e.organiser_id
              AND e.reversed_at >= m.month::timestamp AT TIME ZONE 'Europe/Helsinki'
              AND e.reversed_at < (m.month + interval '1 month') AT TIME ZONE 'Europe/Helsinki'
              AND e.reversed_at < m.closed_at AND e.id < m.id
             LEFT JOIN statement_line l ON l.id = e.id""",
    ),
    Invariant(
        "invoices: an invoice is the sum of its lines, and a statement's invoiced sum that of its invoices",
        "statements and invoices",
        """SELECT i.id, i.total_cents = coalesce(sum(l.amount_cents), 0) AND i.line_count = count(l.id) AS ok
           FROM invoice i LEFT JOIN invoice_line l ON l.invoice_id = i.id GROUP BY i.id
           UNION ALL
           SELECT s.id, s.invoiced_cents = coalesce(sum(i.total_cents), 0)
              AND (s.state NOT IN ('matched', 'approved', 'paid')
                OR (s.invoiced_cents = s.total_cents AND s.exceptions = 0)) AS ok
           FROM statement s LEFT JOIN invoice i ON i.statement_id = s.id AND i.rejected_at IS NULL
           GROUP BY s.id""",
    ),
    Invariant(
        "invoices: no statement line is matched twice, and a match is to the cent",
        "matched lines",
        """SELECT i.statement_line_id AS id, count(*) = 1 AND bool_and(l.statement_id = i.statement_id
              AND (i.match <> 'matched' OR i.amount_cents = l.amount_cents)) AS ok
           FROM invoice_line i LEFT JOIN statement_line l ON l.id = i.statement_line_id
           WHERE i.statement_line_id IS NOT NULL GROUP BY i.statement_line_id""",
    ),
    Invariant(
        "payments: each approved statement is in the ledger once, with its total",
        "approved statements",
        """SELECT s.id, CASE WHEN s.total_cents = 0 THEN t.how_many IS NULL ELSE t.how_many = 1
                AND t.amount_cents = abs(s.total_cents) AND t.transfer_id = s.approval_transfer_id
                AND t.kind = CASE WHEN s.total_cents > 0 THEN 'approve_statement' ELSE 'approve_credit' END
                AND s.provider_id IN (t.from_id, t.to_id) AND s.organiser_id IN (t.from_id, t.to_id) END AS ok
           FROM statement s LEFT JOIN (
             SELECT reference_id, count(*) AS how_many, min(amount_cents) AS amount_cents, min(kind) AS kind,
               (array_agg(id))[1] AS transfer_id, (array_agg(from_id))[1] AS from_id, (array_agg(to_id))[1] AS to_id
             FROM transfer WHERE kind IN ('approve_statement', 'approve_credit') GROUP BY reference_id
           ) t ON t.reference_id = s.id
           WHERE s.state IN ('approved', 'paid') OR t.how_many IS NOT NULL AND s.state NOT IN ('approved', 'paid')""",
    ),
    Invariant(
        "payments: each statement is paid once, by a payment of its sum",
        "paid statements",
        """SELECT s.id, CASE WHEN s.total_cents = 0 THEN p.statement_id IS NULL
              ELSE p.amount_cents = s.total_cents AND s.state = CASE WHEN coalesce(r.back, 0) = 0 THEN 'paid'
                WHEN r.back = 1 THEN 'approved' END END AS ok
           FROM statement s LEFT JOIN paid_statement p ON p.statement_id = s.id
             LEFT JOIN (SELECT reference_id, sum(CASE kind WHEN 'pay_returned' THEN 1 ELSE -1 END) AS back
               FROM transfer WHERE kind IN ('pay_returned', 'pay_again') GROUP BY reference_id) r
               ON r.reference_id = p.payment_id
           WHERE p.statement_id IS NOT NULL OR s.state = 'paid' AND NOT EXISTS (
             SELECT FROM claimed_statement c WHERE c.statement_id = s.id AND c.standing)
           UNION ALL
           SELECT m.id, m.amount_cents = coalesce(p.total, 0) AND (t.amount_cents IS NULL) = (m.amount_cents = 0)
              AND coalesce(t.amount_cents, 0) = m.amount_cents AND coalesce(t.how_many, 1) = 1 AS ok
           FROM payment m
             LEFT JOIN (SELECT payment_id, sum(amount_cents) AS total FROM paid_statement GROUP BY payment_id) p
               ON p.payment_id = m.id
             LEFT JOIN (SELECT reference_id, count(*) AS how_many, sum(amount_cents) AS amount_cents
               FROM transfer WHERE kind = 'pay' GROUP BY reference_id) t ON t.reference_id = m.id""",
    ),
    Invariant(
        "payments: what is owed to a provider is its approved statements less what was paid",
        "providers",
        # of a claim that is not settled, what came in or was given up, for its statements stand as owed till then
        """SELECT coalesce(s.provider_id, t.provider_id) AS id, coalesce(s.owed, 0) = coalesce(t.owed, 0) AS ok
           FROM (SELECT organiser_id, provider_id, sum(owed) AS owed FROM (
                   SELECT organiser_id, provider_id, total_cents AS owed FROM statement WHERE state = 'approved'
                   UNION ALL SELECT organiser_id, provider_id, received_cents + written_off_cents FROM claim
                     WHERE state IN ('claimed', 'partly_paid')) stated
                 GROUP BY organiser_id, provider_id) s
           FULL JOIN (SELECT organiser_id, provider_id, sum(amount) AS owed FROM (
                   SELECT organiser_id, to_id AS provider_id, amount_cents AS amount FROM transfer
                     WHERE to_account = 'payable'
                   UNION ALL SELECT organiser_id, from_id, -amount_cents FROM transfer
                     WHERE from_account = 'payable') entry
                 GROUP BY organiser_id, provider_id) t
             ON t.organiser_id = s.organiser_id AND t.provider_id = s.provider_id""",
    ),
    Invariant(
        "payments: never approved and paid by the same person",
        "payments",
        """SELECT m.id, bool_and(s.approved_by <> m.paid_by) AS ok
           FROM payment m JOIN paid_statement p ON p.payment_id = m.id JOIN statement s ON s.id = p.statement_id
           WHERE s.total_cents > 0 GROUP BY m.id""",
    ),
)
