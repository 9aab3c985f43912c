"""The account that a provider is paid to. A wrong one sends public money to a stranger, so no account is in force
before a second person has confirmed it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.bank_accounts.rules import BankAccountState
from registry.shared.database import Base, one_of
from registry.shared.protection import REGISTERED_AT, providers_rows


class BankAccount(Base):
    """An account that one person asked for and another one decided on."""

    __tablename__ = "bank_account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    iban: Mapped[str]
    """Without spaces. Pages show its end alone."""
    state: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When another one took its place."""

    __table_args__ = (
        CheckConstraint(one_of("state", BankAccountState), name="state"),
        CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'", name="iban"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'replaced') = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint(
            "state NOT IN ('in_force', 'replaced', 'refused')"
            " OR (decided_by IS NOT NULL AND decided_by IS DISTINCT FROM requested_by)",
            name="four_eyes",
        ),
        Index(
            "uq_bank_account_requested",
            "provider_id",
            unique=True,
            postgresql_where=text("state = 'requested'"),
        ),
        Index(
            "uq_bank_account_in_force",
            "provider_id",
            unique=True,
            postgresql_where=text("state = 'in_force'"),
        ),
        {"info": providers_rows(known_to=REGISTERED_AT, keeps="10 years after the last payment")},
    )
