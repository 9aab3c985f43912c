"""Messages to be sent, written in the same transaction as what they tell about, sent after it.

Mail sent inside a transaction tells of things that may be rolled back; a row here cannot.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.identifiers import driver_uuid7
from registry.shared.protection import organisers_rows


class OutboxMessage(Base):
    """A message to an account, to everyone who acts for a provider, or to a client, by the name of its template and
    the ids and numbers it needs: no personal text. Who that is, is looked up when it is delivered: the one who acts
    may not be allowed to see the other's accounts."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"))
    organiser_id: Mapped[UUID | None]
    template: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(account_id, provider_id, client_id) = 1", name="one_recipient"),
        Index("ix_outbox_due", "due_at", postgresql_where=text("delivered_at IS NULL AND failed_at IS NULL")),
        {
            "info": organisers_rows(
                appended_by=("provider", "client"), nullable=True, keeps="90 days after delivery"
            )
        },
    )


def outbox_values(
    *,
    now: datetime,
    template: str,
    account_id: UUID | None = None,
    provider_id: UUID | None = None,
    client_id: UUID | None = None,
    organiser_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The columns of a message to one recipient, for callers that write many rows at once."""
    return {
        "id": driver_uuid7(),
        "account_id": account_id,
        "provider_id": provider_id,
        "client_id": client_id,
        "organiser_id": organiser_id,
        "template": template,
        "facts": facts or {},
        "created_at": now,
        "due_at": now,
        "attempts": 0,
    }


def enqueue(
    session: AsyncSession,
    *,
    now: datetime,
    template: str,
    account_id: UUID | None = None,
    provider_id: UUID | None = None,
    client_id: UUID | None = None,
    organiser_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Leave a message to one recipient in the outbox; the worker delivers it once this transaction has committed."""
    values = outbox_values(
        now=now,
        template=template,
        account_id=account_id,
        provider_id=provider_id,
        client_id=client_id,
        organiser_id=organiser_id,
        facts=facts,
    )
    session.add(OutboxMessage(**values))
