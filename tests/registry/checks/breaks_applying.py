"""Harm to what applying leaves behind, and the lines that must notice it."""

from typing import Final

ACCOUNTS = "bank accounts: decided on by another person than the one who asked, and one in force at most"
SHOWN = "papers: shown by their own provider, while they were young enough"
LOOKED_AT = "papers: looked at only by organisers that were shown them"
SENT = "drafts: one that was sent became one application for each of its services"
SURNAMES = "coaches: surnames are kept of those alone who work for the provider"
ASKED_FOR = "coaches: nobody serves under an approval whose organiser has yet to decide"
TOLD = "audit: events lead each of the bank accounts to the state it is in"

APPLYING_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({ACCOUNTS}, "UPDATE bank_account SET decided_by = requested_by WHERE state = 'in_force'"),
    ({ACCOUNTS, TOLD}, "UPDATE bank_account SET state = 'in_force' WHERE state = 'replaced'"),
    ({TOLD}, "UPDATE bank_account SET state = 'refused' WHERE state = 'in_force'"),
    ({SHOWN}, "UPDATE evidence_share SET good_until = good_until - 365"),
    ({SHOWN}, "UPDATE evidence_paper SET issued_on = '2030-01-01'"),
    ({LOOKED_AT}, "DELETE FROM evidence_share"),
    ({SENT}, "UPDATE application SET details = NULL"),
    ({SENT}, "UPDATE application_draft SET submitted_at = now()"),
    ({SURNAMES, ASKED_FOR}, "UPDATE coach SET ended_at = now()"),
    ({ASKED_FOR}, "DELETE FROM coach_outside"),
]
