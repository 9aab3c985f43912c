"""A client's complaint about a provider: a case for the register officer, and, when upheld, one of the counts that
the public sees."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.quality.complaints.rules import ABOUT, ComplaintState
from registry.quality.model import EVIDENCE
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class Complaint(Base):
    """What a client says went wrong, and what the officer found."""

    __tablename__ = "complaint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"))
    client_id: Mapped[UUID]
    about: Mapped[str]
    words: Mapped[str]
    """The client's own words; erasable."""
    state: Mapped[str]
    findings: Mapped[str | None]
    """What the officer found, in words that the client reads; erasable."""
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        CheckConstraint(one_of("about", ABOUT), name="about"),
        CheckConstraint(one_of("state", ComplaintState), name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state NOT IN ('upheld', 'not_upheld') OR findings IS NOT NULL", name="reasoned"),
        Index("ix_complaint_provider", "provider_id", "service_id"),
        Index("ix_complaint_voucher", "voucher_id"),
        {"info": organisers_rows(client="client_id", keeps=EVIDENCE)},
    )
