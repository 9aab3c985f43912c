"""Devices that take visits without a network, and every visit that arrived from one."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import providers_rows
from registry.vouchers.offline.rules import Fate

CLIENT_OF_NUMBER: Final = (
    "(SELECT voucher.client_id FROM voucher WHERE voucher.number = offline_visit.number)"
)
"""Also of a visit that a wrong code did not open: the client may know that somebody tried."""
OF_ORGANISER: Final = "organiser_id = ANY ({organisers})"


class OfflineDevice(Base):
    """A browser on a phone or a computer that one person uses for one provider. What opens the visits that it keeps is
    derived from the server's key and this id, and stored nowhere."""

    __tablename__ = "offline_device"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made on the device."""
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    account_id: Mapped[UUID]
    added_at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    taken: Mapped[int]
    """How many visits it has taken, as it said last: more than arrived means that some were lost or deleted."""
    clock_off_seconds: Mapped[int]

    __table_args__ = (
        CheckConstraint("taken >= 0", name="counted"),
        Index("ix_offline_device_account", "account_id", "provider_id"),
        {"info": providers_rows(keeps="4 years after it sent last: longer than its visits")},
    )


class OfflineVisit(Base):
    """A visit that a device sent, and what became of it."""

    __tablename__ = "offline_visit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    line_id: Mapped[UUID]
    """The id that the device made."""
    device_id: Mapped[UUID] = mapped_column(ForeignKey("offline_device.id"))
    account_id: Mapped[UUID]
    place: Mapped[int]
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    """Whose case it is if it cannot be recorded. Of a voucher that this provider was never shown: one of those that
    approved the provider, which tells neither side more than it knows."""
    number: Mapped[str]
    presentation_id: Mapped[UUID | None]
    service_date: Mapped[date]
    units: Mapped[int]
    unit_price_cents: Mapped[int | None]
    activity: Mapped[str | None]
    attended: Mapped[str | None]
    group_size: Mapped[int | None]
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clock_off_seconds: Mapped[int]
    clock_wrong: Mapped[bool]
    state: Mapped[str]
    code: Mapped[str | None]
    """Why it was refused."""
    facts: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    """How often it was refused: the next try is another request."""
    redemption_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    note: Mapped[str | None]
    """Why it was closed: read by the provider."""

    __table_args__ = (
        UniqueConstraint("provider_id", "line_id"),
        CheckConstraint(one_of("state", Fate), name="state"),
        CheckConstraint("(state = 'recorded') = (redemption_id IS NOT NULL)", name="recorded"),
        CheckConstraint("state NOT IN ('refused', 'closed') OR code <> ''", name="refused"),
        CheckConstraint("(state = 'closed') = (note IS NOT NULL)", name="closed"),
        Index("ix_offline_visit_provider", "provider_id", "received_at"),
        Index("ix_offline_visit_redemption", "redemption_id"),
        Index("ix_offline_visit_received", "received_at", postgresql_where=text("state = 'received'")),
        Index("ix_offline_visit_device", "device_id", "taken_at"),
        Index("ix_offline_visit_number", "number"),
        {
            "info": providers_rows(
                known_to=OF_ORGANISER, client=CLIENT_OF_NUMBER, keeps="3 years after it was received"
            )
        },
    )
