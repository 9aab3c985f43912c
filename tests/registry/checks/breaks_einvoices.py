"""Harm to e-invoices, consents and disputes, and the lines that must notice it."""

from typing import Final

ROUNDING = "e-invoices: what each asks for is the sum of its lines, but for rounding VAT"
CONSENTED = "self-billing: every invoice that was made here had the provider's consent"
WAITING = "disputed lines: each is of its statement, and those that wait have an open case"
OFF_AND_BACK = (
    "disputed lines: what waits is off its statement, and back on the next one once it waits no more"
)
STATED_ONCE = (
    "disputed lines: of each redemption no more is stated than it came to, and nothing of what waits"
)
ASKED = "disputed visits: what waits for a ruling has an open case"
LINES = "statements: each line is one redemption or reversal, of that provider, to the cent"
TOTALS = "statements: totals are the sums of their lines"
OF_ITS_REDEMPTION = "VAT: each line of a statement has that of its redemption, counted by itself"

EINVOICE_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({ROUNDING}, "UPDATE invoice SET payable_cents = payable_cents + 100 WHERE payable_cents IS NOT NULL"),
    ({CONSENTED}, "UPDATE self_billing_consent SET ended_at = given_at"),
    (
        {WAITING, OFF_AND_BACK, LINES},
        "UPDATE line_dispute SET outcome = NULL, decided_at = NULL WHERE outcome = 'rejected'",
    ),
    ({OFF_AND_BACK, TOTALS}, "DELETE FROM statement_line WHERE return_id IS NOT NULL"),
    ({OFF_AND_BACK, STATED_ONCE, TOTALS}, "DELETE FROM statement_line WHERE dispute_id IS NOT NULL"),
    (
        {STATED_ONCE, LINES, TOTALS, OF_ITS_REDEMPTION},
        "UPDATE statement_line SET amount_cents = amount_cents * 2 WHERE return_id IS NOT NULL",
    ),
    (
        {WAITING, OFF_AND_BACK},
        "UPDATE line_dispute SET outcome = 'withdrawn', decided_at = raised_at WHERE outcome IS NULL",
    ),
    ({ASKED}, "UPDATE case_file SET subject_id = organiser_id WHERE kind = 'visit_disputed'"),
]
