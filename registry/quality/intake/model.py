"""Intake facts: bands only, under the client's pseudonym, for a stated time, and never in a provider's sight."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.quality.intake.rules import AGES, AREA_BANDS, EDUCATIONS, LANGUAGES, MONTHS_BANDS
from registry.quality.model import EVIDENCE
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published


class Intake(Base):
    """What was known of a client when a voucher was granted. Fixed once, before the first choice; never changed."""

    __tablename__ = "intake"

    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    client_id: Mapped[UUID]
    months_unemployed: Mapped[str]
    education: Mapped[str]
    age: Mapped[str]
    language: Mapped[str]
    area_unemployment: Mapped[str]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("months_unemployed", MONTHS_BANDS), name="months_unemployed"),
        CheckConstraint(one_of("education", EDUCATIONS), name="education"),
        CheckConstraint(one_of("age", AGES), name="age"),
        CheckConstraint(one_of("language", LANGUAGES), name="language"),
        CheckConstraint(one_of("area_unemployment", AREA_BANDS), name="area_unemployment"),
        Index("ix_intake_service", "service_id"),
        {"info": organisers_rows(client="client_id", keeps=EVIDENCE)},
    )


class MunicipalityUnemployment(Base):
    """A municipality's unemployment rate of a month, as the authority imported it."""

    __tablename__ = "municipality_unemployment"

    municipality_code: Mapped[str] = mapped_column(ForeignKey("municipality.code"), primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    """2026-09"""
    rate_bp: Mapped[int]
    """Hundredths of a per cent of the labour force."""

    __table_args__ = (
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint(r"month ~ '^\d{4}-(0[1-9]|1[0-2])$'", name="month"),
        {"info": published(keeps="for ever: public statistics")},
    )
