"""Harm to what deciding leaves behind, and the lines that must notice it."""

from typing import Final

ONE = "decisions: each application that was decided here has exactly one in force, which says the same"
UNHEARD = "decisions: none goes against a provider without a hearing on it that had ended"
FROZEN = "decisions: each document is, to the byte, the one that went out"
CONFIRMED = "decisions: each rests on a regime that the organiser had confirmed"
REGISTERED = "decisions: an approval is in the register once, and by its decision"
BY_ANOTHER = "reviews: decided by another than made the decision, and never examined when late"
APPEALS_TOLD = "audit: events lead each of the requests for review to the state it is in"
HEARINGS_TOLD = "audit: events lead each of the hearings to the state it is in"

CORRECTED = (
    "corrections: each takes the place of one on the same matter, and to the worse only after a hearing on it and"
    " with consent"
)
FOLLOWED = "courts: what followed a ruling takes the place of the decision that the court upset"
COURTS_TOLD = "audit: events lead each of the appeals to courts to the state it is in"

DECIDING_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({ONE, BY_ANOTHER}, "UPDATE decision SET replaces = NULL WHERE correction IS NULL"),
    ({UNHEARD}, "UPDATE decision SET points = '[]' WHERE kind = 'rejected'"),
    ({UNHEARD}, "UPDATE hearing SET closed_at = now() + interval '1 year' WHERE closed_at IS NOT NULL"),
    ({UNHEARD}, "DELETE FROM hearing WHERE closed_at IS NOT NULL AND correcting_id IS NULL"),
    ({HEARINGS_TOLD}, "UPDATE hearing SET closed_at = now() WHERE closed_at IS NULL"),
    ({FROZEN}, "UPDATE decision_document SET content = replace(content, 'Perustelut', 'Perusteet')"),
    ({CONFIRMED}, "UPDATE regime_confirmation SET confirmed_at = '2099-01-01Z'"),
    ({REGISTERED}, "UPDATE admission SET decision_id = NULL"),
    ({BY_ANOTHER}, "UPDATE appeal SET late = NOT late"),
    ({APPEALS_TOLD}, "UPDATE appeal SET state = 'received', decided_at = NULL WHERE state = 'withdrawn'"),
    ({CORRECTED}, "UPDATE decision SET consent = NULL WHERE consent IS NOT NULL"),
    ({CORRECTED}, "UPDATE hearing SET consents = false WHERE consents"),
    ({FOLLOWED}, "UPDATE decision SET correction = 'law' WHERE correction = 'court'"),
    ({COURTS_TOLD}, "UPDATE court_appeal SET state = 'annulled'"),
    (
        {REGISTERED, "audit: events lead each of the admissions to the state it is in"},
        "UPDATE admission SET state = 'active' WHERE decision_id IN (SELECT replaces FROM decision)",
    ),
]
