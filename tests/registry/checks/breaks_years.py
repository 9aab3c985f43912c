"""Harm to closed years, and the lines that must notice it."""

from typing import Final

CARRIED = "years: what a closing carried is a transfer of the next year's line, once for each voucher"
ACCRUED = "years: an accrual is the sum of its items, in the year that closes and back in the next"
LOCKED = "years: nothing was moved into a year after its closing began but what it had earned"
FLOWS_KEPT = "ledger: every transfer goes from and to the accounts of its kind"

YEAR_BREAKS: Final[list[tuple[set[str], str]]] = [
    ({CARRIED}, "UPDATE carried_commitment SET year_close_id = gen_random_uuid()"),
    ({CARRIED}, "UPDATE carried_commitment SET committed_cents = committed_cents + 1"),
    (
        {CARRIED, LOCKED},
        "UPDATE transfer SET reference_id = gen_random_uuid(), at = at - interval '3 months'"
        " WHERE kind = 'carry'",
    ),
    ({ACCRUED}, "UPDATE accrued_item SET amount_cents = amount_cents + 1"),
    ({ACCRUED}, "UPDATE transfer SET at = at - interval '1 day' WHERE kind = 'unaccrue'"),
]
