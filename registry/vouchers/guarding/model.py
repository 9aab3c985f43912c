"""Alarms about redemptions, the holds that follow, and the limits that an organiser has set."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows
from registry.vouchers.guarding.rules import AlarmState, Sign
from registry.vouchers.model import RECORDS


class RedemptionAlarm(Base):
    """Something about a provider's redemptions that a finance officer should look at."""

    __tablename__ = "redemption_alarm"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    sign: Mapped[str]
    subject: Mapped[str]
    """What of the provider's it is about: the same thing raises one alarm, however often it is looked for."""
    seen: Mapped[int]
    limit_then: Mapped[int]
    facts: Mapped[dict[str, Any]]
    """The evidence: counts, days, sums, and the vouchers to look at; no person's name."""
    state: Mapped[str]
    raised_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    note: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "provider_id", "sign", "subject"),
        CheckConstraint(one_of("sign", Sign), name="sign"),
        CheckConstraint(one_of("state", AlarmState), name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state = 'open' OR note <> ''", name="noted"),
        {"info": organisers_rows(keeps="3 years after it was decided")},
    )


class RedemptionHold(Base):
    """What a provider redeemed at an organiser, or on one voucher, goes onto no statement while this stands. Only a
    person lifts it."""

    __tablename__ = "redemption_hold"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id"))
    """None: all of the provider's."""
    alarm_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    """Read by the provider; none where the system itself held it."""
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID | None]
    """None: the system, because of a serious sign."""
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]
    lifted_why: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("placed_by IS NULL OR reason <> ''", name="reasoned"),
        CheckConstraint("placed_by IS NOT NULL OR alarm_id IS NOT NULL", name="from_somewhere"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_why IS NULL)",
            name="lifted_by_a_person",
        ),
        Index(
            "uq_redemption_hold_standing",
            "organiser_id",
            "provider_id",
            text("coalesce(voucher_id, provider_id)"),
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
        {"info": organisers_rows(provider="provider_id", keeps=RECORDS)},
    )


class RedemptionThreshold(Base):
    """A limit that somebody asked for; the latest approved one of a sign is in force."""

    __tablename__ = "redemption_threshold"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    sign: Mapped[str]
    value: Mapped[int]
    state: Mapped[str]
    """asked | approved | rejected | withdrawn"""
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("sign", Sign), name="sign"),
        CheckConstraint("state IN ('asked', 'approved', 'rejected', 'withdrawn')", name="state"),
        CheckConstraint("value > 0", name="positive"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by IS DISTINCT FROM asked_by", name="four_eyes"
        ),
        Index(
            "uq_redemption_threshold_asked",
            "organiser_id",
            "sign",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
        {"info": organisers_rows(keeps=RECORDS)},
    )
