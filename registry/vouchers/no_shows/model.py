"""A client who did not come to what was agreed. No charge follows from it, and no chooser sees it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class NoShow(Base):
    """A provider's record that its client did not come on a day."""

    __tablename__ = "no_show"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"))
    client_id: Mapped[UUID]
    agreed_for: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("voucher_id", "provider_id", "agreed_for"),
        {"info": organisers_rows(provider="provider_id", client="client_id", keeps="as long as the voucher")},
    )
