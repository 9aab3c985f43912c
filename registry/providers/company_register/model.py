"""What the company register was asked and said, and what applicants stated where it did not."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import published

OUTCOMES: Final = ("found", "not_found", "unreachable", "stated")


class CompanyLookup(Base):
    """One answer of the open company register about one business id, or the lack of one. It is open data, and says
    nothing of who asked."""

    __tablename__ = "company_lookup"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    business_id: Mapped[str]
    asked_at: Mapped[datetime]
    outcome: Mapped[str]
    """`stated`: not of the register, but what the applicant typed in its stead."""
    reason: Mapped[str | None]
    """Why there was no answer."""
    source: Mapped[str]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
        CheckConstraint("(outcome IN ('found', 'stated')) = (facts IS NOT NULL)", name="facts"),
        CheckConstraint("(outcome = 'unreachable') = (reason IS NOT NULL)", name="reason"),
        Index("ix_company_lookup_newest", "business_id", text("asked_at DESC")),
        {"info": published(append_only=True, keeps="while in the register, then 10 years")},
    )
