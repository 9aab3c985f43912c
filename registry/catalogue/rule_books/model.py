"""The rule books of services: what a provider has to meet to be approved, and on what terms it works."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.catalogue.model import STANDING
from registry.shared.database import Base
from registry.shared.protection import published


class RuleBook(Base):
    """A version of a service's rule book. Versions are only added: an application was made, and an admission given,
    on the points of one of them, and both must be readable as long as anybody may ask what was agreed."""

    __tablename__ = "rule_book"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    version: Mapped[str]
    """As the terms of vouchers and applications name it: `2026-1`."""
    points: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """In order: {"code", "kind": "criterion" | "term", "text": {"fi", "sv", "en"}, "legal_basis"?}."""
    published_by: Mapped[UUID | None]
    published_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("service_id", "version"),
        CheckConstraint("jsonb_typeof(points) = 'array' AND jsonb_array_length(points) > 0", name="points"),
        Index("ix_rule_book_newest", "service_id", "published_at"),
        {"info": published(append_only=True, keeps=STANDING)},
    )
