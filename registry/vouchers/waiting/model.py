"""Days given back to a voucher. The terms that it was granted with stay as they were: each extension is a record of
its own, and the voucher's validity is the granted one and the sum of these."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows
from registry.vouchers.model import RECORDS
from registry.vouchers.waiting.rules import GIVEN_BACK_FOR


class VoucherExtension(Base):
    """So many days were added to a voucher because its client waited for a provider's answer."""

    __tablename__ = "voucher_extension"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), unique=True)
    reason: Mapped[str]
    days: Mapped[int]
    valid_until_before: Mapped[datetime]
    valid_until_after: Mapped[datetime]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("reason", GIVEN_BACK_FOR), name="reason"),
        CheckConstraint("days > 0 AND valid_until_after > valid_until_before", name="longer"),
        {"info": organisers_rows(client=CLIENT_OF_VOUCHER, append_only=True, keeps=RECORDS)},
    )
