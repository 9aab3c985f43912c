"""Budget lines and the transfers between accounts: double entry, append-only."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.ledger.rules import ACCOUNTS, TRANSFER_KINDS
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows

BOOKS: Final = "10 years from the end of the financial year"


class BudgetLine(Base):
    """Money that an organiser has set aside for vouchers. It stores only what was allocated and what is granted
    (less what came back); all other sums are derived, so that a redemption writes no row that others share."""

    __tablename__ = "budget_line"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    code: Mapped[str]
    name: Mapped[str]
    year: Mapped[int]
    allocated_cents: Mapped[int]
    granted_cents: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organiser_id", "code"),
        CheckConstraint("granted_cents >= 0", name="granted_not_negative"),
        CheckConstraint("granted_cents <= allocated_cents", name="granted_within_allocated"),
        {"info": organisers_rows(keeps=BOOKS)},
    )


class Transfer(Base):
    """An amount that moved from one account to another. Never changed: a correction is a new transfer.

    An account is (kind, id of what it belongs to): see ACCOUNTS in the rules.
    """

    __tablename__ = "transfer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[str]
    from_account: Mapped[str]
    from_id: Mapped[UUID]
    to_account: Mapped[str]
    to_id: Mapped[UUID]
    amount_cents: Mapped[int]
    voucher_id: Mapped[UUID | None]
    reference_id: Mapped[UUID | None]
    """The redemption, statement or payment that the transfer is about."""

    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(one_of("kind", TRANSFER_KINDS), name="kind"),
        CheckConstraint(one_of("from_account", ACCOUNTS), name="from_account"),
        CheckConstraint(one_of("to_account", ACCOUNTS), name="to_account"),
        CheckConstraint("(from_account, from_id) <> (to_account, to_id)", name="two_accounts"),
        Index("ix_transfer_voucher", "voucher_id"),
        Index("ix_transfer_reference", "reference_id"),
        {"info": organisers_rows(appended_by=("provider",), append_only=True, keeps=BOOKS)},
    )
