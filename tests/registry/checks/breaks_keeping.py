"""Harm to what keeping leaves behind, and the lines that must notice it."""

from typing import Final

TODAYS = "prices: today's is the one that came into force last, where it was ever changed here"
GAPLESS = "prices: without gaps from the first day on, one of them coming at most"
DECIDED = "changes: decided ones that were not made at once have their decision"
ACCEPTED = "rule books: what was accepted is what the approval works by, or a later one"
CHANGES_TOLD = "audit: events lead each of the changes to the state it is in"
INSPECTIONS_TOLD = "audit: events lead each of the inspections to the state it is in"
CORRECTIONS_TOLD = "audit: events lead each of the corrections to the state it is in"

KEEPING_BREAKS: Final[list[tuple[set[str], str]]] = [
    (
        {TODAYS},
        "UPDATE admission SET unit_price_cents = 4900 WHERE id IN (SELECT admission_id FROM admission_price)",
    ),
    ({GAPLESS}, "UPDATE admission_price SET valid_until = valid_until - 1 WHERE valid_until IS NOT NULL"),
    ({DECIDED}, "UPDATE admission_change SET decision_id = NULL WHERE state = 'rejected'"),
    ({DECIDED}, "UPDATE admission_change SET provider_id = gen_random_uuid()"),
    ({ACCEPTED}, "UPDATE admission SET rule_book_version = '2025-1'"),
    ({CHANGES_TOLD, DECIDED}, "UPDATE admission_change SET state = 'submitted' WHERE state = 'rejected'"),
    ({INSPECTIONS_TOLD}, "UPDATE inspection SET state = 'planned' WHERE state = 'held'"),
    ({CORRECTIONS_TOLD}, "UPDATE corrective_requirement SET state = 'open'"),
]
