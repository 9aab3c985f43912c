"""The legal regime of each service, and the organiser's confirmation of it."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.catalogue.model import STANDING
from registry.shared.database import Base
from registry.shared.protection import published


class ServiceRegime(Base):
    """A version of a service's legal regime. Versions are only added: a decision rests on the one of its day."""

    __tablename__ = "service_regime"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    version: Mapped[int]
    document: Mapped[dict[str, Any]]
    """As `loading.regime_document` writes it."""
    digest: Mapped[str]
    """Of the document: what is confirmed."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("service_id", "version"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        {"info": published(append_only=True, keeps=STANDING)},
    )


class RegimeConfirmation(Base):
    """That the organiser stands by a regime, word for word, and where what is sent against a decision goes."""

    __tablename__ = "regime_confirmation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    digest: Mapped[str]
    """Of the regime that was on the page when it was confirmed."""
    points_settled: Mapped[int]
    """How many open points were ticked: all that the regime has."""
    office_name: Mapped[str]
    office_email: Mapped[str]
    office_postal_address: Mapped[str]
    office_closes: Mapped[time]
    """What is not there when the office closes on the last day is late."""
    court_name: Mapped[str]
    court_email: Mapped[str]
    court_postal_address: Mapped[str]
    court_closes: Mapped[time]
    decide_within_days: Mapped[int]
    """Working days from an application to the day by which it should be decided."""
    hearing_days: Mapped[int]
    """Working days that an applicant has at least to answer what is about to be held against it."""
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        CheckConstraint("decide_within_days BETWEEN 1 AND 120", name="decide_within"),
        CheckConstraint("hearing_days BETWEEN 5 AND 60", name="hearing_days"),
        {"info": published(append_only=True, keeps=STANDING)},
    )
