"""What happens to a release before the public sees it, and the figures that only the provider and the officer see."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.quality.rules import FEWEST, PRIVATE
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published


class ReleaseWithdrawal(Base):
    """A release that does not become public, or is public no longer: the next one stands in its place. The release
    itself stays, and counts still when a later one is checked for what could be had by subtraction."""

    __tablename__ = "release_withdrawal"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    reason: Mapped[str]
    """In words for the public, without personal data."""
    withdrawn_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None]

    __table_args__ = ({"info": published(append_only=True, keeps="as long as the release")},)


class ReleaseObjection(Base):
    """An error that a provider points out in its own figures, and the officer's answer."""

    __tablename__ = "release_objection"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    words: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("ix_release_objection_release", "release_id", "provider_id"),
        {"info": organisers_rows(provider="provider_id", keeps="3 years after it was answered")},
    )


class PrivateFigure(Base):
    """A count that belongs to a release and is not for choosers: switches and no-shows punish whoever takes hard cases.
    The same least number of people and the same rule of change hold for it."""

    __tablename__ = "private_figure"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"), primary_key=True)
    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    n: Mapped[int]
    k: Mapped[int]

    __table_args__ = (
        CheckConstraint(one_of("measure", PRIVATE), name="measure"),
        CheckConstraint(f"n >= {FEWEST} AND k BETWEEN 0 AND n", name="enough_people"),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps="as long as the release")},
    )
