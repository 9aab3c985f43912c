"""Changes of a voucher, each a record of its own beside the terms that it was granted with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows
from registry.vouchers.changing.rules import ChangeKind
from registry.vouchers.model import RECORDS


class VoucherChange(Base):
    """A voucher was raised, lowered or given more days."""

    __tablename__ = "voucher_change"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]
    cents: Mapped[int | None]
    """By how much it was raised or lowered."""
    units: Mapped[int | None]
    days: Mapped[int | None]
    valid_until_before: Mapped[datetime | None]
    valid_until_after: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", ChangeKind), name="kind"),
        CheckConstraint(
            "CASE kind WHEN 'extended' THEN days > 0 AND valid_until_after > valid_until_before AND cents IS NULL"
            " ELSE cents > 0 AND days IS NULL AND valid_until_after IS NULL END",
            name="what_it_changes",
        ),
        {"info": organisers_rows(client=CLIENT_OF_VOUCHER, append_only=True, keeps=RECORDS)},
    )
