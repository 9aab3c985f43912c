"""Findings of the register officer on an approved provider, from draft to public statement."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.oversight.rules import FindingState
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published


class OversightFinding(Base):
    """A finding while it is prepared and heard."""

    __tablename__ = "oversight_finding"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    found_on: Mapped[date]
    statement: Mapped[dict[str, Any]]
    """What was found, by language; one language at least."""
    state: Mapped[str]
    hearing_until: Mapped[date | None]
    heard: Mapped[str | None]
    """What the provider answered."""
    heard_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        CheckConstraint(one_of("state", FindingState), name="state"),
        CheckConstraint("(state IN ('published', 'dropped')) = (decided_at IS NOT NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('hearing', 'published') OR hearing_until IS NOT NULL", name="heard_first"
        ),
        CheckConstraint("(heard IS NULL) = (heard_at IS NULL)", name="heard"),
        Index("ix_oversight_finding_provider", "provider_id"),
        {"info": organisers_rows(provider="provider_id", keeps="10 years after it was decided")},
    )


class PublishedFinding(Base):
    """A finding as the public reads it, with what the provider answered."""

    __tablename__ = "published_finding"

    id: Mapped[UUID] = mapped_column(ForeignKey("oversight_finding.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    found_on: Mapped[date]
    published_on: Mapped[date]
    statement: Mapped[dict[str, Any]]
    answer: Mapped[str | None]

    __table_args__ = ({"info": published(keeps="3 years on show, then only in the register officer's file")},)
