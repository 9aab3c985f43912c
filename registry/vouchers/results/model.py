"""What a provider claims for a result, and what came of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.catalogue.rules import CONFIRMERS, MILESTONES
from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows
from registry.vouchers.model import RECORDS
from registry.vouchers.results.rules import ClaimState


class MilestoneClaim(Base):
    """A provider says that a milestone was reached. While a claim waits or is paid there is no second one of the same
    milestone on the same voucher: the database refuses it."""

    __tablename__ = "milestone_claim"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    presentation_id: Mapped[UUID] = mapped_column(ForeignKey("presentation.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    milestone: Mapped[str]
    amount_cents: Mapped[int]
    confirmer: Mapped[str]
    above_expected: Mapped[bool]
    reached_on: Mapped[date]
    words: Mapped[str | None]
    """The provider's evidence in words, or a file, or both."""
    file_digest: Mapped[str | None]
    file_name: Mapped[str | None]
    state: Mapped[str]
    claimed_at: Mapped[datetime]
    claimed_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    """None where the authority's own records said it."""
    decided_as: Mapped[str | None]
    reason: Mapped[str | None]
    """Why it was refused or held: a code, which the provider reads."""
    observed_bp: Mapped[int | None]
    """The provider's share of good results in the release that the terms name, in ten-thousandths, and what was to be
    expected of just its clients. Only of a milestone that is paid above the expected rate."""
    expected_bp: Mapped[int | None]
    redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("redemption.id"), unique=True)

    __table_args__ = (
        CheckConstraint(one_of("milestone", MILESTONES), name="milestone"),
        CheckConstraint(one_of("confirmer", CONFIRMERS), name="confirmer"),
        CheckConstraint(one_of("state", ClaimState), name="state"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("words <> '' OR file_digest IS NOT NULL", name="evidence"),
        CheckConstraint("(file_digest IS NULL) = (file_name IS NULL)", name="file_whole"),
        CheckConstraint("(state IN ('claimed', 'held')) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state NOT IN ('refused', 'held') OR reason <> ''", name="reasoned"),
        CheckConstraint("(state IN ('paid', 'reversed')) = (redemption_id IS NOT NULL)", name="paid_by"),
        CheckConstraint(
            "state <> 'paid' OR NOT above_expected OR observed_bp > expected_bp", name="above_expected"
        ),
        Index(
            "uq_milestone_claim_once",
            "voucher_id",
            "milestone",
            unique=True,
            postgresql_where=text("state IN ('claimed', 'held', 'paid')"),
        ),
        Index("ix_milestone_claim_provider", "provider_id", "claimed_at"),
        Index(
            "ix_milestone_claim_waiting",
            "organiser_id",
            "claimed_at",
            postgresql_where=text("state IN ('claimed', 'held')"),
        ),
        {"info": organisers_rows(provider="provider_id", client=CLIENT_OF_VOUCHER, keeps=RECORDS)},
    )
