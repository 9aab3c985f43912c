"""Invariants of claims on providers: each cent that is owed is netted, received or given up once."""

from typing import Final

from registry.checks.invariant import Invariant

CLAIMS: Final = (
    Invariant(
        "claims: what was received and given up is in the ledger, to the cent, and is what the claim says",
        "claims",
        """SELECT c.id, c.amount_cents = s.cents AND c.received_cents = coalesce(r.received, 0)
              AND c.written_off_cents = coalesce(w.cents, 0) - coalesce(r.recovered, 0)
              AND c.received_cents = coalesce(t.received, 0) AND c.written_off_cents = coalesce(t.lost, 0) AS ok
           FROM claim c
             LEFT JOIN (SELECT claim_id, sum(amount_cents) AS cents FROM claimed_statement GROUP BY 1) s
               ON s.claim_id = c.id
             LEFT JOIN (SELECT claim_id, sum(CASE WHEN undoes IS NULL THEN cents ELSE -cents END) AS received,
                 sum(recovered_cents) AS recovered FROM claim_receipt GROUP BY 1) r ON r.claim_id = c.id
             LEFT JOIN (SELECT claim_id, sum(amount_cents) AS cents FROM claim_write_off
               WHERE outcome = 'approved' AND decided_by <> proposed_by GROUP BY 1) w ON w.claim_id = c.id
             LEFT JOIN (SELECT reference_id,
                 sum(CASE kind WHEN 'receive' THEN amount_cents WHEN 'receive_undone' THEN -amount_cents END) AS received,
                 sum(CASE kind WHEN 'write_off' THEN amount_cents WHEN 'recover' THEN -amount_cents END) AS lost
               FROM transfer WHERE kind IN ('receive', 'receive_undone', 'write_off', 'recover') GROUP BY 1) t
               ON t.reference_id = c.id""",
    ),
    Invariant(
        "claims: a credit stands in one claim at most, and then in no payment, and is settled with its claim",
        "claimed statements",
        """SELECT k.statement_id AS id, k.standing = (c.state <> 'cancelled') AND (NOT k.standing OR count(*) FILTER (
                WHERE k.standing) OVER (PARTITION BY k.statement_id) = 1 AND p.statement_id IS NULL
                AND k.amount_cents = -s.total_cents
                AND s.state = CASE WHEN c.state IN ('paid', 'written_off') THEN 'paid' ELSE 'approved' END) AS ok
           FROM claimed_statement k JOIN claim c ON c.id = k.claim_id JOIN statement s ON s.id = k.statement_id
             LEFT JOIN paid_statement p ON p.statement_id = k.statement_id""",
    ),
)
