"""Decisions against the holder of a voucher, with how the holder was heard and what can be done against them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows
from registry.vouchers.adverse.rules import AdverseKind, HeardHow
from registry.vouchers.model import RECORDS


class VoucherDecision(Base):
    """A voucher was lowered or cancelled: the decision as it went out, word for word."""

    __tablename__ = "voucher_decision"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]
    cents: Mapped[int]
    """How much value it took."""
    heard: Mapped[str]
    heard_on: Mapped[date | None]
    regime_digest: Mapped[str]
    document: Mapped[dict[str, Any]]
    """Language → {heading, opening, steps: [[label, text]], paper}: the instructions on what can be done against it, and
    the whole decision on paper (`paper.paper_text`), which those from before it was made lack."""
    remedy_until: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", AdverseKind), name="kind"),
        CheckConstraint(one_of("heard", HeardHow), name="heard"),
        CheckConstraint("cents >= 0 AND reason <> ''", name="whole"),
        CheckConstraint(
            "(heard IN ('meeting', 'phone', 'writing')) = (heard_on IS NOT NULL)", name="heard_when"
        ),
        {"info": organisers_rows(client=CLIENT_OF_VOUCHER, append_only=True, keeps=RECORDS)},
    )
