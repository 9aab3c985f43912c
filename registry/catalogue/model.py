"""Organisers, areas, services and the terms that vouchers are granted on: public facts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.catalogue.rules import (
    AUDIENCES,
    MOST_MONTHS,
    MOST_REPRESENTATION_DAYS,
    ORGANISER_KINDS,
    REPRESENTATION_DAYS,
    VALUE_KINDS,
)
from registry.shared.database import Base, one_of
from registry.shared.protection import published

STANDING = "as long as anything refers to it"


class EmploymentArea(Base):
    """One of the employment areas (työllisyysalue), by its code in the official classification."""

    __tablename__ = "employment_area"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_fi: Mapped[str]
    name_sv: Mapped[str]
    name_en: Mapped[str]

    __table_args__ = ({"info": published(keeps=STANDING)},)


class Municipality(Base):
    """A municipality, its area and the coordinates of its centre (WGS 84)."""

    __tablename__ = "municipality"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_fi: Mapped[str]
    name_sv: Mapped[str]
    employment_area_code: Mapped[str] = mapped_column(ForeignKey("employment_area.code"), index=True)
    longitude: Mapped[float | None] = mapped_column(Double)
    latitude: Mapped[float | None] = mapped_column(Double)
    """Both or neither: the official data lacks the centre of a municipality here and there, and a distance to it is
    then unknown."""

    __table_args__ = (
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="centre"),
        {"info": published(keeps=STANDING)},
    )


class Organiser(Base):
    """The authority that grants and pays."""

    __tablename__ = "organiser"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    """Short name for addresses and command lines: `oulu`."""
    kind: Mapped[str]
    name_fi: Mapped[str]
    name_sv: Mapped[str]
    name_en: Mapped[str]
    employment_area_code: Mapped[str | None] = mapped_column(ForeignKey("employment_area.code"))
    contact_email: Mapped[str]
    contact_phone: Mapped[str]
    business_id: Mapped[str | None]
    """Y-tunnus: the buyer on the invoices that are made here; None until somebody has told it."""
    fictional: Mapped[bool] = mapped_column(default=False)
    sandbox: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Where providers try out their own systems: in no register, no open data, no release and no statement."""
    representation_days: Mapped[int] = mapped_column(
        default=REPRESENTATION_DAYS, server_default=text(str(REPRESENTATION_DAYS))
    )
    """Within so many days somebody who asks to act for an organisation is answered; then the officers are reminded."""
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", ORGANISER_KINDS), name="kind"),
        CheckConstraint("NOT sandbox OR fictional", name="sandbox_is_fictional"),
        CheckConstraint("business_id ~ '^[0-9]{7}-[0-9]$'", name="business_id"),
        CheckConstraint(
            f"representation_days BETWEEN 1 AND {MOST_REPRESENTATION_DAYS}", name="representation_days"
        ),
        Index("uq_organiser_sandbox", "sandbox", unique=True, postgresql_where=text("sandbox")),
        {"info": published(keeps=STANDING)},
    )


class Service(Base):
    """What a voucher buys, at one organiser."""

    __tablename__ = "service"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    code: Mapped[str]
    name_fi: Mapped[str]
    name_sv: Mapped[str]
    name_en: Mapped[str]
    description_fi: Mapped[str] = mapped_column(default="")
    description_sv: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str] = mapped_column(default="")
    audience: Mapped[str]
    """person | company: who may hold its voucher."""
    free_by_law: Mapped[bool]
    """Where the law makes the service free to the client, no terms may allow an own share."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organiser_id", "code"),
        CheckConstraint(one_of("audience", AUDIENCES), name="audience"),
        {"info": published(keeps=STANDING)},
    )


class VoucherTerms(Base):
    """A version of a service's voucher terms. Versions are only added: a voucher points at the one it was granted
    on and carries a copy, so nothing is ever recomputed from today's settings."""

    __tablename__ = "voucher_terms"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    version: Mapped[int]
    kind: Mapped[str]
    """euros: a sum; units: a number of hours or sessions at a capped unit price; allowance: so much a month; results:
    by milestones."""
    value_cents: Mapped[int]
    """For units: units × ceiling, which is what the budget sets aside."""
    units: Mapped[int | None]
    """Hundredths of a unit: 10 hours = 1000."""
    unit_name: Mapped[str | None]
    """hour | session"""
    unit_price_ceiling_cents: Mapped[int]
    validity_days: Mapped[int]
    shortlist_size: Mapped[int] = mapped_column(default=3)
    own_share_allowed: Mapped[bool] = mapped_column(default=False)
    claim_window_days: Mapped[int] = mapped_column(default=0)
    confirm_within_days: Mapped[int] = mapped_column(default=5)
    reservation_days: Mapped[int] = mapped_column(default=14)
    rule_book_version: Mapped[str]
    created_at: Mapped[datetime]
    months: Mapped[int | None]
    carry_over: Mapped[bool | None]
    milestones: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    expected_release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))
    expected_measure: Mapped[str | None]
    retroactive_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    de_minimis: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __table_args__ = (
        UniqueConstraint("service_id", "version"),
        CheckConstraint(one_of("kind", VALUE_KINDS), name="kind"),
        CheckConstraint("value_cents > 0 AND unit_price_ceiling_cents > 0", name="positive"),
        CheckConstraint(
            "(kind = 'units') = (units IS NOT NULL AND unit_name IS NOT NULL)", name="units_named"
        ),
        CheckConstraint(
            "kind <> 'units' OR value_cents * 100 = units * unit_price_ceiling_cents", name="units_value"
        ),
        CheckConstraint(
            "(kind = 'allowance') = (months IS NOT NULL AND carry_over IS NOT NULL)"
            f" AND (months IS NULL OR months BETWEEN 1 AND {MOST_MONTHS})",
            name="allowance",
        ),
        CheckConstraint(
            "(kind = 'results') = (milestones IS NOT NULL) AND (kind <> 'results' OR NOT own_share_allowed)"
            " AND (expected_release_id IS NULL) = (expected_measure IS NULL)",
            name="results",
        ),
        CheckConstraint("retroactive_days BETWEEN 0 AND 365", name="retroactive_days"),
        UniqueConstraint("id", "own_share_allowed"),
        CheckConstraint("validity_days BETWEEN 1 AND 1095", name="validity_days"),
        CheckConstraint("shortlist_size BETWEEN 1 AND 10", name="shortlist_size"),
        CheckConstraint("claim_window_days BETWEEN 0 AND 365", name="claim_window_days"),
        {"info": published(append_only=True, keeps=STANDING)},
    )


class ReferenceImport(Base):
    """Which file of official facts was loaded, when, and what its bytes hash to."""

    __tablename__ = "reference_import"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int]
    valid_on: Mapped[date | None]
    imported_at: Mapped[datetime]

    __table_args__ = ({"info": published(append_only=True, keeps=STANDING)},)
