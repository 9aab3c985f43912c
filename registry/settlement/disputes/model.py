"""Disputed lines of statements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.model import BOOKS
from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class LineDispute(Base):
    """What a provider says is wrong with a line, and what the organiser answered. The line itself never changes: a
    correction is a reversal or a later redemption, on a later statement."""

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
        Index("ix_line_dispute_statement", "statement_id"),
        {"info": organisers_rows(provider="provider_id", keeps=BOOKS)},
    )
