"""Invariants of closed years: what was carried and what was booked by the date of service, each once and to the cent."""

from typing import Final

from registry.checks.invariant import Invariant

YEARS: Final = (
    Invariant(
        "years: what a closing carried is a transfer of the next year's line, once for each voucher",
        "carried commitments",
        """SELECT k.id, CASE WHEN k.transfer_id IS NULL THEN k.amount_cents = 0 AND k.committed_cents > 0
                ELSE t.kind = 'carry' AND t.voucher_id = k.voucher_id AND t.reference_id = k.year_close_id
                  AND t.amount_cents = k.amount_cents END
              AND k.committed_cents = coalesce((SELECT sum(s.amount_cents) FROM transfer s WHERE s.reference_id = c.id
                AND s.voucher_id = k.voucher_id AND s.kind = 'commit' AND s.from_id = k.to_line_id), 0)
              AND k.committed_cents = coalesce((SELECT sum(s.amount_cents) FROM transfer s WHERE s.reference_id = c.id
                AND s.voucher_id = k.voucher_id AND s.kind = 'uncommit' AND s.to_id = k.from_line_id), 0)
              AND b.year = c.year + 1 AND a.year <= c.year AS ok
           FROM carried_commitment k LEFT JOIN year_close c ON c.id = k.year_close_id
             LEFT JOIN transfer t ON t.id = k.transfer_id JOIN budget_line a ON a.id = k.from_line_id
             JOIN budget_line b ON b.id = k.to_line_id""",
    ),
    Invariant(
        "years: an accrual is the sum of its items, in the year that closes and back in the next",
        "accruals",
        """SELECT y.provider_id AS id, y.amount_cents = coalesce(i.cents, 0) AND (y.amount_cents = 0
                OR t.amount_cents = abs(y.amount_cents) AND u.amount_cents = t.amount_cents
                AND (t.from_id, t.to_id) = (u.to_id, u.from_id)
                AND t.kind = CASE WHEN y.amount_cents > 0 THEN 'accrue' ELSE 'unaccrue' END
                AND extract(year FROM t.at AT TIME ZONE 'Europe/Helsinki') = c.year
                AND extract(year FROM u.at AT TIME ZONE 'Europe/Helsinki') = c.year + 1) AS ok
           FROM year_accrual y JOIN year_close c ON c.id = y.year_close_id
             LEFT JOIN (SELECT year_close_id, provider_id, sum(amount_cents) AS cents FROM accrued_item GROUP BY 1, 2) i
               ON (i.year_close_id, i.provider_id) = (y.year_close_id, y.provider_id)
             LEFT JOIN transfer t ON t.id = y.transfer_id LEFT JOIN transfer u ON u.id = y.back_transfer_id""",
    ),
    Invariant(
        "years: nothing was moved into a year after its closing began but what it had earned",
        "closed years",
        # ids are time-ordered
        """SELECT c.id, NOT EXISTS (SELECT FROM transfer t WHERE t.organiser_id = c.organiser_id AND t.id > c.id
                AND t.at < make_timestamptz(c.year::int + 1, 1, 1, 0, 0, 0, 'Europe/Helsinki')
                AND t.reference_id IS DISTINCT FROM c.id
                AND NOT EXISTS (SELECT FROM year_close o WHERE o.id = t.reference_id)) AS ok
           FROM year_close c WHERE c.closed_at IS NOT NULL""",
    ),
)
