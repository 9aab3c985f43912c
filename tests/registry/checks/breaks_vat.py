"""Harm to what is said of VAT, and the lines that must notice it."""

from typing import Final

LAW = "VAT: each redemption has a rate that the law had on the day of the service, or none and why"
OF_LINES = "VAT: each line of a statement has that of its redemption, counted by itself"
TOGETHER = "VAT: rate, category and reason go together wherever a price stands"

VAT_BREAKS: Final[list[tuple[set[str], str]]] = [
    (
        {OF_LINES, "statements: totals are the sums of their lines"},
        "UPDATE statement_line SET net_cents = net_cents - 1, vat_cents = vat_cents + 1",
    ),
    ({OF_LINES, TOGETHER}, "UPDATE statement_line SET vat_category = 'E', vat_reason = 'x'"),
    ({TOGETHER}, "UPDATE assignment SET vat_category = 'E', vat_reason = 'x' WHERE vat_rate_bp > 0"),
    ({TOGETHER}, "UPDATE assignment SET vat_reason = 'x', vat_category = 'S' WHERE vat_rate_bp > 0"),
]
