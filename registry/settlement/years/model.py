"""Closed years: what was carried to the next year's budget lines and what was booked by the date of service."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.model import BOOKS
from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class YearClose(Base):
    """The closing of one financial year. While `closed_at` is missing it runs: commitments are carried in batches, each
    in a transaction of its own. Once it is there the row never changes, and the database takes no transfer into the
    year, no month of it and no money on its budget lines any more."""

    __tablename__ = "year_close"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    year: Mapped[int]
    started_at: Mapped[datetime]
    started_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "year"),
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
        CheckConstraint("closed_at >= started_at", name="closed_after_start"),
        # whatever session writes a transfer has to find the years that are closed; that they are is no secret
        {"info": organisers_rows(provider=None, client=None, keeps=BOOKS)},
    )


class YearLine(Base):
    """To which budget line of the next year the commitments of a line go."""

    __tablename__ = "year_line"

    year_close_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"), primary_key=True)
    to_line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"))
    organiser_id: Mapped[UUID]

    __table_args__ = (
        ForeignKeyConstraint(["year_close_id", "organiser_id"], ["year_close.id", "year_close.organiser_id"]),
        CheckConstraint("from_line_id <> to_line_id", name="two_lines"),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )


class CarriedCommitment(Base):
    """What a voucher had neither used nor given back at the year end, now of the next year's budget line."""

    __tablename__ = "carried_commitment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    year_close_id: Mapped[UUID]
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    from_line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"))
    to_line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"))
    amount_cents: Mapped[int]
    committed_cents: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """What was set aside for an allowance's months to come: free on the one line, set aside on the other."""
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    carried_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(["year_close_id", "organiser_id"], ["year_close.id", "year_close.organiser_id"]),
        UniqueConstraint("year_close_id", "voucher_id"),
        CheckConstraint(
            "amount_cents >= 0 AND committed_cents >= 0 AND amount_cents + committed_cents > 0"
            " AND (transfer_id IS NULL) = (amount_cents = 0)",
            name="amount_positive",
        ),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )


class YearAccrual(Base):
    """What a provider had earned in the year that was not approved in it: an expense of the year, taken back on the
    first day of the next, in which its statement is approved."""

    __tablename__ = "year_accrual"

    year_close_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    organiser_id: Mapped[UUID]
    amount_cents: Mapped[int]
    """Negative where reversals outweigh."""
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    back_transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        ForeignKeyConstraint(["year_close_id", "organiser_id"], ["year_close.id", "year_close.organiser_id"]),
        UniqueConstraint("year_close_id", "provider_id", "organiser_id"),
        CheckConstraint(
            "(amount_cents = 0) = (transfer_id IS NULL) AND (transfer_id IS NULL) = (back_transfer_id IS NULL)",
            name="in_ledger",
        ),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )


class AccruedItem(Base):
    """One redemption or reversal of an accrual, under its own id: it is booked by its date of service once."""

    __tablename__ = "accrued_item"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    year_close_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    service_date: Mapped[date]
    vat_rate_bp: Mapped[int]
    vat_category: Mapped[str | None]
    amount_cents: Mapped[int]
    net_cents: Mapped[int]

    __table_args__ = (
        # deferred, because one statement writes the items and only then are the sums known
        ForeignKeyConstraint(
            ["year_close_id", "provider_id", "organiser_id"],
            ["year_accrual.year_close_id", "year_accrual.provider_id", "year_accrual.organiser_id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        Index("ix_accrued_item_close", "year_close_id", "provider_id"),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )
