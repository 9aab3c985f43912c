"""Claims on providers, the statements that they are made of, what was received for them and what was given up."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.claims.rules import ClaimState
from registry.settlement.model import BOOKS
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class Claim(Base):
    """What a provider is asked to pay back: credits of statements that no payment will take along. Its sum never
    changes, nor do the account and the day that it names; what is received or given up stands beside it."""

    __tablename__ = "claim"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    number: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str]
    """RF: what the provider's payment carries."""
    state: Mapped[str]
    amount_cents: Mapped[int]
    received_cents: Mapped[int] = mapped_column(default=0)
    written_off_cents: Mapped[int] = mapped_column(default=0)
    due_on: Mapped[date]
    payee_name: Mapped[str]
    payee_iban: Mapped[str]
    """The organiser's account, as it was when the claim was made."""
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None]
    cancelled_why: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "reference"),
        UniqueConstraint("id", "organiser_id", "provider_id"),
        CheckConstraint(one_of("state", ClaimState), name="state"),
        CheckConstraint(
            "amount_cents > 0 AND received_cents >= 0 AND written_off_cents >= 0"
            " AND received_cents + written_off_cents <= amount_cents",
            name="settled_once",
        ),
        CheckConstraint(
            "CASE state WHEN 'paid' THEN received_cents = amount_cents"
            " WHEN 'written_off' THEN written_off_cents > 0 AND received_cents + written_off_cents = amount_cents"
            " WHEN 'partly_paid' THEN received_cents + written_off_cents BETWEEN 1 AND amount_cents - 1"
            " ELSE received_cents + written_off_cents = 0 END",
            name="state_of_sums",
        ),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL) AND (cancelled_at IS NULL) = (cancelled_by IS NULL)"
            " AND (cancelled_at IS NULL) = (cancelled_why IS NULL)",
            name="cancelled_why",
        ),
        CheckConstraint("payee_name <> '' AND payee_iban <> ''", name="payee"),
        Index("ix_claim_organiser", "organiser_id", "state", "due_on"),
        Index("ix_claim_provider", "provider_id", "made_at"),
        {"info": organisers_rows(provider="provider_id", keeps=BOOKS)},
    )


class ClaimedStatement(Base):
    """A credit that a claim is made of. One claim at a time stands on it, and while it does no payment nets it: the
    database takes neither beside the other."""

    __tablename__ = "claimed_statement"

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    amount_cents: Mapped[int]
    """What the provider owes by it: a positive sum."""
    standing: Mapped[bool] = mapped_column(default=True)
    """False once the claim was cancelled."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["claim_id", "organiser_id", "provider_id"],
            ["claim.id", "claim.organiser_id", "claim.provider_id"],
        ),
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
        ),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        Index("uq_claimed_statement_standing", "statement_id", unique=True, postgresql_where=sql("standing")),
        {"info": organisers_rows(provider="provider_id", keeps=BOOKS)},
    )


class ClaimReceipt(Base):
    """Money that came in for a claim; a row that undoes another one says that it was not for it. Never changed."""

    __tablename__ = "claim_receipt"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    claim_id: Mapped[UUID] = mapped_column(index=True)
    booking_id: Mapped[UUID | None] = mapped_column(index=True)
    """None where the accounting system told of it, and not the bank."""
    step: Mapped[str]
    """How it was found: reference, hand (a person's match) or told (a person read it in the accounting system)."""
    received_on: Mapped[date]
    cents: Mapped[int]
    recovered_cents: Mapped[int] = mapped_column(default=0)
    """How much of it had been written off."""
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("transfer.id"), unique=True)
    recovery_transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("claim_receipt.id"), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["claim_id", "organiser_id", "provider_id"],
            ["claim.id", "claim.organiser_id", "claim.provider_id"],
        ),
        ForeignKeyConstraint(
            ["booking_id", "organiser_id"], ["bank_booking.id", "bank_booking.organiser_id"]
        ),
        CheckConstraint("step IN ('reference', 'hand', 'told')", name="step"),
        CheckConstraint("(step = 'told') = (booking_id IS NULL)", name="by_bank_or_told"),
        CheckConstraint("cents > 0 AND recovered_cents BETWEEN 0 AND cents", name="amounts"),
        CheckConstraint("(recovered_cents > 0) = (recovery_transfer_id IS NOT NULL)", name="in_ledger"),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps=BOOKS)},
    )


class ClaimWriteOff(Base):
    """That the rest of a claim is given up: proposed by one person with the reason, decided by another."""

    __tablename__ = "claim_write_off"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    claim_id: Mapped[UUID] = mapped_column(index=True)
    amount_cents: Mapped[int]
    """What was left of the claim when it was proposed."""
    reason: Mapped[str]
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    outcome: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["claim_id", "organiser_id", "provider_id"],
            ["claim.id", "claim.organiser_id", "claim.provider_id"],
        ),
        CheckConstraint("amount_cents > 0 AND reason <> ''", name="reasoned"),
        CheckConstraint("outcome IN ('approved', 'refused')", name="outcome"),
        CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
            name="decided",
        ),
        CheckConstraint("outcome <> 'approved' OR decided_by <> proposed_by", name="four_eyes"),
        CheckConstraint(
            "coalesce(outcome = 'approved', false) = (transfer_id IS NOT NULL)", name="in_ledger"
        ),
        Index("uq_claim_write_off_waiting", "claim_id", unique=True, postgresql_where=sql("outcome IS NULL")),
        {"info": organisers_rows(keeps=BOOKS)},
    )
