"""Disputed lines of statements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.model import BOOKS
from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class LineDispute(Base):
    """What a provider says is wrong with a line, and what the organiser answered. The line itself never changes: while it
    waits, a line against it stands beside it, and a correction is a reversal or a later redemption."""

    __tablename__ = "line_dispute"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    statement_id: Mapped[UUID]
    statement_line_id: Mapped[UUID] = mapped_column(ForeignKey("statement_line.id"))
    reason: Mapped[str]
    raised_at: Mapped[datetime]
    raised_by: Mapped[UUID | None]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("redemption.id"))
    """The line's; None from before lines could wait."""
    return_id: Mapped[UUID | None] = mapped_column(unique=True)
    """Where the line waits: the id of the line by which it comes back, given here, so that it comes back once. None where
    its money has gone its way, and the case alone waits."""
    reversal_id: Mapped[UUID | None] = mapped_column(ForeignKey("reversal.id"))
    """Made with the answer, where the provider was right that nothing was to be charged."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "provider_id"],
            ["statement.id", "statement.organiser_id", "statement.provider_id"],
        ),
        CheckConstraint("reason <> ''", name="reasoned"),
        CheckConstraint("outcome IN ('upheld', 'rejected', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("outcome NOT IN ('upheld', 'rejected') OR answer <> ''", name="answered_why"),
        Index(
            "uq_line_dispute_waiting",
            "statement_line_id",
            unique=True,
            postgresql_where=text("outcome IS NULL"),
        ),
        CheckConstraint("return_id IS NULL OR redemption_id IS NOT NULL", name="waits_for_a_charge"),
        # a line is taken off once, whatever is said of it later
        Index(
            "uq_line_dispute_taken_off",
            "statement_line_id",
            unique=True,
            postgresql_where=text("return_id IS NOT NULL"),
        ),
        Index(
            "ix_line_dispute_waits",
            "organiser_id",
            "redemption_id",
            postgresql_where=text("return_id IS NOT NULL"),
        ),
        Index("ix_line_dispute_statement", "statement_id"),
        {"info": organisers_rows(provider="provider_id", keeps=BOOKS)},
    )
