"""Closing months, taking in invoices, approving and paying."""

from registry.settlement.commands.closing import ClosedMonth, close_month
from registry.settlement.commands.invoicing import ReceivedInvoice, Rejected, receive_invoice, reject_invoice
from registry.settlement.commands.paying import Approved, Paid, approve_statement, pay_statement

__all__ = [
    "Approved",
    "ClosedMonth",
    "Paid",
    "ReceivedInvoice",
    "Rejected",
    "approve_statement",
    "close_month",
    "pay_statement",
    "receive_invoice",
    "reject_invoice",
]
