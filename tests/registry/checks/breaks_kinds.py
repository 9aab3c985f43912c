"""Harm to what the kinds of voucher leave behind, and the lines that must notice it."""

from typing import Final

MONTHS = "allowances: what was granted is the months that came and what was added"
ASIDE = "allowances: what is set aside is what the months to come bring"
RESULTS = "results: what was paid is a confirmed milestone of the terms, to the cent, once"
AID = "aid: a voucher that is aid counts with all that was granted, below the ceiling"
LATE = "late grants: by two, from the day that was proposed, one voucher each"
RENEWED = "renewals: of the same client, for the same service"
AGAINST = "decisions: each against a voucher’s holder did what it says"
CLAIMS_TOLD = "audit: events lead each of the results to the state it is in"
LATE_TOLD = "audit: events lead each of the late grants to the state it is in"

KIND_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({MONTHS, ASIDE}, "UPDATE voucher SET months_had = months_had + 1 WHERE allowance_cents IS NOT NULL"),
    (
        {ASIDE},
        "UPDATE voucher SET valid_until = valid_from + interval '40 days' WHERE allowance_cents IS NOT NULL",
    ),
    ({MONTHS}, "UPDATE voucher_topup SET month = month + 1"),
    ({RESULTS, CLAIMS_TOLD}, "UPDATE milestone_claim SET state = 'refused' WHERE state = 'paid'"),
    ({RESULTS}, "UPDATE milestone_claim SET amount_cents = amount_cents + 1 WHERE state = 'paid'"),
    ({RESULTS}, "UPDATE milestone_claim SET milestone = 'half_way' WHERE state = 'paid'"),
    ({AID}, "DELETE FROM aid_granted"),
    ({AID}, "UPDATE aid_granted SET before_cents = ceiling_cents"),
    ({LATE}, "UPDATE retroactive_grant SET decided_by = proposed_by"),
    ({LATE}, "UPDATE retroactive_grant SET events_from = events_from + 1"),
    ({LATE_TOLD}, "DELETE FROM audit_event WHERE action = 'retroactive.proposed'"),
    ({RENEWED}, "UPDATE voucher SET granted_at = granted_at - interval '1 day' WHERE renews_id IS NOT NULL"),
    ({AGAINST}, "UPDATE voucher_decision SET cents = cents + 1 WHERE kind = 'lowered'"),
    ({AGAINST}, "UPDATE voucher_decision SET document = document - 'sv'"),
]
