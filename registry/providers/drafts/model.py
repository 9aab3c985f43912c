"""An application that is being written: one for several services, of several organisers too."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import providers_rows


class ApplicationDraft(Base):
    """What a provider has answered so far. Nobody else sees it; when it is sent, each service gets an application."""

    __tablename__ = "application_draft"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    answers: Mapped[dict[str, Any]]
    version: Mapped[int]
    """Raised by every change, so that what is sent is what was checked."""
    started_by: Mapped[UUID | None]
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_application_draft_open",
            "provider_id",
            unique=True,
            postgresql_where=text("submitted_at IS NULL"),
        ),
        {"info": providers_rows(keeps="half a year after the last change")},
    )
