"""What is written down on the way to a decision on a provider, the decision, and what was sent against it."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.decisions.corrections.rules import Consent, CorrectionGround
from registry.providers.decisions.rules import (
    ADVERSE,
    CAME_BY,
    AppealState,
    DecisionKind,
    Ground,
    Mark,
    Subject,
)
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows
from registry.shared.working_days import NoticeBy

FILE = "with the application's file, for the period that the service's legal regime sets"


class ImpartialityDeclaration(Base):
    """What an officer declared before taking part in a matter (Administrative Procedure Act § 28). The latest holds;
    whoever has once declared a ground stays out."""

    __tablename__ = "impartiality_declaration"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    ground: Mapped[str | None]
    """None: declares that there is none."""
    note: Mapped[str] = mapped_column(default="")
    body_running: Mapped[str] = mapped_column(default="")
    body_deciding: Mapped[str] = mapped_column(default="")
    """Of the organiser's own unit: which body runs it, and which other body decides."""
    declared_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("subject_kind", Subject), name="subject_kind"),
        CheckConstraint(f"ground IS NULL OR {one_of('ground', Ground)}", name="ground"),
        Index("ix_impartiality_declaration_subject", "subject_id", "account_id"),
        {"info": organisers_rows(keeps=FILE)},
    )


class ChecklistMark(Base):
    """What an officer has noted of one criterion of an application; a draft until the decision copies it."""

    __tablename__ = "checklist_mark"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    """Of the point in the rule book."""
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    mark: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    paper_id: Mapped[UUID | None]
    """The paper that shows it."""
    noted_by: Mapped[UUID | None]
    noted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(f"mark IS NULL OR {one_of('mark', Mark)}", name="mark"),
        {"info": organisers_rows(keeps=FILE)},
    )


class Hearing(Base):
    """What is about to be held against a provider, and what it answered."""

    __tablename__ = "hearing"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    text: Mapped[str]
    points: Mapped[list[str]]
    """Codes of the criteria or terms that seem not to be met."""
    due_on: Mapped[date]
    """The last day to answer."""
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    """When it was answered, or found to have passed without an answer."""
    correcting_id: Mapped[UUID | None] = mapped_column(index=True)
    """The decision whose correction it is about."""
    consents: Mapped[bool | None]
    """Whether the provider agrees to that correction; None where it has not said."""

    __table_args__ = (
        CheckConstraint(one_of("subject_kind", Subject), name="subject_kind"),
        CheckConstraint("length(text) > 0", name="said"),
        CheckConstraint("answer IS NULL OR closed_at IS NOT NULL", name="answered_is_closed"),
        CheckConstraint(
            "consents IS NULL OR (correcting_id IS NOT NULL AND closed_at IS NOT NULL)", name="consents"
        ),
        Index(
            "uq_hearing_open",
            "subject_kind",
            "subject_id",
            unique=True,
            postgresql_where=sql("closed_at IS NULL"),
        ),
        Index("ix_hearing_subject", "subject_id"),
        Index("ix_hearing_due", "due_on", postgresql_where=sql("closed_at IS NULL")),
        {"info": organisers_rows(provider="provider_id", keeps=FILE)},
    )


class DecisionRecord(Base):
    """A decision that has gone out. What it says is frozen in its document, whose digest stands here: the text can be
    erased when its time is over, and can never be changed. A corrected decision is another that replaces this one."""

    __tablename__ = "decision"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    """What people call it by: `2026-7F3A9C21`."""
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"), unique=True)
    hearing_id: Mapped[UUID | None] = mapped_column(ForeignKey("hearing.id"))
    points: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What was found of each criterion: {"code", "mark"}; the reasons are in the document."""
    rule_book_version: Mapped[str | None]
    regime_digest: Mapped[str]
    language: Mapped[str]
    notice_by: Mapped[str]
    sent_on: Mapped[date]
    noticed_on: Mapped[date]
    last_day: Mapped[date]
    """On which what is sent against it has to be there, by this time."""
    closes: Mapped[time]
    digest: Mapped[str]
    """SHA-256 of the document's bytes."""
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime]
    correction: Mapped[str | None]
    """On what ground it corrects the one that it replaces, where no request for review asked for it."""
    consent: Mapped[str | None]
    """Why it may do so to the provider's disadvantage."""

    __table_args__ = (
        CheckConstraint(
            f"correction IS NULL OR (replaces IS NOT NULL AND {one_of('correction', CorrectionGround)})",
            name="correction",
        ),
        CheckConstraint(
            f"consent IS NULL OR (correction IS NOT NULL AND {one_of('consent', Consent)})", name="consent"
        ),
        CheckConstraint(
            one_of("subject_kind", (Subject.APPLICATION, Subject.ADMISSION)), name="subject_kind"
        ),
        CheckConstraint(one_of("kind", DecisionKind), name="kind"),
        CheckConstraint("language IN ('fi', 'sv', 'en')", name="language"),
        CheckConstraint(one_of("notice_by", NoticeBy), name="notice_by"),
        CheckConstraint("sent_on <= noticed_on AND noticed_on < last_day", name="period"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$' AND regime_digest ~ '^[0-9a-f]{64}$'", name="digest"),
        CheckConstraint(
            f"NOT {one_of('kind', sorted(ADVERSE))} OR hearing_id IS NOT NULL", name="adverse_is_heard"
        ),
        # two officers at once: the second finds the place taken
        Index(
            "uq_decision_first",
            "subject_id",
            unique=True,
            postgresql_where=sql(
                "subject_kind = 'application' AND replaces IS NULL AND kind IN ('approved', 'rejected')"
            ),
        ),
        Index("ix_decision_subject", "subject_id"),
        {
            "info": organisers_rows(
                provider="provider_id", append_only=True, keeps="while in the register, then 10 years"
            )
        },
    )


class DecisionDocument(Base):
    """What a decision says, word for word, as it went out."""

    __tablename__ = "decision_document"

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    content: Mapped[str]
    """Canonical JSON of `document.DecisionText`."""

    __table_args__ = ({"info": organisers_rows(provider="provider_id", keeps=FILE)},)


class Appeal(Base):
    """What was sent against a decision to the body that made it (oikaisuvaatimus)."""

    __tablename__ = "appeal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"), index=True)
    came_by: Mapped[str]
    arrived_at: Mapped[datetime]
    """When it was there, which for a letter is earlier than when it was entered."""
    late: Mapped[bool]
    text: Mapped[str]
    entered_by: Mapped[UUID | None]
    entered_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"), unique=True)
    """The decision on it."""

    __table_args__ = (
        CheckConstraint(one_of("state", AppealState), name="state"),
        CheckConstraint(one_of("came_by", CAME_BY), name="came_by"),
        CheckConstraint("length(text) > 0", name="said"),
        CheckConstraint("(state = 'received') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state IN ('received', 'withdrawn')) = (answer_id IS NULL)", name="answered"),
        Index("uq_appeal_open", "decision_id", unique=True, postgresql_where=sql("state = 'received'")),
        Index("ix_appeal_queue", "organiser_id", "state", "arrived_at"),
        {"info": organisers_rows(provider="provider_id", keeps=FILE)},
    )
