"""The council's reports as they were published, and what a unit costs where no voucher pays for it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.model import BOOKS
from registry.settlement.reports.rules import Way
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class CouncilReport(Base):
    """A quarter as the council was told it: published once and for good, so that no two versions of a cell can be
    subtracted from each other. It holds only what may be told."""

    __tablename__ = "council_report"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    quarter: Mapped[date]
    """Its first day."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "quarter"),
        CheckConstraint(
            "EXTRACT(day FROM quarter) = 1 AND EXTRACT(month FROM quarter) IN (1, 4, 7, 10)", name="first_day"
        ),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )


class OtherUnitCost(Base):
    """What a service cost in a quarter where it was not bought by voucher, as somebody says and from what. Never changed:
    the newest word counts."""

    __tablename__ = "other_unit_cost"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    quarter: Mapped[date]
    way: Mapped[str]
    units: Mapped[int]
    """Hundredths."""
    cost_cents: Mapped[int]
    source: Mapped[str]
    told_at: Mapped[datetime]
    told_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(one_of("way", (Way.OWN_PRODUCTION, Way.PURCHASE)), name="way"),
        CheckConstraint("units > 0 AND cost_cents >= 0", name="amounts"),
        CheckConstraint("length(source) > 0", name="sourced"),
        {"info": organisers_rows(append_only=True, keeps=BOOKS)},
    )
