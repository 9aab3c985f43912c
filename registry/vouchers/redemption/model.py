"""What was redeemed against a voucher, and what was taken back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows
from registry.shared.vat import VAT_CHECK
from registry.vouchers.model import RECORDS
from registry.vouchers.redemption.rules import MAX_GROUP, Activity, Attended
from registry.vouchers.rules import RedemptionState


class Redemption(Base):
    """A provider's draw on a voucher for one service event; reserved first, or captured at once."""

    __tablename__ = "redemption"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    voucher_id: Mapped[UUID]
    presentation_id: Mapped[UUID] = mapped_column(ForeignKey("presentation.id"))
    provider_id: Mapped[UUID]
    state: Mapped[str]
    service_date: Mapped[date]
    units: Mapped[int]
    """Hundredths of a unit."""
    unit_price_cents: Mapped[int]
    price_cents: Mapped[int]
    value_cents: Mapped[int]
    own_share_cents: Mapped[int]
    own_share_allowed: Mapped[bool]
    net_cents: Mapped[int]
    vat_rate_bp: Mapped[int]
    """Of the day of the service, and so are the category and its reason."""
    vat_category: Mapped[str | None]
    """S, E, AE, Z or O (`shared.vat`); None: from before it was asked."""
    vat_reason: Mapped[str | None]
    """Why there is no VAT in it, as an invoice has to say."""
    vat_cents: Mapped[int]
    created_at: Mapped[datetime]
    reserved_until: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When it was released, lapsed or reversed."""
    end_reason: Mapped[str | None]
    """Code of the reason for a reversal."""
    activity: Mapped[str | None]
    """What was done, and who was there: codes, as the provider told them."""
    attended: Mapped[str | None]
    group_size: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(one_of("state", RedemptionState), name="state"),
        CheckConstraint(VAT_CHECK, name="vat_category"),
        CheckConstraint(f"activity IS NULL OR {one_of('activity', Activity)}", name="activity"),
        CheckConstraint(f"attended IS NULL OR {one_of('attended', Attended)}", name="attended"),
        CheckConstraint(
            f"group_size IS NULL OR (attended = 'group' AND group_size BETWEEN 2 AND {MAX_GROUP})",
            name="group_size",
        ),
        CheckConstraint(
            "price_cents = value_cents + own_share_cents AND price_cents = net_cents + vat_cents",
            name="price_adds_up",
        ),
        CheckConstraint(
            "units > 0 AND value_cents > 0 AND own_share_cents >= 0 AND vat_cents >= 0", name="positive"
        ),
        CheckConstraint("own_share_allowed OR own_share_cents = 0", name="free_stays_free"),
        CheckConstraint(
            "(state IN ('captured', 'reversed')) = (captured_at IS NOT NULL)", name="captured_when"
        ),
        CheckConstraint(
            "(state IN ('released', 'lapsed', 'reversed')) = (ended_at IS NOT NULL)", name="ended_when"
        ),
        CheckConstraint("state <> 'reserved' OR reserved_until IS NOT NULL", name="reserved_until"),
        # the voucher's own word on own share, so that no redemption can claim otherwise
        ForeignKeyConstraint(
            ["voucher_id", "own_share_allowed"], ["voucher.id", "voucher.own_share_allowed"]
        ),
        Index("ix_redemption_voucher", "voucher_id"),
        Index("ix_redemption_captured", "organiser_id", "captured_at"),
        Index("ix_redemption_provider", "provider_id", "created_at"),
        Index("ix_redemption_reserved", "reserved_until", postgresql_where=text("state = 'reserved'")),
        {"info": organisers_rows(provider="provider_id", client=CLIENT_OF_VOUCHER, keeps=RECORDS)},
    )


class Reversal(Base):
    """A new record that undoes a redemption; the redemption itself stays as it was but for its state."""

    __tablename__ = "reversal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    redemption_id: Mapped[UUID] = mapped_column(ForeignKey("redemption.id"), unique=True)
    voucher_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    value_cents: Mapped[int]
    reason: Mapped[str]
    reversed_at: Mapped[datetime]
    reversed_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("value_cents > 0", name="value_positive"),
        CheckConstraint("length(reason) > 0", name="reasoned"),
        Index("ix_reversal_organiser", "organiser_id", "reversed_at"),
        {
            "info": organisers_rows(
                provider="provider_id", client=CLIENT_OF_VOUCHER, append_only=True, keeps=RECORDS
            )
        },
    )
