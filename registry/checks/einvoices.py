"""Invariants of e-invoices, self-billing and disputed lines."""

from typing import Final

from registry.checks.invariant import Invariant

EINVOICES: Final = (
    Invariant(
        "e-invoices: what each asks for is the sum of its lines, but for rounding VAT",
        "e-invoices",
        """SELECT id, syntax IN ('ubl', 'finvoice') AND vat IS NOT NULL
              AND abs(payable_cents - total_cents) <= line_count + jsonb_array_length(vat) AS ok
           FROM invoice WHERE payable_cents IS NOT NULL""",
    ),
    Invariant(
        "self-billing: every invoice that was made here had the provider's consent",
        "self-billed invoices",
        """SELECT i.id, EXISTS (SELECT FROM self_billing_consent c WHERE c.organiser_id = i.organiser_id
              AND c.provider_id = i.provider_id AND c.given_at <= i.received_at
              AND (c.ended_at IS NULL OR c.ended_at > i.received_at)) AS ok
           FROM invoice i WHERE i.self_billed""",
    ),
    Invariant(
        "disputed lines: each is of its statement, and those that wait have an open case",
        "disputed lines",
        """SELECT d.id, l.statement_id = d.statement_id AND (d.outcome IS NULL) = EXISTS (SELECT FROM case_file c
              WHERE c.subject_id = d.id AND c.kind = 'line_disputed' AND c.closed_at IS NULL) AS ok
           FROM line_dispute d JOIN statement_line l ON l.id = d.statement_line_id""",
    ),
)
