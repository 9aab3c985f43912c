"""Invariants of VAT: what a line says of it is what its service had, by the law of its day."""

from typing import Final

from registry.checks.invariant import Invariant
from registry.shared.vat import VAT_CHECK, spans

_SPANS: Final = ", ".join(f"({rate}, date '{first}', date '{until}')" for rate, first, until in spans())
_PRICED: Final = ("admission", "admission_price", "assignment", "redemption", "statement_line")

VAT: Final = (
    Invariant(
        "VAT: each redemption has a rate that the law had on the day of the service, or none and why",
        "redemptions",  # those from before the category was kept have whatever rate was agreed
        f"""SELECT r.id, CASE r.vat_category WHEN 'S' THEN EXISTS (
                SELECT FROM (VALUES {_SPANS}) s (rate_bp, first_day, until) WHERE s.rate_bp = r.vat_rate_bp
                   AND r.service_date >= s.first_day AND r.service_date < s.until)
              ELSE r.vat_rate_bp = 0 AND (r.vat_category = 'Z' OR length(r.vat_reason) > 0) END AS ok
           FROM redemption r WHERE r.vat_category IS NOT NULL""",  # noqa: S608 - the law's own rates
    ),
    Invariant(
        "VAT: each line of a statement has that of its redemption, counted by itself",
        "lines",
        """SELECT l.id, (l.vat_rate_bp, l.vat_category, l.vat_reason)
                IS NOT DISTINCT FROM (r.vat_rate_bp, r.vat_category, r.vat_reason)
              AND l.net_cents = round(l.amount_cents::numeric * 10000 / (10000 + l.vat_rate_bp)) AS ok
           FROM statement_line l LEFT JOIN redemption r ON r.id = l.redemption_id""",
    ),
    Invariant(
        "VAT: rate, category and reason go together wherever a price stands",
        "prices",
        " UNION ALL ".join(f"SELECT id, ({VAT_CHECK}) AS ok FROM {table}" for table in _PRICED),  # noqa: S608
    ),
)
