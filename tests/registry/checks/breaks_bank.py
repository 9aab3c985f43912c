"""Harm to what passed between books and bank, and the lines that must notice it."""

from typing import Final

BATCHES = (
    "batches: approved by another person than the one who made them, with a file, for the sum of their orders"
)
SENT = "batches: what was sent to the bank is a payment in the books, once at a time and to the cent"
MATCHED = (
    "bank: what is matched of each booking and each order is the sum of its matches, and no more than it has"
)
SUMS = "bank: statements are the sums of what they tell, and each movement was taken in once"
EXPLAINED = "bank: what is open on either side explains the whole difference between bank and books"
CLAIMS = "claims: what was received and given up is in the ledger, to the cent, and is what the claim says"
CLAIMED = (
    "claims: a credit stands in one claim at most, and then in no payment, and is settled with its claim"
)
CLAIMS_TOLD = "audit: events lead each of the claims on providers to the state it is in"
TOLD = "audit: events lead each of the payment batches to the state it is in"

BANK_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({BATCHES}, "UPDATE payment_batch SET decided_by = made_by WHERE state = 'approved'"),
    ({BATCHES}, "UPDATE payment_file SET content = content || ' '::bytea"),
    ({BATCHES}, "UPDATE payment_batch SET total_cents = total_cents + 1"),
    ({BATCHES, TOLD}, "UPDATE payment_batch SET state = 'withdrawn' WHERE state = 'approved'"),
    ({TOLD}, "DELETE FROM audit_event WHERE action = 'payment_batch.withdrawn'"),
    (
        {SENT, EXPLAINED},
        "UPDATE payment_order SET payment_id = NULL WHERE state = 'booked' OR state = 'ordered'",
    ),
    (
        {SENT},
        "UPDATE payment_order SET state = 'booked', matched_cents = amount_cents WHERE state = 'returned'",
    ),
    ({MATCHED, EXPLAINED}, "UPDATE bank_booking SET matched_cents = 0 WHERE matched_cents > 0"),
    ({MATCHED}, "DELETE FROM bank_match WHERE undoes IS NOT NULL"),
    ({SUMS}, "UPDATE bank_booking SET amount_cents = amount_cents - 1 WHERE matched_cents = 0"),
    ({SUMS}, "UPDATE bank_statement SET closing_cents = closing_cents + 1"),
    ({SUMS}, "UPDATE bank_booking SET own_id = 'same' WHERE amount_cents < 0"),
    ({CLAIMS}, "UPDATE claim_write_off SET amount_cents = amount_cents - 1 WHERE outcome = 'approved'"),
    ({CLAIMS, MATCHED, EXPLAINED}, "DELETE FROM claim_receipt WHERE undoes IS NOT NULL"),
    ({CLAIMED}, "UPDATE claimed_statement SET standing = true WHERE NOT standing"),
    ({CLAIMS_TOLD}, "DELETE FROM audit_event WHERE action = 'claim.cancelled'"),
]
