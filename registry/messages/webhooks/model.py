"""Addresses of providers' systems that are told of events, and what was told to them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import organisers_rows

LOG_DAYS: Final = 30


class WebhookEndpoint(Base):
    """Where a provider's system wants to be told. The signing secret is encrypted, not hashed: it signs."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    """Of none: a provider's address is told of what happens at every organiser that it serves."""
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    url: Mapped[str]
    events: Mapped[list[str]]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    secret_made_at: Mapped[datetime]
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    """Until then every message is signed with both."""
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Attempts that failed since the last that did not."""
    failing_since: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    """After a failure the address is left alone for a while, so that one that hangs keeps nobody else waiting."""
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None]
    """failing | gone"""
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("cardinality(events) > 0", name="some_event"),
        CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_ends"),
        CheckConstraint("(failures > 0) = (failing_since IS NOT NULL)", name="failing_since"),
        CheckConstraint("(disabled_at IS NULL) = (disabled_why IS NULL)", name="disabled_why"),
        {"info": organisers_rows(nullable=True, provider="provider_id", keeps="2 years after it ended")},
    )


class WebhookDelivery(Base):
    """An event for one address: its body as it is sent, and its fate. The id is the `webhook-id`, the same at every
    attempt, so that a receiver knows what it has seen."""

    __tablename__ = "webhook_delivery"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id"))
    event: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """Given up; it can be sent again by hand."""

    __table_args__ = (
        CheckConstraint("delivered_at IS NULL OR failed_at IS NULL", name="one_fate"),
        Index(
            "ix_webhook_delivery_due",
            "due_at",
            postgresql_where=text("delivered_at IS NULL AND failed_at IS NULL"),
        ),
        Index("ix_webhook_delivery_endpoint", "endpoint_id", "created_at", "id"),
        {"info": organisers_rows(nullable=True, provider="provider_id", keeps=f"{LOG_DAYS} days")},
    )


class WebhookAttempt(Base):
    """One attempt and how it ended: what the address answered, or why there was no answer. Never what it wrote."""

    __tablename__ = "webhook_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_delivery.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    took_ms: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str | None]
    """Of an attempt that failed: status | timeout | connection | refused_address | redirect …"""

    __table_args__ = (
        Index("ix_webhook_attempt_delivery", "delivery_id", "at"),
        {"info": organisers_rows(nullable=True, provider="provider_id", keeps=f"{LOG_DAYS} days")},
    )
