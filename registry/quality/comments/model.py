"""Comments on their way from the client to the public: masked, moderated, and published in a batch with a release."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.quality.comments.rules import REJECTIONS, AnswerState, CommentState, ReportState
from registry.quality.model import EVIDENCE
from registry.quality.rules import Moment
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published

ON_SHOW: Final = "as long as the release shows it; withdrawn at once when a report is found right"


class ReviewComment(Base):
    """A review's comment as moderators see it: patterns and names masked before anybody reads it. What the client
    wrote stays on the review, which only the client sees."""

    __tablename__ = "review_comment"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    client_id: Mapped[UUID]
    moment: Mapped[str]
    masked: Mapped[str]
    masked_kinds: Mapped[list[str]]
    """What was found and masked: identity_code, phone, address, name, …"""
    state: Mapped[str]
    rejected_for: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    submitted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("state", CommentState), name="state"),
        CheckConstraint(one_of("moment", Moment), name="moment"),
        CheckConstraint(f"rejected_for IS NULL OR {one_of('rejected_for', REJECTIONS)}", name="rejected_for"),
        CheckConstraint("(state = 'rejected') = (rejected_for IS NOT NULL)", name="rejected_with_reason"),
        CheckConstraint("(state = 'submitted') = (decided_at IS NULL)", name="decided"),
        Index(
            "ix_review_comment_queue",
            "organiser_id",
            "submitted_at",
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_review_comment_provider", "provider_id", "service_id"),
        {"info": organisers_rows(client="client_id", keeps=EVIDENCE)},
    )


class PublishedComment(Base):
    """A comment as the public reads it, without a date: the day would tell whose visit it was. The id is random for
    the same reason, and says nothing of the review."""

    __tablename__ = "published_comment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    moment: Mapped[str]
    comment: Mapped[str]
    answer: Mapped[str | None]
    """The provider's one answer, once it was approved."""
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("moment", Moment), name="moment"),
        Index("ix_published_comment_provider", "provider_id", "service_id"),
        {"info": published(keeps=ON_SHOW)},
    )


class CommentPublication(Base):
    """Which review a published comment came from: for the moderator alone."""

    __tablename__ = "comment_publication"

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("published_comment.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review_comment.review_id"), unique=True)
    client_id: Mapped[UUID]

    __table_args__ = ({"info": organisers_rows(client="client_id", keeps=EVIDENCE)},)


class CommentAnswer(Base):
    """A provider's answer to a published comment: one, moderated like the comment."""

    __tablename__ = "comment_answer"

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("published_comment.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    written: Mapped[str]
    """As the provider wrote it; shown to the provider alone."""
    masked: Mapped[str]
    masked_kinds: Mapped[list[str]]
    state: Mapped[str]
    rejected_for: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    submitted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("state", AnswerState), name="state"),
        CheckConstraint(f"rejected_for IS NULL OR {one_of('rejected_for', REJECTIONS)}", name="rejected_for"),
        CheckConstraint("(state = 'rejected') = (rejected_for IS NOT NULL)", name="rejected_with_reason"),
        CheckConstraint("(state = 'submitted') = (decided_at IS NULL)", name="decided"),
        {"info": organisers_rows(provider="provider_id", keeps=EVIDENCE)},
    )


class CommentReport(Base):
    """Somebody says that a published comment or answer should not stand. Anybody may, without signing in."""

    __tablename__ = "comment_report"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("published_comment.id"), index=True)
    about: Mapped[str]
    """comment | answer"""
    reason: Mapped[str]
    words: Mapped[str]
    state: Mapped[str]
    reported_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        CheckConstraint("about IN ('comment', 'answer')", name="about"),
        CheckConstraint(one_of("reason", REJECTIONS), name="reason"),
        CheckConstraint(one_of("state", ReportState), name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        {"info": organisers_rows(keeps="2 years after it was decided")},
    )
