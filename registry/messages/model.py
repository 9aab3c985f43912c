"""What was told to whom: the substance that waits behind sign-in, and the neutral mail that pointed at it."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.messages.rules import REMINDERS
from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, internal, organisers_rows

MAIL_KEPT_DAYS: Final = 30


class Message(Base):
    """A message to one account, with the id of the outbox row that it came from, so that delivering twice leaves
    one. It holds the template's name and ids, codes and numbers; the words are made when it is read, in the
    reader's language."""

    __tablename__ = "message"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    organiser_id: Mapped[UUID | None]
    template: Mapped[str]
    facts: Mapped[dict[str, Any]]
    sent_at: Mapped[datetime]
    """When it was left in the outbox: with what it tells of, not when a worker came by."""
    read_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_message_account", "account_id", "sent_at", "id"),
        Index("ix_message_unread", "account_id", postgresql_where=text("read_at IS NULL")),
        {"info": organisers_rows(nullable=True, account="account_id", keeps="2 years")},
    )


class Mail(Base):
    """A mail as it was handed over, or only kept where no mail server is set. It names an address and so lives
    shortly: long enough to answer "I got no message"."""

    __tablename__ = "mail_sent"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    address: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    sent_at: Mapped[datetime]
    handed_over: Mapped[bool]
    """False where it was only kept, because no mail server is set."""

    __table_args__ = (
        CheckConstraint("language IN ('fi', 'sv', 'en')", name="language"),
        Index("ix_mail_sent_at", "sent_at", "id"),
        {"info": internal(keeps=f"{MAIL_KEPT_DAYS} days")},
    )


class Reminder(Base):
    """What a client was reminded of, so that nobody is reminded of the same thing twice. A voucher that was given more
    days has another last day, and is another thing to be reminded of."""

    __tablename__ = "reminder"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"))
    kind: Mapped[str]
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    """Of an invitation to review: whom."""
    last_day: Mapped[date | None]
    """Of a voucher about to expire: when."""
    sent_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", REMINDERS), name="kind"),
        CheckConstraint("num_nonnulls(provider_id, last_day) = 1", name="about"),
        Index(
            "uq_reminder",
            "voucher_id",
            "kind",
            "provider_id",
            "last_day",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        {"info": organisers_rows(client=CLIENT_OF_VOUCHER, append_only=True, keeps="as long as the voucher")},
    )


class Feedback(Base):
    """What somebody wrote about the service itself; they need not have signed in, and we do not know who it was."""

    __tablename__ = "feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    message: Mapped[str]
    email: Mapped[str | None]
    """Only where an answer is wanted."""
    language: Mapped[str]
    received_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("length(message) BETWEEN 1 AND 4000", name="message"),
        {"info": internal(keeps="1 year")},
    )
