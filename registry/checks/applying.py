"""Invariants of applying: drafts, papers, accounts, and what stays inside of coaches."""

from typing import Final

from registry.checks.invariant import Invariant

APPLYING: Final = (
    Invariant(
        "bank accounts: decided on by another person than the one who asked, and one in force at most",
        "bank accounts",
        """SELECT a.id, (a.state IN ('requested', 'withdrawn')
                OR (a.decided_by IS NOT NULL AND a.decided_by IS DISTINCT FROM a.requested_by))
              AND (a.state <> 'in_force' OR NOT EXISTS (SELECT FROM bank_account b
                WHERE b.provider_id = a.provider_id AND b.state = 'in_force' AND b.id <> a.id)) AS ok
           FROM bank_account a""",
    ),
    Invariant(
        "papers: shown by their own provider, while they were young enough",
        "shown papers",
        """SELECT s.paper_id AS id, p.provider_id = s.provider_id AND p.withdrawn_at IS NULL
              AND (s.shared_at AT TIME ZONE 'Europe/Helsinki')::date BETWEEN p.issued_on AND s.good_until AS ok
           FROM evidence_share s JOIN evidence_paper p ON p.id = s.paper_id""",
    ),
    Invariant(
        "papers: looked at only by organisers that were shown them",
        "looks at papers",
        """SELECT c.id, s.paper_id IS NOT NULL AND s.provider_id = c.provider_id AND s.shared_at <= c.checked_at AS ok
           FROM evidence_check c
             LEFT JOIN evidence_share s ON s.paper_id = c.paper_id AND s.organiser_id = c.organiser_id""",
    ),
    Invariant(
        "drafts: one that was sent became one application for each of its services",
        "sent drafts",
        """SELECT d.id, (SELECT count(*) FROM jsonb_object_keys(d.answers -> 'services')) = count(a.id)
              AND count(DISTINCT a.service_id) = count(a.id)
              AND bool_and(a.provider_id = d.provider_id AND a.submitted_at = d.submitted_at) AS ok
           FROM application_draft d LEFT JOIN application a ON a.details ->> 'draft' = d.id::text
           WHERE d.submitted_at IS NOT NULL GROUP BY d.id""",
    ),
    Invariant(
        "coaches: surnames are kept of those alone who work for the provider",
        "surnames",
        """SELECT d.coach_id AS id, c.provider_id = d.provider_id AND c.ended_at IS NULL AS ok
           FROM coach_detail d JOIN coach c ON c.id = d.coach_id""",
    ),
    Invariant(
        "coaches: nobody serves under an approval whose organiser has yet to decide",
        "coaches asked for",
        """SELECT c.id, m.provider_id = k.provider_id AND k.ended_at IS NULL
              AND (c.asked ->> 'coach' <> 'added' OR o.admission_id IS NOT NULL AND o.languages IS NULL) AS ok
           FROM admission_change c JOIN coach k ON k.id = c.coach_id JOIN admission m ON m.id = c.admission_id
             LEFT JOIN coach_outside o ON o.admission_id = c.admission_id AND o.coach_id = c.coach_id
           WHERE c.state = 'submitted'""",
    ),
)
