"""Invariants of approvals: prices, changes, accepted rule books."""

from typing import Final

from registry.checks.invariant import Invariant

KEEPING: Final = (
    Invariant(
        "prices: today's is the one that came into force last, where it was ever changed here",
        "approvals with prices",
        """SELECT m.id, p.unit_price_cents = m.unit_price_cents AND (p.vat_rate_bp, p.vat_category, p.vat_reason)
                IS NOT DISTINCT FROM (m.vat_rate_bp, m.vat_category, m.vat_reason)
              OR m.source_digest IS NOT NULL AS ok
           FROM admission m JOIN (SELECT DISTINCT ON (admission_id) * FROM admission_price
             WHERE current_since IS NOT NULL ORDER BY admission_id, valid_from DESC) p ON p.admission_id = m.id""",
    ),
    Invariant(
        "prices: without gaps from the first day on, one of them coming at most",
        "prices",
        """SELECT id, (next_from IS NULL AND valid_until IS NULL OR next_from = valid_until)
              AND (current_since IS NOT NULL OR next_from IS NULL) AS ok
           FROM (SELECT id, valid_until, current_since,
               lead(valid_from) OVER (PARTITION BY admission_id ORDER BY valid_from) AS next_from
             FROM admission_price) each_one""",
    ),
    Invariant(
        "changes: decided ones that were not made at once have their decision",
        "changes",
        """SELECT c.id, c.provider_id = m.provider_id AND c.organiser_id = m.organiser_id AND CASE c.state
              WHEN 'rejected' THEN d.kind = 'change_rejected'
              WHEN 'approved' THEN c.decided_by IS NULL AND d.id IS NULL OR d.kind = 'changed'
              ELSE d.id IS NULL END AS ok
           FROM admission_change c JOIN admission m ON m.id = c.admission_id
             LEFT JOIN decision d ON d.id = c.decision_id""",
    ),
    Invariant(
        "rule books: what was accepted is what the approval works by, or a later one",
        "acceptances",
        """SELECT a.id, m.provider_id = a.provider_id AND m.organiser_id = a.organiser_id
              AND (m.rule_book_version = a.version OR EXISTS (SELECT FROM rule_book_acceptance l
                WHERE l.admission_id = a.admission_id AND l.accepted_at >= a.accepted_at AND l.id <> a.id)) AS ok
           FROM rule_book_acceptance a JOIN admission m ON m.id = a.admission_id""",
    ),
)
