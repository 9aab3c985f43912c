"""Invariants of e-invoices, self-billing, disputed lines and disputed visits."""

from typing import Final

from registry.checks.invariant import Invariant

EINVOICES: Final = (
    Invariant(
        "e-invoices: what each asks for is the sum of its lines, but for rounding VAT",
        "e-invoices",
        """SELECT id, syntax IN ('ubl', 'finvoice') AND vat IS NOT NULL
              AND abs(payable_cents - total_cents) <= line_count + jsonb_array_length(vat) AS ok
           FROM invoice WHERE payable_cents IS NOT NULL""",
    ),
    Invariant(
        "self-billing: every invoice that was made here had the provider's consent",
        "self-billed invoices",
        """SELECT i.id, EXISTS (SELECT FROM self_billing_consent c WHERE c.organiser_id = i.organiser_id
              AND c.provider_id = i.provider_id AND c.given_at <= i.received_at
              AND (c.ended_at IS NULL OR c.ended_at > i.received_at)) AS ok
           FROM invoice i WHERE i.self_billed""",
    ),
    Invariant(
        "disputed lines: each is of its statement, and those that wait have an open case",
        "disputed lines",
        """SELECT d.id, l.statement_id = d.statement_id AND (d.outcome IS NULL) = EXISTS (SELECT FROM case_file c
              WHERE c.subject_id = d.id AND c.kind = 'line_disputed' AND c.closed_at IS NULL) AS ok
           FROM line_dispute d JOIN statement_line l ON l.id = d.statement_line_id""",
    ),
    Invariant(
        "disputed lines: what waits is off its statement, and back on the next one once it waits no more",
        "lines that waited",
        # one that its client disputes, or that is held, stays away from what was closed meanwhile
        """SELECT d.id, l.redemption_id = d.redemption_id AND l.reversal_id IS NULL AND off.statement_id = d.statement_id
              AND CASE WHEN back.id IS NOT NULL THEN d.decided_at IS NOT NULL OR v.id IS NOT NULL
                ELSE said.id IS NULL AND NOT EXISTS (SELECT FROM month_close m WHERE m.organiser_id = d.organiser_id
                  AND d.decided_at < (m.month + interval '1 month') AT TIME ZONE 'Europe/Helsinki'
                  AND d.decided_at < m.closed_at
                  AND NOT EXISTS (SELECT FROM visit_answer a WHERE a.redemption_id = d.redemption_id
                    AND (a.answer <> 'yes' AND a.ruling IS NULL OR coalesce(a.ruled_at, a.answered_at) > m.closed_at))
                  AND NOT EXISTS (SELECT FROM redemption_hold h WHERE h.organiser_id = r.organiser_id
                    AND h.provider_id = r.provider_id AND coalesce(h.voucher_id, r.voucher_id) = r.voucher_id
                    AND h.placed_at <= m.closed_at AND coalesce(h.lifted_at, 'infinity') > m.closed_at)) END AS ok
           FROM line_dispute d JOIN redemption r ON r.id = d.redemption_id
             JOIN statement_line l ON l.id = d.statement_line_id
             LEFT JOIN statement_line off ON off.id = d.id LEFT JOIN statement_line back ON back.id = d.return_id
             LEFT JOIN reversal v ON v.redemption_id = d.redemption_id LEFT JOIN statement_line said ON said.id = v.id
           WHERE d.return_id IS NOT NULL""",
    ),
    Invariant(
        "disputed lines: of each redemption no more is stated than it came to, and nothing of what waits",
        "redemptions that waited",
        """SELECT w.redemption_id AS id, sum(l.amount_cents) FILTER (WHERE l.reversal_id IS NULL)
                = CASE WHEN bool_or(l.id = w.return_id) THEN r.value_cents ELSE 0 END
              AND sum(l.amount_cents) BETWEEN 0 AND r.value_cents AS ok
           FROM (SELECT DISTINCT ON (redemption_id) redemption_id, return_id FROM line_dispute
                 WHERE return_id IS NOT NULL ORDER BY redemption_id, id DESC) w
             JOIN redemption r ON r.id = w.redemption_id JOIN statement_line l ON l.redemption_id = w.redemption_id
           GROUP BY w.redemption_id, r.value_cents""",
    ),
    Invariant(
        "disputed visits: what waits for a ruling has an open case",
        "disputed visits",
        """SELECT a.redemption_id AS id, EXISTS (SELECT FROM case_file c WHERE c.subject_id = a.redemption_id
              AND c.kind = 'visit_disputed' AND c.closed_at IS NULL) AS ok
           FROM visit_answer a JOIN redemption r ON r.id = a.redemption_id
           WHERE a.answer <> 'yes' AND a.ruling IS NULL AND r.state = 'captured'""",
    ),
)
