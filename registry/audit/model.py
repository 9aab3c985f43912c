"""What happened, append-only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows


class AuditEvent(Base):
    """One change: who, what, when, on what, from, to. `hash` is SHA-256 of the event's canonical JSON (RFC 8785),
    so that an event that was altered, by whatever means, no longer fits its hash."""

    __tablename__ = "audit_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID | None]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    voucher_id: Mapped[UUID | None]
    """The voucher that the event belongs to, whatever its subject, for the voucher's timeline."""
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_audit_event_subject", "subject_id"),
        # what the auditor pages through, newest first, and what the export walks
        Index("ix_audit_event_organiser", "organiser_id", "at", "id"),
        Index("ix_audit_event_voucher", "voucher_id"),
        {
            "info": organisers_rows(
                client=CLIENT_OF_VOUCHER,
                appended_by=("provider", "client"),
                nullable=True,
                append_only=True,
                keeps="10 years from the end of the financial year",
            )
        },
    )
