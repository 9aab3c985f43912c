"""The frozen shortlist, and what was shown each time somebody compared."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from registry.choice.rules import CHANNELS
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published

AS_THE_VOUCHER: Final = "as long as the voucher"


class ChoicePeriod(Base):
    """The organiser's commitment to its secret key of a calendar year: published before anybody is shown anything,
    so that the order of a shortlist can be proved and cannot be picked."""

    __tablename__ = "choice_period"

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    committed_at: Mapped[datetime]

    __table_args__ = ({"info": published(append_only=True, keeps="for ever: it names nobody")},)


class Shortlist(Base):
    """Who could be chosen when the voucher was granted, and in which order this client sees them. Frozen: what
    happens to providers later may take one out of view, but never reorders the others."""

    __tablename__ = "shortlist"

    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    client_id: Mapped[UUID]
    service_id: Mapped[UUID]
    year: Mapped[int]
    """The period whose key made the seed."""
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    inputs: Mapped[dict[str, Any]]
    """Version of the rules, what was asked for (municipality, languages, needs), the day, the size, the groups
    among the eligible, and how many were out for which reason."""
    provider_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    first: Mapped[int]
    """So many of them, from the start, are the first view."""
    frozen_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint('"first" BETWEEN 0 AND cardinality(provider_ids)', name="first_within"),
        {"info": organisers_rows(client="client_id", append_only=True, keeps=AS_THE_VOUCHER)},
    )


class ComparisonShown(Base):
    """What somebody was shown, when and how: the ground of the pick that follows."""

    __tablename__ = "comparison_shown"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"))
    client_id: Mapped[UUID]
    at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    role: Mapped[str]
    channel: Mapped[str]
    widened: Mapped[bool]
    """Everyone, not the first view alone."""
    provider_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))

    __table_args__ = (
        CheckConstraint(one_of("channel", CHANNELS), name="channel"),
        Index("ix_comparison_shown_voucher", "voucher_id", "at"),
        {"info": organisers_rows(client="client_id", append_only=True, keeps=AS_THE_VOUCHER)},
    )
