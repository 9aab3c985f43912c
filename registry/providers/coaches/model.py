"""Which of a provider's coaches do not give the service under an approval."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import published


class CoachOutside(Base):
    """A coach of the provider who is not, or not in all languages, part of this approval: its organiser has not decided,
    has decided against it, or was never asked. A coach without a row here is part of it, as those are with whom the
    provider was approved."""

    __tablename__ = "coach_outside"

    admission_id: Mapped[UUID] = mapped_column(ForeignKey("admission.id"), primary_key=True)
    coach_id: Mapped[UUID] = mapped_column(ForeignKey("coach.id"), primary_key=True)
    languages: Mapped[list[str] | None]
    """The languages in which the coach serves under this approval; none: the coach does not serve under it at all."""
    since: Mapped[datetime]

    __table_args__ = (
        Index("ix_coach_outside_coach", "coach_id"),
        {"info": published(keeps="while working for the provider")},
    )
