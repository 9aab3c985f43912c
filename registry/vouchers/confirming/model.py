"""The client's word on a recorded visit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows
from registry.vouchers.confirming.rules import Answer, Ruling


class VisitAnswer(Base):
    """What the client says of one redemption, and what the finance officer found of it, when the two disagree. The
    provider sees that it is disputed, and never these words."""

    __tablename__ = "visit_answer"

    redemption_id: Mapped[UUID] = mapped_column(ForeignKey("redemption.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    provider_id: Mapped[UUID]
    client_id: Mapped[UUID]
    answer: Mapped[str]
    words: Mapped[str | None]
    """The client's own, for the officer who looks into it; erased with the client's other texts."""
    answered_at: Mapped[datetime]
    ruling: Mapped[str | None]
    reason: Mapped[str | None]
    """Why it was found so: read by the client and by the provider."""
    ruled_at: Mapped[datetime | None]
    ruled_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(one_of("answer", Answer), name="answer"),
        CheckConstraint(f"ruling IS NULL OR {one_of('ruling', Ruling)}", name="ruling"),
        CheckConstraint(
            "(ruling IS NULL) = (ruled_at IS NULL) AND (ruling IS NULL) = (reason IS NULL)", name="ruled"
        ),
        CheckConstraint("ruling IS NULL OR answer <> 'yes'", name="only_the_disputed_is_ruled_on"),
        Index(
            "ix_visit_answer_held",
            "organiser_id",
            postgresql_where=text("answer <> 'yes' AND ruling IS NULL"),
        ),
        {"info": organisers_rows(client="client_id", keeps="as long as the voucher")},
    )
