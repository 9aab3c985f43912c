"""Cases: what a person has to do, why, by when, and whose it is."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class Case(Base):
    """A task for a person. Its subject is an opaque (kind, id); upper capabilities keep their own links."""

    __tablename__ = "case_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    kind: Mapped[str]
    """What has to be done: voucher_refused, provider_declined, provider_silent, no_eligible_provider, …"""
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    client_id: Mapped[UUID | None]
    role: Mapped[str]
    """The role that handles it when it has no owner yet."""
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    due_on: Mapped[date]
    facts: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    resolution: Mapped[str | None]
    """Free text of the person who closed it; erasable."""

    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) OR (closed_at >= opened_at)", name="closed_after_opened"),
        Index(
            "ix_case_file_open",
            "organiser_id",
            "owner_id",
            "due_on",
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_case_file_subject", "subject_id"),
        Index(
            "uq_case_file_open", "kind", "subject_id", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
        {"info": organisers_rows(client="client_id", keeps="2 years after it closed")},
    )
