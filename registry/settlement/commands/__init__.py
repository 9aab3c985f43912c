"""Closing months, taking in invoices, approving and paying."""

from registry.settlement.commands.closing import ClosedMonth, close_month
from registry.settlement.commands.invoicing import (
    Incoming,
    ReceivedInvoice,
    receive_invoice,
    receive_invoices,
)
from registry.settlement.commands.paying import Approved, Paid, approve_statement, pay_statement
from registry.settlement.commands.rejecting import Rejected, reject_invoice

__all__ = [
    "Approved",
    "ClosedMonth",
    "Incoming",
    "Paid",
    "ReceivedInvoice",
    "Rejected",
    "approve_statement",
    "close_month",
    "pay_statement",
    "receive_invoice",
    "receive_invoices",
    "reject_invoice",
]
