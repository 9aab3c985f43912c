"""Reading months, statements and invoices."""

from registry.settlement.queries.months import (
    MonthRow,
    StatementRow,
    Unstated,
    month_statements,
    months,
    statements,
    unstated,
)
from registry.settlement.queries.statement import invoice_file, invoice_head, statement_view
from registry.settlement.queries.views import (
    InvoiceHead,
    InvoiceView,
    LineView,
    LoneLine,
    PaymentView,
    StatementView,
    VatRow,
    Whereabouts,
)

__all__ = [
    "InvoiceHead",
    "InvoiceView",
    "LineView",
    "LoneLine",
    "MonthRow",
    "PaymentView",
    "StatementRow",
    "StatementView",
    "Unstated",
    "VatRow",
    "Whereabouts",
    "invoice_file",
    "invoice_head",
    "month_statements",
    "months",
    "statement_view",
    "statements",
    "unstated",
]
