"""Invariants of decisions on providers, of what comes before them and of what is sent against them."""

from typing import Final

from registry.checks.invariant import Invariant, states
from registry.providers.decisions.rules import ADVERSE

_IN_FORCE: Final = """
SELECT d.* FROM decision d LEFT JOIN decision later ON later.replaces = d.id WHERE later.id IS NULL
"""

DECIDING: Final = (
    Invariant(
        "decisions: each application that was decided here has exactly one in force, which says the same",
        "decided applications",
        f"""SELECT a.id, coalesce(d.how_many, 0) = 1 AND d.kind = a.state AS ok FROM application a LEFT JOIN (
             SELECT subject_id, count(*) AS how_many, min(kind) AS kind FROM ({_IN_FORCE}) f
             WHERE subject_kind = 'application' AND kind IN ('approved', 'rejected') GROUP BY subject_id) d
               ON d.subject_id = a.id
           WHERE a.state IN ('approved', 'rejected') AND NOT a.before_records
             AND NOT (a.source_digest IS NOT NULL AND a.decided_by IS NULL)""",  # noqa: S608
    ),
    Invariant(
        "decisions: none goes against a provider without a hearing on it that had ended",
        "adverse decisions",
        f"""SELECT d.id, h.provider_id = d.provider_id AND h.subject_id = d.subject_id AND h.closed_at <= d.decided_at
              AND (h.answer IS NOT NULL OR h.due_on < (d.decided_at AT TIME ZONE 'Europe/Helsinki')::date)
              AND (d.kind <> 'rejected' OR d.points @> '[{{"mark": "not_met"}}]') AS ok
           FROM decision d LEFT JOIN hearing h ON h.id = d.hearing_id WHERE d.kind IN ({states(ADVERSE)})""",  # noqa: S608
    ),
    Invariant(
        "decisions: each document is, to the byte, the one that went out",
        "documents of decisions",
        """SELECT d.id, encode(sha256(convert_to(t.content, 'UTF8')), 'hex') = d.digest
              AND t.organiser_id = d.organiser_id AND t.provider_id = d.provider_id AS ok
           FROM decision_document t LEFT JOIN decision d ON d.id = t.decision_id""",
    ),
    Invariant(
        "decisions: each rests on a regime that the organiser had confirmed",
        "decisions",
        """SELECT d.id, c.confirmed_at <= d.decided_at AS ok FROM decision d LEFT JOIN (
             SELECT service_id, digest, min(confirmed_at) AS confirmed_at FROM regime_confirmation
             GROUP BY service_id, digest) c ON c.service_id = d.service_id AND c.digest = d.regime_digest""",
    ),
    Invariant(
        "decisions: an approval is in the register once, and by its decision",
        "approvals in force",
        f"""SELECT coalesce(d.id, a.id) AS id, coalesce(d.kind = 'approved' AND a.how_many = 1
              AND a.provider_id = d.provider_id::text AND a.service_id = d.service_id::text, a.taken_back) AS ok
           FROM (SELECT * FROM ({_IN_FORCE}) f WHERE kind = 'approved') d FULL JOIN (
             SELECT decision_id, min(id::text)::uuid AS id, count(*) AS how_many, min(provider_id::text) AS provider_id,
               min(service_id::text) AS service_id,
               bool_and(state NOT IN ('active', 'suspended') AND EXISTS (SELECT FROM decision r
                 WHERE r.replaces = admission.decision_id AND r.kind = 'rejected' AND r.correction IS NOT NULL))
                 AS taken_back
             FROM admission WHERE decision_id IS NOT NULL GROUP BY decision_id) a ON a.decision_id = d.id""",  # noqa: S608
    ),
    Invariant(
        "reviews: decided by another than made the decision, and never examined when late",
        "decided requests for review",
        """SELECT a.id, r.decided_by IS DISTINCT FROM d.decided_by AND a.late = (a.state = 'not_examined')
              AND (a.state = 'upheld') = (r.replaces IS NOT NULL AND r.replaces = d.id)
              AND r.subject_id = d.subject_id AS ok
           FROM appeal a LEFT JOIN decision d ON d.id = a.decision_id LEFT JOIN decision r ON r.id = a.answer_id
           WHERE a.state NOT IN ('received', 'withdrawn')""",
    ),
    Invariant(
        "corrections: each takes the place of one on the same matter, and to the worse only after a hearing on it and"
        " with consent",
        "corrected decisions",
        """SELECT d.id, f.subject_id = d.subject_id AND f.provider_id = d.provider_id AND (
              NOT (f.kind = 'approved' AND d.kind = 'rejected') OR (h.correcting_id = f.id AND (d.correction = 'court'
                OR d.consent = 'own_conduct' OR (d.consent = 'given' AND h.consents)))) AS ok
           FROM decision d LEFT JOIN decision f ON f.id = d.replaces LEFT JOIN hearing h ON h.id = d.hearing_id
           WHERE d.correction IS NOT NULL""",
    ),
    Invariant(
        "courts: what followed a ruling takes the place of the decision that the court upset",
        "rulings that were followed",
        """SELECT c.id, d.replaces = c.decision_id AND d.correction = 'court' AS ok
           FROM court_appeal c LEFT JOIN decision d ON d.id = c.followed_by WHERE c.followed_by IS NOT NULL""",
    ),
)
