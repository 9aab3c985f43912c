"""The months of an allowance, each a record of its own."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows
from registry.vouchers.model import RECORDS


class VoucherTopup(Base):
    """A month's sum that came to a voucher. One for each month, however often and by how many workers it is tried."""

    __tablename__ = "voucher_topup"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"))
    month: Mapped[int]
    """2 and on: the first month's sum is the grant itself."""
    begins_on: Mapped[date]
    cents: Mapped[int]
    returned_cents: Mapped[int]
    """What was left of the months before and went back to the budget, where nothing is carried over."""
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("voucher_id", "month"),
        CheckConstraint("month >= 2 AND cents > 0 AND returned_cents >= 0", name="amounts"),
        {"info": organisers_rows(client=CLIENT_OF_VOUCHER, append_only=True, keeps=RECORDS)},
    )
