"""Reading comments: the public's, the provider's own, and what waits for a moderator, who never sees what was written
but only what is left of it once it is masked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, null, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.providers.model import Provider
from registry.quality.comments.model import CommentAnswer, CommentReport, PublishedComment, ReviewComment
from registry.quality.comments.rules import AnswerState, CommentState, ReportState
from registry.quality.model import Release
from registry.quality.preview.model import ReleaseWithdrawal
from registry.quality.queries import is_public


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment as the public reads it, with its marks (⟦name⟧) still to be put into words."""

    id: UUID
    organiser_id: UUID
    provider_id: UUID
    service_id: UUID
    moment: str
    comment: str
    answer: str | None


_PUBLIC = (
    PublishedComment.id,
    PublishedComment.organiser_id,
    PublishedComment.provider_id,
    PublishedComment.service_id,
    PublishedComment.moment,
    PublishedComment.comment,
    PublishedComment.answer,
)


def _public(now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(*_PUBLIC)
        .join(Release, Release.id == PublishedComment.release_id)
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
        .where(is_public(now), PublishedComment.withdrawn_at.is_(None))
    )


async def published_comments(
    session: AsyncSession,
    *,
    provider_ids: Collection[UUID],
    now: datetime,
    service_id: UUID | None = None,
    most: int = 50,
) -> dict[UUID, list[CommentView]]:
    """Provider → the comments on it that are public at the time, at most so many of each, in one query. Their order is
    that of their random ids: it says nothing, and stays the same. Which language one is written in is not known."""
    place = (
        func.row_number().over(partition_by=PublishedComment.provider_id, order_by=PublishedComment.id)
    ).label("place")
    numbered = _public(now).add_columns(place).where(PublishedComment.provider_id.in_(list(provider_ids)))
    if service_id is not None:
        numbered = numbered.where(PublishedComment.service_id == service_id)
    inner = numbered.subquery()
    rows = await session.execute(
        select(*(inner.c[column.key] for column in _PUBLIC)).where(inner.c.place <= most).order_by(inner.c.id)
    )
    found: dict[UUID, list[CommentView]] = {}
    for row in rows:
        found.setdefault(row.provider_id, []).append(CommentView(*row))
    return found


async def public_comment(session: AsyncSession, *, comment_id: UUID, now: datetime) -> CommentView | None:
    """One comment, while the public can read it."""
    row = (await session.execute(_public(now).where(PublishedComment.id == comment_id))).one_or_none()
    return CommentView(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class OwnComment:
    """A comment as its provider sees it: as soon as it is in a release, with what became of the answer."""

    comment: CommentView
    service_name: Names
    public_from: datetime
    answered: str | None
    """As the provider wrote it."""
    answer_state: str | None
    answer_rejected_for: str | None


async def own_comments(session: AsyncSession, *, provider_id: UUID) -> list[OwnComment]:
    """The comments on a provider, also those that the public does not see yet; needs the provider's sight."""
    rows = await session.execute(
        select(
            *_PUBLIC,
            Service.name_fi,
            Service.name_sv,
            Service.name_en,
            Release.public_from,
            CommentAnswer.written,
            CommentAnswer.state,
            CommentAnswer.rejected_for,
        )
        .join(Release, Release.id == PublishedComment.release_id)
        .join(Service, Service.id == PublishedComment.service_id)
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == Release.id)
        .outerjoin(CommentAnswer, CommentAnswer.comment_id == PublishedComment.id)
        .where(
            PublishedComment.provider_id == provider_id,
            PublishedComment.withdrawn_at.is_(None),
            ReleaseWithdrawal.release_id.is_(None),
        )
        .order_by(Release.public_from.desc(), PublishedComment.id)
    )
    return [
        OwnComment(CommentView(*row[:7]), Names(*row[7:10]), row[10], row[11], row[12], row[13])
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment or an answer that waits for a moderator."""

    about: str
    """comment | answer"""
    id: UUID
    """Of the review, or of the published comment that is answered."""
    provider_id: UUID
    provider_name: str
    service_id: UUID
    service_name: Names
    moment: str
    masked: str
    masked_kinds: Sequence[str]
    answers: str | None
    """The comment that an answer is to."""
    submitted_at: datetime


Place = tuple[datetime, UUID]


def _waiting(state: CommentState = CommentState.SUBMITTED) -> Any:
    """Comments in this state and answers that wait, in one list: no column of the client's, and not the words as they
    were written."""
    comments = select(
        literal("comment").label("about"),
        ReviewComment.review_id.label("id"),
        ReviewComment.provider_id,
        ReviewComment.service_id,
        ReviewComment.moment,
        ReviewComment.masked,
        ReviewComment.masked_kinds,
        null().label("answers"),
        ReviewComment.submitted_at,
    ).where(ReviewComment.state == state)
    answers = (
        select(
            literal("answer"),
            CommentAnswer.comment_id,
            CommentAnswer.provider_id,
            PublishedComment.service_id,
            PublishedComment.moment,
            CommentAnswer.masked,
            CommentAnswer.masked_kinds,
            PublishedComment.comment,
            CommentAnswer.submitted_at,
        )
        .join(PublishedComment, PublishedComment.id == CommentAnswer.comment_id)
        .where(CommentAnswer.state == AnswerState.SUBMITTED, PublishedComment.withdrawn_at.is_(None))
    )
    return union_all(comments, answers).subquery("waiting")


async def waiting(
    session: AsyncSession, *, about: str | None = None, after: Place | None = None, limit: int = 10
) -> tuple[list[Waiting], Place | None]:
    """What waits for a moderator of the organisers in sight, oldest first, and where the next page starts."""
    return await _listed(session, _waiting(), about, after, limit)


async def let_through(
    session: AsyncSession, *, after: Place | None = None, limit: int = 10
) -> tuple[list[Waiting], Place | None]:
    """The comments that were let through and wait for a release: there is still time for a second look."""
    return await _listed(session, _waiting(CommentState.APPROVED), "comment", after, limit)


async def _listed(
    session: AsyncSession, queue: Any, about: str | None, after: Place | None, limit: int
) -> tuple[list[Waiting], Place | None]:
    query = (
        select(queue, Provider.name, Service.name_fi, Service.name_sv, Service.name_en)
        .join(Provider, Provider.id == queue.c.provider_id)
        .join(Service, Service.id == queue.c.service_id)
        .order_by(queue.c.submitted_at, queue.c.id)
        .limit(limit + 1)
    )
    if about is not None:
        query = query.where(queue.c.about == about)
    if after is not None:
        query = query.where(tuple_(queue.c.submitted_at, queue.c.id) > tuple_(*after))
    found = [
        Waiting(
            about=row.about,
            id=row.id,
            provider_id=row.provider_id,
            provider_name=row.name,
            service_id=row.service_id,
            service_name=Names(row.name_fi, row.name_sv, row.name_en),
            moment=row.moment,
            masked=row.masked,
            masked_kinds=row.masked_kinds,
            answers=row.answers,
            submitted_at=row.submitted_at,
        )
        for row in await session.execute(query)
    ]
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], (last.submitted_at, last.id)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for a moderator."""

    comments: int
    answers: int
    reported: int
    """Comments on which there are open reports."""


async def counts(session: AsyncSession) -> Counts:
    """In one query."""
    queue = _waiting()
    reported = select(func.count(CommentReport.comment_id.distinct())).where(
        CommentReport.state == ReportState.OPEN
    )
    row = (
        await session.execute(
            select(
                func.count().filter(queue.c.about == "comment"),
                func.count().filter(queue.c.about == "answer"),
                reported.scalar_subquery(),
            ).select_from(queue)
        )
    ).one()
    return Counts(*row)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says against a comment or an answer."""

    about: str
    reason: str
    words: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """A comment with the open reports on it, oldest first."""

    comment: CommentView
    provider_name: str
    service_name: Names
    withdrawn_at: datetime | None
    reports: Sequence[Report]


async def reported(session: AsyncSession, *, comment_id: UUID | None = None) -> list[Reported]:
    """The comments that were reported and wait for a decision, the one that has waited longest first."""
    query = (
        select(
            *_PUBLIC,
            Provider.name,
            Service.name_fi,
            Service.name_sv,
            Service.name_en,
            PublishedComment.withdrawn_at,
            CommentReport.about,
            CommentReport.reason,
            CommentReport.words,
            CommentReport.reported_at,
        )
        .join(CommentReport, CommentReport.comment_id == PublishedComment.id)
        .join(Provider, Provider.id == PublishedComment.provider_id)
        .join(Service, Service.id == PublishedComment.service_id)
        .where(CommentReport.state == ReportState.OPEN)
        .order_by(CommentReport.reported_at, CommentReport.id)
    )
    if comment_id is not None:
        query = query.where(PublishedComment.id == comment_id)
    found: dict[UUID, tuple[Any, list[Report]]] = {}
    for row in await session.execute(query):
        found.setdefault(row.id, (row, []))[1].append(
            Report(about=row.about, reason=row.reason, words=row.words, reported_at=row.reported_at)
        )
    return [
        Reported(CommentView(*row[:7]), row[7], Names(*row[8:11]), row[11], reports)
        for row, reports in found.values()
    ]
