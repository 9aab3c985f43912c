"""Invariants of the kinds of voucher: months, results, aid, late grants, renewals, decisions against a holder."""

from typing import Final

from registry.checks.invariant import Invariant

KINDS: Final = (
    Invariant(
        "allowances: what was granted is the months that came and what was added",
        "allowances",
        """SELECT v.id, v.months_had = 1 + coalesce(t.how_many, 0) AND v.months_had = coalesce(t.last, 1)
              AND v.granted_cents = v.allowance_cents + coalesce(t.cents, 0) + coalesce(c.raised, 0)
              AND v.months_had <= v.allowance_months AS ok
           FROM voucher v LEFT JOIN (SELECT voucher_id, count(*) AS how_many, max(month) AS last, sum(cents) AS cents
               FROM voucher_topup GROUP BY voucher_id) t ON t.voucher_id = v.id
             LEFT JOIN (SELECT voucher_id, sum(cents) AS raised FROM voucher_change WHERE kind = 'raised'
               GROUP BY voucher_id) c ON c.voucher_id = v.id
           WHERE v.allowance_cents IS NOT NULL""",
    ),
    Invariant(
        "allowances: what is set aside is what the months to come bring",
        "allowances",
        # A month begins at midnight of its day in Finland. One from before months were set aside may still have nothing,
        # and one that got days back for waiting less than its months, if its line had no room.
        """SELECT v.id, v.committed_cents = v.allowance_cents * m.to_come OR (v.committed_cents = 0
              AND NOT EXISTS (SELECT FROM transfer t WHERE t.voucher_id = v.id AND t.kind = 'commit'))
              OR (v.committed_cents < v.allowance_cents * m.to_come AND v.committed_cents % v.allowance_cents = 0
              AND EXISTS (SELECT FROM voucher_extension x WHERE x.voucher_id = v.id)) AS ok
           FROM voucher v JOIN LATERAL (SELECT count(*) AS to_come
               FROM generate_series(v.months_had, v.allowance_months - 1) month
               WHERE v.ended_at IS NULL AND v.valid_until > (((v.valid_from AT TIME ZONE 'Europe/Helsinki')::date
                 + make_interval(months => month::int)) AT TIME ZONE 'Europe/Helsinki')) m ON true
           WHERE v.allowance_cents IS NOT NULL""",
    ),
    Invariant(
        "results: what was paid is a confirmed milestone of the terms, to the cent, once",
        "results",
        """SELECT coalesce(r.id, c.id) AS id, c.id IS NOT NULL AND r.value_cents = c.amount_cents
              AND r.provider_id = c.provider_id AND r.voucher_id = c.voucher_id AND r.organiser_id = c.organiser_id
              AND c.state = CASE r.state WHEN 'captured' THEN 'paid' WHEN 'reversed' THEN 'reversed' END
              AND EXISTS (SELECT FROM voucher_terms m, jsonb_array_elements(m.milestones) one WHERE m.id = v.terms_id
                AND one->>'code' = c.milestone AND (one->>'amount_cents')::bigint = c.amount_cents) AS ok
           FROM (SELECT r.* FROM redemption r JOIN voucher v ON v.id = r.voucher_id WHERE v.by_results) r
             FULL JOIN (SELECT * FROM milestone_claim WHERE state IN ('paid', 'reversed')) c ON c.redemption_id = r.id
             LEFT JOIN voucher v ON v.id = r.voucher_id""",
    ),
    Invariant(
        "aid: a voucher that is aid counts with all that was granted, below the ceiling",
        "vouchers that are aid",
        """SELECT v.id, a.cents = v.granted_cents AND a.below AND a.own AS ok
           FROM voucher v JOIN voucher_terms m ON m.id = v.terms_id AND m.de_minimis
             LEFT JOIN (SELECT a.voucher_id, sum(a.cents) AS cents, bool_and(a.before_cents + a.cents <= a.ceiling_cents
                 AND a.ceiling_cents = r.ceiling_cents) AS below, bool_and(d.client_id = a.client_id) AS own
               FROM aid_granted a JOIN de_minimis_rule r ON r.id = a.rule_id
                 JOIN aid_declaration d ON d.id = a.declaration_id GROUP BY a.voucher_id) a ON a.voucher_id = v.id""",
    ),
    Invariant(
        "late grants: by two, from the day that was proposed, one voucher each",
        "late grants",
        """SELECT coalesce(g.id, v.id) AS id, g.decided_by <> g.proposed_by AND v.id = g.voucher_id
              AND v.client_id = g.client_id AND v.service_id = g.service_id
              AND (v.valid_from AT TIME ZONE 'Europe/Helsinki')::date = g.events_from AS ok
           FROM (SELECT * FROM retroactive_grant WHERE state = 'approved') g
             FULL JOIN (SELECT * FROM voucher WHERE retroactive_id IS NOT NULL) v ON v.retroactive_id = g.id""",
    ),
    Invariant(
        "renewals: of the same client, for the same service",
        "renewals",
        """SELECT n.id, n.client_id = o.client_id AND n.service_id = o.service_id AND n.granted_at >= o.granted_at AS ok
           FROM voucher n JOIN voucher o ON o.id = n.renews_id""",
    ),
    Invariant(
        "decisions: each against a voucher’s holder did what it says",
        "decisions",
        """SELECT d.id, d.organiser_id = v.organiser_id AND d.remedy_until > d.issued_at::date
              AND d.document ?& array['fi', 'sv', 'en'] AND CASE d.kind WHEN 'cancelled' THEN v.state = 'cancelled'
                ELSE EXISTS (SELECT FROM voucher_change c WHERE c.voucher_id = d.voucher_id AND c.kind = 'lowered'
                  AND c.cents = d.cents) END AS ok
           FROM voucher_decision d JOIN voucher v ON v.id = d.voucher_id""",
    ),
)
