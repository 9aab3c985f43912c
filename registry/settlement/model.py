"""Closed months, statements and their lines, invoices and payments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.rules import OF_INVOICE_LINES, STORED
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows
from registry.shared.vat import VAT_CHECK

BOOKS = "10 years from the end of the financial year"
VOUCHERS = "6 years from the end of the calendar year in which the financial year ended"
"""Vouchers in the sense of bookkeeping: invoices, and what a payment rests on."""


class MonthClose(Base):
    """A month that an organiser has closed: once, and for good. What is redeemed late goes to a later month."""

    __tablename__ = "month_close"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    month: Mapped[date]
    """Its first day."""
    closed_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "month"),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="first_day"),
        # a provider is told on which month's statement its charges will stand
        {"info": organisers_rows(provider=None, append_only=True, keeps=BOOKS)},
    )


class Statement(Base):
    """What one provider is owed by one organiser for one month. Its state changes, and it cannot pass reconciliation
    unless what is invoiced is what is stated. Its lines never change; one thing alone adds to them after closing, and
    to the totals, which are always their sum: a line against a disputed one, which then waits."""

    __tablename__ = "statement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    month: Mapped[date]
    number: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str]
    """What the provider's invoice refers to."""
    state: Mapped[str]
    line_count: Mapped[int]
    charges_cents: Mapped[int]
    credits_cents: Mapped[int]
    """Reversals, and what was taken off because it is disputed, as a positive sum."""
    total_cents: Mapped[int]
    net_cents: Mapped[int]
    vat_cents: Mapped[int]
    invoiced_cents: Mapped[int] = mapped_column(default=0)
    """Sum of the lines of all invoices that stand."""
    exceptions: Mapped[int] = mapped_column(default=0)
    """Lines missing, extra, different or twice, as of the last matching."""
    closed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    """The person, also when a machine acted for it: whoever approves may not pay."""
    approval_transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "provider_id", "month"),
        UniqueConstraint("organiser_id", "reference"),
        # its lines, invoices and payment name the same organiser and provider as it does
        UniqueConstraint("id", "organiser_id", "provider_id"),
        ForeignKeyConstraint(["organiser_id", "month"], ["month_close.organiser_id", "month_close.month"]),
        CheckConstraint(one_of("state", STORED), name="state"),
        CheckConstraint(
            "line_count > 0 AND charges_cents >= 0 AND credits_cents >= 0"
            " AND total_cents = charges_cents - credits_cents AND total_cents = net_cents + vat_cents",
            name="adds_up",
        ),
        CheckConstraint(
            "state NOT IN ('matched', 'approved', 'paid') OR (exceptions = 0 AND invoiced_cents = total_cents)",
            name="reconciled",
        ),
        CheckConstraint("state <> 'disputed' OR exceptions > 0", name="disputed_about_something"),
        CheckConstraint(
            "(state IN ('approved', 'paid')) = (approved_at IS NOT NULL AND approved_by IS NOT NULL)",
            name="approved_by_whom",
        ),
        CheckConstraint(
            "(approval_transfer_id IS NOT NULL) = (state IN ('approved', 'paid') AND total_cents <> 0)",
            name="approval_in_ledger",
        ),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_when"),
        Index("ix_statement_month", "organiser_id", "month", "state"),
        Index("ix_statement_provider", "provider_id", "month"),
        {"info": organisers_rows(provider="provider_id", keeps=BOOKS)},
    )


class StatementLine(Base):
    """One redemption, or one reversal, on one statement. Its id is the redemption's or the reversal's own, so
    that neither can ever be stated twice. A redemption that its provider disputes is taken off by a line against it,
    of the dispute's id, and comes back by another on a later statement, of the id that the dispute gave it: each once."""

    __tablename__ = "statement_line"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    statement_id: Mapped[UUID]
    position: Mapped[int]
    redemption_id: Mapped[UUID] = mapped_column(ForeignKey("redemption.id"), index=True)
    reference: Mapped[str] = mapped_column(
        Computed("\"right\"(replace(redemption_id::text, '-', ''), 12)", persisted=True), index=True
    )
    """What an invoice's line refers to it by (`rules.line_reference`), for finding the statement of a file. Kept, for
    behind row-level security an index on an expression is not used."""
    reversal_id: Mapped[UUID | None] = mapped_column(ForeignKey("reversal.id"))
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("line_dispute.id", use_alter=True))
    """Of the line against a disputed one."""
    return_id: Mapped[UUID | None] = mapped_column(ForeignKey("line_dispute.return_id", use_alter=True))
    """Of a line that has come back."""
    voucher_number: Mapped[str]
    """As on the voucher, which may since have gone to another provider and out of this one's sight."""
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    unit_name: Mapped[str | None]
    at: Mapped[datetime]
    """When it was captured, reversed, disputed, or free to come back."""
    late: Mapped[bool]
    """It happened in an earlier month, which was closed by then."""
    amount_cents: Mapped[int]
    net_cents: Mapped[int]
    vat_rate_bp: Mapped[int]
    vat_category: Mapped[str | None]
    """S, E, AE, Z or O (`shared.vat`); None: from before it was asked."""
    vat_reason: Mapped[str | None]
    """Why there is no VAT in it, as an invoice has to say."""
    vat_cents: Mapped[int]

    __table_args__ = (
        # deferred, because closing writes the lines first and then the statements with their sums
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint(
            "id = coalesce(return_id, dispute_id, reversal_id, redemption_id)", name="stands_for_itself"
        ),
        CheckConstraint("dispute_id IS NULL OR return_id IS NULL", name="off_or_back"),
        CheckConstraint(
            "CASE WHEN (reversal_id IS NULL) = (dispute_id IS NULL) THEN amount_cents > 0 ELSE amount_cents < 0 END",
            name="sign",
        ),
        CheckConstraint("amount_cents = net_cents + vat_cents", name="adds_up"),
        CheckConstraint(VAT_CHECK, name="vat_category"),
        UniqueConstraint("statement_id", "position"),
        UniqueConstraint("id", "statement_id", "amount_cents"),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps=BOOKS)},
    )


class Invoice(Base):
    """A provider's invoice or credit note for one statement. Its number stays taken for good, also when it was
    rejected: a corrected invoice has a number of its own."""

    __tablename__ = "invoice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    statement_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[str]
    invoice_date: Mapped[date]
    total_cents: Mapped[int]
    line_count: Mapped[int]
    sha256: Mapped[str]
    """Of the file as it came: the same file again changes nothing."""
    received_at: Mapped[datetime]
    received_from: Mapped[UUID | None]
    rejected_at: Mapped[datetime | None]
    rejected_by: Mapped[UUID | None]
    rejection_reason: Mapped[str | None]
    syntax: Mapped[str | None]
    """What the file is written in; None from before e-invoices were read."""
    payable_cents: Mapped[int | None]
    """Of an e-invoice: what it says is to be paid. It rounds VAT once for all lines, and may differ from the sum of the
    lines, each of which was rounded by itself when the voucher was drawn on, by some cents."""
    vat: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    """Of an e-invoice: its VAT breakdown as it came, in cents and basis points."""
    self_billed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Made here from the statement, with the provider's consent."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
        ),
        CheckConstraint("syntax IN ('csv', 'ubl', 'finvoice')", name="syntax"),
        # per organiser: what a provider sent to another organiser is none of this one's business
        UniqueConstraint("organiser_id", "provider_id", "number"),
        UniqueConstraint("organiser_id", "provider_id", "sha256"),
        UniqueConstraint("id", "statement_id"),
        CheckConstraint("length(number) BETWEEN 1 AND 50", name="number"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("line_count > 0", name="has_lines"),
        CheckConstraint(
            "(rejected_at IS NULL) = (rejection_reason IS NULL) AND (rejection_reason <> '')",
            name="rejected_why",
        ),
        {"info": organisers_rows(provider="provider_id", keeps=VOUCHERS)},
    )


class InvoiceFile(Base):
    """The invoice as it came, byte for byte. Apart from the invoice, so that no list drags the bytes along."""

    __tablename__ = "invoice_file"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"info": organisers_rows(provider="provider_id", append_only=True, keeps=VOUCHERS)},)


class InvoiceLine(Base):
    """A line of an invoice and what matching made of it: it stands against at most one statement line, of its own
    statement, and no statement line has two."""

    __tablename__ = "invoice_line"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    statement_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    file_line: Mapped[int]
    """Where it stands in the file."""
    reference: Mapped[str]
    amount_cents: Mapped[int]
    note: Mapped[str]
    match: Mapped[str | None]
    """None once its invoice was rejected."""
    statement_line_id: Mapped[UUID | None]
    stated_cents: Mapped[int | None]

    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "statement_id"], ["invoice.id", "invoice.statement_id"]),
        ForeignKeyConstraint(
            ["statement_line_id", "statement_id", "stated_cents"],
            ["statement_line.id", "statement_line.statement_id", "statement_line.amount_cents"],
        ),
        # deferred, because matching anew may hand a statement line from one invoice line to another
        UniqueConstraint("statement_line_id", deferrable=True, initially="DEFERRED"),
        UniqueConstraint("invoice_id", "file_line"),
        CheckConstraint("match IS NULL OR " + one_of("match", OF_INVOICE_LINES), name="match"),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        CheckConstraint(
            "(statement_line_id IS NOT NULL) = coalesce(match IN ('matched', 'different'), false)"
            " AND (statement_line_id IS NULL) = (stated_cents IS NULL)",
            name="paired",
        ),
        CheckConstraint(
            "match IS DISTINCT FROM 'matched' OR amount_cents = stated_cents", name="matched_to_the_cent"
        ),
        Index("ix_invoice_line_statement", "statement_id"),
        {"info": organisers_rows(provider="provider_id", keeps=VOUCHERS)},
    )


class Payment(Base):
    """Money that left for a provider: one statement, less the approved credits that it took along."""

    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    amount_cents: Mapped[int]
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    """None only where the credits took all of it."""
    paid_at: Mapped[datetime]
    paid_by: Mapped[UUID]
    route: Mapped[str | None]
    """accounting | bank_file: the one way that was the organiser's when it was made; the database takes no other. None
    where no money left, and from before it was kept."""
    paid_on: Mapped[date | None]
    """The day on which the accounting system says it paid, or the bank was told to."""

    __table_args__ = (
        UniqueConstraint("id", "organiser_id", "provider_id"),
        CheckConstraint("route IN ('accounting', 'bank_file')", name="route"),
        CheckConstraint("amount_cents >= 0", name="never_negative"),
        CheckConstraint("(amount_cents = 0) = (transfer_id IS NULL)", name="in_ledger"),
        Index("ix_payment_provider", "provider_id", "paid_at"),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps=BOOKS)},
    )


class PaidStatement(Base):
    """Which payment settled which statement. The statement is the key: nothing is paid twice."""

    __tablename__ = "paid_statement"

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(index=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    amount_cents: Mapped[int]
    """The statement's total; negative for a credit."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
        ),
        ForeignKeyConstraint(
            ["payment_id", "organiser_id", "provider_id"],
            ["payment.id", "payment.organiser_id", "payment.provider_id"],
        ),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps=BOOKS)},
    )
