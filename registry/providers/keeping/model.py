"""What is kept of a provider while it is in the register: prices by their days, change requests, accepted rule books,
reminders that went out, what the company register answered at night, and oversight."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.decisions.model import FILE
from registry.providers.keeping.rules import Afterwards, ChangeState, CorrectiveState, InspectionState
from registry.providers.model import REGISTER
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published
from registry.shared.vat import VAT_CHECK

_NUMBER: Final = "registry_uuid_number(admission_id)"
_FIRST: Final = "(valid_from - DATE '0001-01-01')"
_LAST: Final = "(coalesce(valid_until, DATE '9999-12-31') - DATE '0001-01-01')"
SPAN: Final = f"numrange({_NUMBER} + {_FIRST}, {_NUMBER} + {_LAST}, '[)')"
"""The days of a price as a stretch of the number line that is this admission's alone: two of one admission that share a
day overlap there, and those of different admissions never meet. So plain GiST can exclude it, without an extension."""


class ServiceKeeping(Base):
    """How long a service's organiser gives notice and time, where it is not the default."""

    __tablename__ = "service_keeping"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    price_notice_days: Mapped[int]
    accept_within_days: Mapped[int]
    afterwards: Mapped[str]
    papers_again: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'::jsonb")
    )
    """Kind of paper → for how many months one counts while a provider is admitted, and since when that is asked:
    {"months": 12, "since": "2026-11-22"}. A kind that is not here counts until its own last day."""
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("price_notice_days BETWEEN 0 AND 365", name="price_notice"),
        CheckConstraint("accept_within_days BETWEEN 14 AND 365", name="accept_within"),
        CheckConstraint(one_of("afterwards", Afterwards), name="afterwards"),
        {"info": published(keeps=REGISTER)},
    )


class AdmissionPrice(Base):
    """A price of an admission and the days on which it holds, its last day excluded. `admission.unit_price_cents` is the
    one of today; an admission whose price has never been changed has no row here."""

    __tablename__ = "admission_price"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    admission_id: Mapped[UUID] = mapped_column(ForeignKey("admission.id"))
    unit_price_cents: Mapped[int]
    vat_rate_bp: Mapped[int]
    vat_category: Mapped[str | None]
    """S, E, AE, Z or O (`shared.vat`); None: from before it was asked."""
    vat_reason: Mapped[str | None]
    """Why there is no VAT in it, as an invoice has to say."""
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime]
    current_since: Mapped[datetime | None]
    """When it became the admission's price; none while its day has not come."""

    __table_args__ = (
        CheckConstraint("unit_price_cents >= 0", name="price_not_negative"),
        CheckConstraint("vat_rate_bp BETWEEN 0 AND 10000", name="vat_rate"),
        CheckConstraint(VAT_CHECK, name="vat_category"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="days"),
        ExcludeConstraint((text(SPAN), "&&"), name="ex_admission_price_overlap", using="gist"),
        Index("ix_admission_price_coming", "valid_from", postgresql_where=text("current_since IS NULL")),
        Index("ix_admission_price_admission", "admission_id", "valid_from"),
        {"info": published(keeps=REGISTER)},
    )


class AdmissionChange(Base):
    """A provider asks for a change of what it was approved with. What goes at once is here too, as approved."""

    __tablename__ = "admission_change"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    admission_id: Mapped[UUID] = mapped_column(ForeignKey("admission.id"), index=True)
    coach_id: Mapped[UUID | None] = mapped_column(ForeignKey("coach.id"))
    """Whom it is about, where it is about a coach; none: it is about the offer."""
    state: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Only what differs, by the names of the offer."""
    price_from: Mapped[date | None]
    """The day from which the new price is to hold, where one is asked."""
    words: Mapped[str] = mapped_column(default="")
    """What the provider says to it."""
    due_on: Mapped[date]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"))

    __table_args__ = (
        CheckConstraint(one_of("state", ChangeState), name="state"),
        CheckConstraint("(state = 'submitted') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'rejected' OR length(reason) > 0", name="rejection_has_reason"),
        Index(
            "uq_admission_change_waiting",
            "admission_id",
            "coach_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_admission_change_coach", "coach_id", postgresql_where=text("coach_id IS NOT NULL")),
        Index("ix_admission_change_queue", "organiser_id", "state", "due_on"),
        {"info": organisers_rows(provider="provider_id", keeps=FILE)},
    )


class RuleBookRound(Base):
    """A new version of a rule book, put before everyone who is admitted."""

    __tablename__ = "rule_book_round"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    version: Mapped[str]
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    """The last day on which it can be accepted."""
    afterwards: Mapped[str]
    ended_at: Mapped[datetime | None]
    """When those who had not accepted were seen to, or a newer version came."""

    __table_args__ = (
        UniqueConstraint("service_id", "version"),
        CheckConstraint(one_of("afterwards", Afterwards), name="afterwards"),
        {"info": organisers_rows(provider=None, keeps=REGISTER)},
    )


class RuleBookAcceptance(Base):
    """A provider has accepted a version of a rule book, point by point."""

    __tablename__ = "rule_book_acceptance"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    admission_id: Mapped[UUID] = mapped_column(ForeignKey("admission.id"))
    version: Mapped[str]
    version_before: Mapped[str]
    points: Mapped[list[str]]
    accepted_by: Mapped[UUID | None]
    accepted_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("admission_id", "version"),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps=REGISTER)},
    )


class AdmissionReminder(Base):
    """A reminder that went out, so that none does twice."""

    __tablename__ = "admission_reminder"

    admission_id: Mapped[UUID] = mapped_column(ForeignKey("admission.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    """The day or the version that it reminds of: another day is another matter."""
    step: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    sent_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('term', 'capacity', 'rule_book')", name="kind"),
        {"info": organisers_rows(keeps="2 years after it went out")},
    )


class CompanyCheck(Base):
    """What the company register said of a provider in the register when it was last asked, and when it is asked next."""

    __tablename__ = "company_check"

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """The last time that there was an answer."""
    outcome: Mapped[str]
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    concerns: Mapped[list[str]]
    failures: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("outcome IN ('found', 'not_found', 'unreachable')", name="outcome"),
        {"info": published(keeps="while in the register")},
    )


class Inspection(Base):
    """A visit or a check of papers by the organiser."""

    __tablename__ = "inspection"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    state: Mapped[str]
    planned_on: Mapped[date]
    held_on: Mapped[date | None]
    subject: Mapped[str]
    """What is looked at."""
    announced: Mapped[bool]
    """Whether the provider is told beforehand (Administrative Procedure Act § 39: as a rule it is)."""
    report: Mapped[str | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("state", InspectionState), name="state"),
        CheckConstraint("(state = 'held') = (held_on IS NOT NULL AND length(report) > 0)", name="held"),
        Index("ix_inspection_organiser", "organiser_id", "state", "planned_on"),
        {"info": organisers_rows(keeps="10 years after it was held")},
    )


class CorrectiveRequirement(Base):
    """What a provider has to put right, and by when."""

    __tablename__ = "corrective_requirement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"))
    finding_id: Mapped[UUID | None] = mapped_column(ForeignKey("oversight_finding.id"))
    state: Mapped[str]
    text: Mapped[str]
    due_on: Mapped[date]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    report: Mapped[str | None]
    """What the provider says that it has done."""
    reported_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]
    settled_words: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(one_of("state", CorrectiveState), name="state"),
        CheckConstraint("length(text) > 0", name="said"),
        CheckConstraint(
            "(state IN ('met', 'not_met', 'dropped')) = (settled_at IS NOT NULL)", name="settled"
        ),
        Index("ix_corrective_requirement_due", "organiser_id", "state", "due_on"),
        {"info": organisers_rows(provider="provider_id", keeps="10 years after it was settled")},
    )


class RetentionRun(Base):
    """What a run of `registry retention` took away, rule by rule."""

    __tablename__ = "retention_run"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str]
    on_day: Mapped[date]
    batches: Mapped[int]
    deleted: Mapped[int]
    pseudonymised: Mapped[int]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("rule", "on_day"),
        CheckConstraint("deleted >= 0 AND pseudonymised >= 0 AND batches >= 0", name="counts"),
        {"info": published(keeps="10 years")},
    )
