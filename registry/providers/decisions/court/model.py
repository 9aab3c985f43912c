"""Appeals to a court against a decision, and what came of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.decisions.court.rules import CourtState
from registry.providers.decisions.model import FILE
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class CourtAppeal(Base):
    """An appeal that a court has told of (valitus). The court received it; its days are the court's."""

    __tablename__ = "court_appeal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"))
    court: Mapped[str]
    docket: Mapped[str]
    """The court's own number of the matter."""
    filed_on: Mapped[date]
    state: Mapped[str]
    ruled_on: Mapped[date | None]
    ruling: Mapped[str]
    """What the court said, in short; empty until it has ruled."""
    followed_by: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"), unique=True)
    """The decision that was made because of it."""
    entered_by: Mapped[UUID | None]
    entered_at: Mapped[datetime]
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("state", CourtState), name="state"),
        CheckConstraint(
            "(state = 'pending') = (ruled_on IS NULL) AND (ruled_on IS NULL) = (settled_at IS NULL)",
            name="settled",
        ),
        CheckConstraint("ruled_on IS NULL OR ruled_on >= filed_on", name="days"),
        CheckConstraint(
            "followed_by IS NULL OR state IN ('annulled', 'changed', 'returned')", name="followed"
        ),
        Index(
            "uq_court_appeal_pending", "decision_id", unique=True, postgresql_where=sql("state = 'pending'")
        ),
        Index("ix_court_appeal_decision", "decision_id"),
        {"info": organisers_rows(provider="provider_id", keeps=FILE)},
    )
