"""Grants for a service that has begun already: one person proposes, another decides."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows
from registry.vouchers.model import RECORDS
from registry.vouchers.retroactive.rules import REASONS, ProposalState


class RetroactiveGrant(Base):
    """A proposal to grant a voucher from a day that has passed. Whoever proposed it cannot approve it: the database
    refuses that too."""

    __tablename__ = "retroactive_grant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    asked: Mapped[dict[str, Any]]
    """The rest of the order: budget line, value or units, days."""
    events_from: Mapped[date]
    reason: Mapped[str]
    state: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    voucher_id: Mapped[UUID | None]
    """The voucher that was granted; it names this proposal as its own."""

    __table_args__ = (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(one_of("state", ProposalState), name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_at IS NULL OR decided_by IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="four_eyes"),
        CheckConstraint("(state = 'approved') = (voucher_id IS NOT NULL)", name="approved_with_voucher"),
        Index(
            "uq_retroactive_grant_open",
            "client_id",
            "service_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        {"info": organisers_rows(keeps=RECORDS)},
    )
