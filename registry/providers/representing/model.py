"""Somebody says that they may act for an organisation, before anybody here knows either."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.rules import PROVIDER_FORMS
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows

STATES = ("asked", "accepted", "refused")


class Representation(Base):
    """A request to act for an organisation, to the authority that it means to apply to first."""

    __tablename__ = "representation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    business_id: Mapped[str]
    name: Mapped[str]
    """Of the organisation, as typed; the company register's name goes before it."""
    form: Mapped[str]
    municipality_code: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    words: Mapped[str]
    """How the person is entitled to act for it."""
    state: Mapped[str]
    asked_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    """When somebody was last told that it has waited for as long as the organiser says."""
    decided_by: Mapped[UUID | None]
    """Who has seen that the person may act for it, also where a machine brought the answer."""
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    """Whom the person acts for since it was accepted."""

    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("form", PROVIDER_FORMS), name="form"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'accepted') = (provider_id IS NOT NULL)", name="accepted"),
        CheckConstraint("state <> 'refused' OR length(reason) > 0", name="refusal_has_reason"),
        CheckConstraint("decided_by IS DISTINCT FROM account_id", name="not_by_oneself"),
        Index("uq_representation_asked", "account_id", unique=True, postgresql_where=text("state = 'asked'")),
        Index("ix_representation_queue", "organiser_id", "state", "asked_at"),
        {"info": organisers_rows(keeps="2 years after it was decided")},
    )
