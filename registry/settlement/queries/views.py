"""One statement as a page, the API or a file shows it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from registry.settlement.queries.months import StatementRow
from registry.settlement.rules import EXCEPTIONS, Match, StatementState
from registry.shared.money import round_cents


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a statement. `match` is None while nothing has been invoiced."""

    id: UUID
    position: int
    reference: str
    redemption_id: UUID
    reversal: bool
    late: bool
    at: datetime
    service_date: date
    service_name: Mapping[str, str]
    voucher_id: UUID
    voucher_number: str
    units: int
    """Hundredths."""
    unit_name: str | None
    unit_price_cents: int
    amount_cents: int
    net_cents: int
    vat_rate_bp: int
    vat_category: str | None
    vat_reason: str | None
    vat_cents: int
    match: Match | None
    invoiced_cents: int | None
    invoice_number: str | None
    file_line: int | None
    dispute_id: UUID | None = None
    """Of a line that was taken off because it is disputed, and of the line that took it off."""
    takes_off: bool = False
    returned: bool = False
    """It was taken off an earlier statement, and came back."""

    @property
    def waits(self) -> bool:
        """Neither it nor its opposite is to be invoiced here: it is invoiced where it comes back."""
        return self.dispute_id is not None

    @property
    def kind(self) -> str:
        """redemption | reversal | taken_off | returned"""
        if self.takes_off:
            return "taken_off"
        return "returned" if self.returned else "reversal" if self.reversal else "redemption"


class Whereabouts(StrEnum):
    """Where the redemption is that an extra invoice line refers to."""

    OTHER_STATEMENT = "other_statement"
    NEXT_STATEMENT = "next_statement"
    NOT_REDEEMED = "not_redeemed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LoneLine:
    """An invoice line that stands against no statement line."""

    id: UUID
    invoice_number: str
    file_line: int
    reference: str
    amount_cents: int
    note: str
    match: Match
    whereabouts: Whereabouts | None = None
    """Of an extra line."""
    on_statement: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceView:
    id: UUID
    number: str
    invoice_date: date
    total_cents: int
    line_count: int
    file_name: str
    sha256: str
    received_at: datetime
    rejected_at: datetime | None
    rejection_reason: str | None
    syntax: str | None = None
    payable_cents: int | None = None
    vat: tuple[Mapping[str, Any], ...] = ()
    """Of an e-invoice: its VAT breakdown (category, rate_bp, net_cents, vat_cents, reason)."""
    self_billed: bool = False

    @property
    def rounding_cents(self) -> int:
        """What the invoice asks for, less what its lines come to: VAT rounded once, and line by line."""
        return 0 if self.payable_cents is None else self.payable_cents - self.total_cents


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """An invoice with the statement that it is for."""

    id: UUID
    number: str
    total_cents: int
    rejected_at: datetime | None
    statement_id: UUID
    statement_number: str
    provider_name: str


@dataclass(frozen=True, slots=True)
class VatRow:
    """What was sold of one service at one rate, or without VAT in one category, with the VAT of each line rounded by
    itself, as it was drawn."""

    service_name: Mapping[str, str]
    rate_bp: int
    category: str | None
    reason: str | None
    net_cents: int
    vat_cents: int
    total_cents: int

    @property
    def counted_once_cents(self) -> int:
        """The same VAT as an invoice counts it (EN 16931, BR-CO-17): once, from the sum."""
        return round_cents(Decimal(self.net_cents) * self.rate_bp / 10_000)


@dataclass(frozen=True, slots=True)
class PaymentView:
    id: UUID
    amount_cents: int
    paid_at: datetime
    paid_by_name: str
    others: tuple[tuple[str, int], ...]
    """(number, total) of the other statements that the payment settled."""


@dataclass(frozen=True, slots=True)
class StatementView:
    """Everything about one statement."""

    row: StatementRow
    approved_by: UUID | None
    approved_by_name: str | None
    lines: tuple[LineView, ...]
    lone: tuple[LoneLine, ...]
    invoices: tuple[InvoiceView, ...]
    vat: tuple[VatRow, ...]
    payment: PaymentView | None
    credits: tuple[tuple[str, int], ...]
    """(number, total) of the approved credits that paying this statement would take along."""

    @property
    def exceptions(self) -> list[LineView]:
        return [line for line in self.lines if line.match in EXCEPTIONS]

    @property
    def billable(self) -> list[LineView]:
        """What an invoice could be made of here: where none stands, all that is to be invoiced; else what was on one that
        was made here and sent back. Nothing where one of the provider's own stands: it goes on itself."""
        standing = [invoice for invoice in self.invoices if invoice.rejected_at is None]
        if self.row.state is StatementState.CLOSED:
            return [line for line in self.lines if not line.waits]
        if self.row.state is StatementState.DISPUTED and all(invoice.self_billed for invoice in standing):
            return [line for line in self.lines if line.match is Match.MISSING]
        return []

    @property
    def waiting(self) -> list[LineView]:
        """Lines that were taken off, without those that took them off."""
        return [line for line in self.lines if line.waits and not line.takes_off]

    @property
    def waiting_cents(self) -> int:
        return sum(line.amount_cents for line in self.waiting)

    @property
    def lone_exceptions(self) -> list[LoneLine]:
        return [line for line in self.lone if line.match in EXCEPTIONS]

    @property
    def counts(self) -> dict[Match, int]:
        """Lines by result; a pair counts once."""
        found = Counter(line.match for line in self.lines if line.match is not None)
        return dict(found + Counter(line.match for line in self.lone))

    @property
    def to_pay_cents(self) -> int:
        """What would leave the bank if it were paid now."""
        return self.row.total_cents + sum(cents for _, cents in self.credits)
