"""Harm to e-invoices, consents and disputes, and the lines that must notice it."""

from typing import Final

ROUNDING = "e-invoices: what each asks for is the sum of its lines, but for rounding VAT"
CONSENTED = "self-billing: every invoice that was made here had the provider's consent"
WAITING = "disputed lines: each is of its statement, and those that wait have an open case"

EINVOICE_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({ROUNDING}, "UPDATE invoice SET payable_cents = payable_cents + 100 WHERE payable_cents IS NOT NULL"),
    ({CONSENTED}, "UPDATE self_billing_consent SET ended_at = given_at"),
    ({WAITING}, "UPDATE line_dispute SET outcome = NULL, decided_at = NULL WHERE outcome = 'rejected'"),
    (
        {WAITING},
        "UPDATE line_dispute SET outcome = 'withdrawn', decided_at = raised_at WHERE outcome IS NULL",
    ),
]
