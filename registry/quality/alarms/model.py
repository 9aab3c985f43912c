"""Alarms with their evidence, and the short-lived trace of where reviews came from."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.quality.alarms.rules import AlarmKind, AlarmState
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class Alarm(Base):
    """Something about a provider's figures that a person should look at."""

    __tablename__ = "quality_alarm"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    kind: Mapped[str]
    period: Mapped[date]
    """First day of what it is about: the same thing raises one alarm, however often it is looked for."""
    facts: Mapped[dict[str, Any]]
    """The evidence: counts, dates and expected values; no person."""
    state: Mapped[str]
    raised_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "provider_id", "service_id", "kind", "period"),
        CheckConstraint(one_of("kind", AlarmKind), name="kind"),
        CheckConstraint(one_of("state", AlarmState), name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        {"info": organisers_rows(keeps="3 years after it was decided")},
    )


class ReviewOrigin(Base):
    """A keyed hash of the place that a review was sent from."""

    __tablename__ = "review_origin"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    place: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_review_origin_at", "at"),
        {"info": organisers_rows(appended_by=("client",), keeps="2 weeks")},
    )
