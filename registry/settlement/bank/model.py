"""How an organiser pays, its payment batches and their files, and what the bank says."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.bank.matching import Step
from registry.settlement.bank.rules import LIVE_ORDERS, MOST_TOLERANCE_CENTS, BatchState, OrderState, Route
from registry.settlement.claims.rules import CLAIM_DAYS, FEWEST_DAYS, MOST_DAYS
from registry.settlement.model import BOOKS, VOUCHERS
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class PaymentSetting(Base):
    """How an organiser pays, from the moment a second person confirms it. What was in force before stays on record."""

    __tablename__ = "payment_setting"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    route: Mapped[str]
    debtor_name: Mapped[str]
    debtor_iban: Mapped[str]
    """Empty where the accounting system pays."""
    debtor_bic: Mapped[str]
    tolerance_cents: Mapped[int]
    claim_days: Mapped[int] = mapped_column(default=CLAIM_DAYS, server_default=sql(str(CLAIM_DAYS)))
    """After so many days a claim on a provider is due."""
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When another one took its place, or its waiting."""

    __table_args__ = (
        CheckConstraint(one_of("route", Route), name="route"),
        CheckConstraint("route <> 'bank_file' OR (debtor_iban <> '' AND debtor_name <> '')", name="payer"),
        CheckConstraint(f"tolerance_cents BETWEEN 0 AND {MOST_TOLERANCE_CENTS}", name="tolerance"),
        CheckConstraint(f"claim_days BETWEEN {FEWEST_DAYS} AND {MOST_DAYS}", name="claim_days"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        CheckConstraint("confirmed_by IS DISTINCT FROM proposed_by", name="four_eyes"),
        Index(
            "uq_payment_setting_in_force",
            "organiser_id",
            unique=True,
            postgresql_where=sql("confirmed_at IS NOT NULL AND ended_at IS NULL"),
        ),
        Index(
            "uq_payment_setting_waiting",
            "organiser_id",
            unique=True,
            postgresql_where=sql("confirmed_at IS NULL AND ended_at IS NULL"),
        ),
        {"info": organisers_rows(keeps=BOOKS)},
    )


class PaymentBatch(Base):
    """Payments that go to the bank in one file: made by one person, approved by another."""

    __tablename__ = "payment_batch"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Its hexadecimal digits are the file's message id."""
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    state: Mapped[str]
    execute_on: Mapped[date]
    debtor_name: Mapped[str]
    debtor_iban: Mapped[str]
    debtor_bic: Mapped[str]
    order_count: Mapped[int]
    total_cents: Mapped[int]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint(one_of("state", BatchState), name="state"),
        CheckConstraint("order_count > 0 AND total_cents > 0", name="not_empty"),
        CheckConstraint(
            "(state = 'drafted') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided",
        ),
        CheckConstraint("state <> 'approved' OR decided_by <> made_by", name="four_eyes"),
        Index("ix_payment_batch_organiser", "organiser_id", "made_at"),
        {"info": organisers_rows(keeps=BOOKS)},
    )


class PaymentFile(Base):
    """The file of an approved batch, made once: whoever fetches it again gets the same bytes, which the bank knows."""

    __tablename__ = "payment_file"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        ForeignKeyConstraint(
            ["batch_id", "organiser_id"], ["payment_batch.id", "payment_batch.organiser_id"]
        ),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        {"info": organisers_rows(append_only=True, keeps=VOUCHERS)},
    )


class PaymentOrder(Base):
    """One credit transfer of a batch, for one statement and the credits that it takes along."""

    __tablename__ = "payment_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Its hexadecimal digits are the end-to-end id."""
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    batch_id: Mapped[UUID] = mapped_column(index=True)
    statement_id: Mapped[UUID]
    payment_id: Mapped[UUID | None] = mapped_column(index=True)
    """Once its batch is approved. Of a payment that was returned there is one order for each try."""
    state: Mapped[str]
    reference: Mapped[str]
    payee_name: Mapped[str]
    payee_iban: Mapped[str]
    amount_cents: Mapped[int]
    matched_cents: Mapped[int] = mapped_column(default=0)
    """What the bank has booked of it."""
    return_reason: Mapped[str] = mapped_column(default="")
    bank_status: Mapped[str | None]
    """What the bank said of it last before booking it (pain.002): ACCP, ACSC, PDNG, RJCT and so on."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["batch_id", "organiser_id"], ["payment_batch.id", "payment_batch.organiser_id"]
        ),
        CheckConstraint("bank_status ~ '^[A-Z]{4}$'", name="bank_status"),
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
        ),
        ForeignKeyConstraint(
            ["payment_id", "organiser_id", "provider_id"],
            ["payment.id", "payment.organiser_id", "payment.provider_id"],
        ),
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint(one_of("state", OrderState), name="state"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("matched_cents BETWEEN 0 AND amount_cents", name="matched_once"),
        CheckConstraint("state NOT IN ('drafted', 'withdrawn') OR matched_cents = 0", name="not_sent"),
        CheckConstraint("state <> 'booked' OR matched_cents = amount_cents", name="booked_whole"),
        CheckConstraint("state <> 'ordered' OR matched_cents < amount_cents", name="ordered_in_part"),
        CheckConstraint("(state IN ('drafted', 'withdrawn')) = (payment_id IS NULL)", name="in_books"),
        Index(
            "uq_payment_order_live",
            "statement_id",
            unique=True,
            postgresql_where=sql(one_of("state", LIVE_ORDERS)),
        ),
        Index("ix_payment_order_organiser", "organiser_id", "state"),
        {"info": organisers_rows(keeps=BOOKS)},
    )


class BankFile(Base):
    """A bank's file as it came: taken in once, however often it is sent."""

    __tablename__ = "bank_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    sha256: Mapped[str]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    received_from: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "sha256"),
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        {"info": organisers_rows(append_only=True, keeps=VOUCHERS)},
    )


class BankStatement(Base):
    """A statement or notification of a file, and how many of its movements were new."""

    __tablename__ = "bank_statement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    file_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]
    version: Mapped[int]
    number: Mapped[str]
    """The bank's own id of it."""
    account: Mapped[str]
    since: Mapped[date | None]
    until: Mapped[date | None]
    opening_cents: Mapped[int | None]
    closing_cents: Mapped[int | None]
    moved_cents: Mapped[int]
    booking_count: Mapped[int]
    new_count: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(["file_id", "organiser_id"], ["bank_file.id", "bank_file.organiser_id"]),
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint("kind IN ('053', '054')", name="kind"),
        CheckConstraint(
            "kind = '054' OR closing_cents = opening_cents + moved_cents AND closing_cents IS NOT NULL",
            name="adds_up",
        ),
        CheckConstraint("new_count BETWEEN 0 AND booking_count", name="counts"),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )


class BankBooking(Base):
    """One movement of an organiser's account, under the bank's own id: once, whatever statements repeat it."""

    __tablename__ = "bank_booking"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    bank_statement_id: Mapped[UUID] = mapped_column(index=True)
    account: Mapped[str]
    own_id: Mapped[str]
    path: Mapped[str]
    """Where it stands in the file."""
    amount_cents: Mapped[int]
    """Money out is negative."""
    booked_on: Mapped[date]
    value_on: Mapped[date | None]
    end_to_end_id: Mapped[str]
    payment_info_id: Mapped[str]
    reference: Mapped[str]
    text: Mapped[str]
    counterparty: Mapped[str]
    counterparty_iban: Mapped[str]
    return_reason: Mapped[str]
    matched_cents: Mapped[int] = mapped_column(default=0)
    settled: Mapped[bool] = mapped_column(default=False)
    """Somebody has said that it, or the rest of money in that was more than was owed, is no business of the vouchers': an
    account may serve other ends too, and what was paid too much goes back."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["bank_statement_id", "organiser_id"], ["bank_statement.id", "bank_statement.organiser_id"]
        ),
        UniqueConstraint("organiser_id", "account", "own_id"),
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        CheckConstraint("matched_cents BETWEEN 0 AND abs(amount_cents)", name="matched_once"),
        CheckConstraint(
            "NOT settled OR matched_cents = 0 OR amount_cents > matched_cents", name="settled_or_matched"
        ),
        Index(
            "ix_bank_booking_open",
            "organiser_id",
            "booked_on",
            postgresql_where=sql("matched_cents < abs(amount_cents) AND NOT settled"),
        ),
        {"info": organisers_rows(keeps=BOOKS)},
    )


class BankMatch(Base):
    """A booking paid an order, or gave it back; a row that undoes another one takes it back. Never changed."""

    __tablename__ = "bank_match"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    booking_id: Mapped[UUID] = mapped_column(index=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]
    step: Mapped[str]
    booking_cents: Mapped[int]
    order_cents: Mapped[int]
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    """Of the difference or the return, in the ledger."""
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("bank_match.id"), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["booking_id", "organiser_id"], ["bank_booking.id", "bank_booking.organiser_id"]
        ),
        ForeignKeyConstraint(
            ["order_id", "organiser_id"], ["payment_order.id", "payment_order.organiser_id"]
        ),
        CheckConstraint("kind IN ('paid', 'returned')", name="kind"),
        CheckConstraint(one_of("step", Step), name="step"),
        CheckConstraint("booking_cents > 0 AND order_cents > 0", name="amounts"),
        CheckConstraint(
            "(kind = 'returned' OR booking_cents <> order_cents) = (transfer_id IS NOT NULL)",
            name="in_ledger",
        ),
        CheckConstraint(f"abs(booking_cents - order_cents) <= {MOST_TOLERANCE_CENTS}", name="tolerance"),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )
