"""Links that go by mail to people who made their account themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.people.rules import LINK_PURPOSES
from registry.shared.database import Base, one_of
from registry.shared.protection import internal


class MailedLink(Base):
    """A link that was asked for, or an answer that goes the same way. The secret is made when the mail goes out and is
    kept nowhere; here is only its hash."""

    __tablename__ = "mailed_link"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    """join: to begin with; sign_in: into the account that it names; refused: nothing to open."""
    email: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("purpose", LINK_PURPOSES), name="purpose"),
        CheckConstraint("language IN ('fi', 'sv', 'en')", name="language"),
        CheckConstraint("purpose <> 'sign_in' OR account_id IS NOT NULL", name="sign_in_names_account"),
        Index("ix_mailed_link_waiting", "created_at", postgresql_where=text("mailed_at IS NULL")),
        {"info": internal(keeps="30 days after it ran out")},
    )
