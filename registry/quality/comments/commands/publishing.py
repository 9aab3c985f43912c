"""Comments come out in batches, with a release, never one by one and never with a date."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.quality.comments.model import CommentPublication, PublishedComment, ReviewComment
from registry.quality.comments.rules import CommentState, may_become, may_come_out
from registry.quality.model import Release, Review
from registry.quality.preview.model import ReleaseWithdrawal
from registry.shared.actor import Actor
from registry.shared.errors import Accepted, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage

Place = tuple[UUID, UUID, str]
"""(provider, service, moment): comments on each come out, or wait, by themselves."""


@dataclass(frozen=True, slots=True)
class ComingOut:
    """What came out with a release."""

    comments: int
    providers: int


async def publish_comments(
    session: AsyncSession, *, actor: Actor, now: datetime, release: Release
) -> ComingOut:
    """Publish the approved comments with a release, in its transaction: visible to the public when it is.

    Only of a provider, service and moment where five people have reviewed, five of them since comments on it came out
    last (`may_come_out`); the others wait for a later release. Comments of a release that was withdrawn come out with
    this one. Ids and order are random, so that nothing tells a comment's day. The providers are told, also of what was
    kept back meanwhile.
    """
    last = await _last_came_out(session, release)
    ripe = {
        place
        for place, people in (await _people(session, release.organiser_id, now, last)).items()
        if isinstance(may_come_out(reviewers=people[0], since_last=people[1]), Accepted)
    }
    chosen = [
        comment for comment in await _approved(session, release.organiser_id) if _place(comment) in ripe
    ]
    for comment in chosen:
        require(may_become(CommentState(comment.state), CommentState.PUBLISHED))
        comment.state = str(CommentState.PUBLISHED)
    await session.flush()
    secrets.SystemRandom().shuffle(chosen)
    await _write(session, release, chosen)
    await _take_over(session, release)
    providers = {comment.provider_id for comment in chosen}
    kept_back = await _kept_back(session, release, ripe)
    await _tell(session, now, release, providers=providers, template="comments.published")
    await _tell(session, now, release, providers=kept_back, template="comments.kept_back")
    record(
        session,
        actor=actor,
        now=now,
        action="comments.published",
        subject_kind="release",
        subject_id=release.id,
        organiser_id=release.organiser_id,
        facts={"comments": len(chosen), "providers": len(providers)},
    )
    return ComingOut(len(chosen), len(providers))


def _place(row: ReviewComment) -> Place:
    return row.provider_id, row.service_id, row.moment


async def _last_came_out(session: AsyncSession, release: Release) -> dict[Place, datetime]:
    """When comments on each place came out last."""
    found = await session.execute(
        select(
            PublishedComment.provider_id,
            PublishedComment.service_id,
            PublishedComment.moment,
            func.max(Release.released_at),
        )
        .join(Release, Release.id == PublishedComment.release_id)
        .where(PublishedComment.organiser_id == release.organiser_id)
        .group_by(PublishedComment.provider_id, PublishedComment.service_id, PublishedComment.moment)
    )
    return {(provider, service, moment): at for provider, service, moment, at in found}


async def _people(
    session: AsyncSession, organiser_id: UUID, now: datetime, last: Mapping[Place, datetime]
) -> dict[Place, tuple[int, int | None]]:
    """Place → how many people reviewed, and how many of them since comments came out last. A person counts once, by
    the first review."""
    firsts = (
        select(
            Review.provider_id,
            Review.service_id,
            Review.moment,
            Review.client_id,
            func.min(Review.submitted_at).label("first"),
        )
        .where(Review.organiser_id == organiser_id, Review.submitted_at <= now)
        .group_by(Review.provider_id, Review.service_id, Review.moment, Review.client_id)
        .subquery()
    )
    people: dict[Place, tuple[int, int | None]] = {}
    for provider, service, moment, days in await session.execute(
        select(
            firsts.c.provider_id,
            firsts.c.service_id,
            firsts.c.moment,
            func.array_agg(firsts.c.first),
        ).group_by(firsts.c.provider_id, firsts.c.service_id, firsts.c.moment)
    ):
        since = last.get((provider, service, moment))
        new = None if since is None else sum(day > since for day in days)
        people[provider, service, moment] = len(days), new
    return people


async def _approved(session: AsyncSession, organiser_id: UUID) -> Sequence[ReviewComment]:
    """Locked, so that no moderator changes their mind meanwhile."""
    found = await session.scalars(
        select(ReviewComment)
        .where(ReviewComment.organiser_id == organiser_id, ReviewComment.state == CommentState.APPROVED)
        .order_by(ReviewComment.review_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _write(session: AsyncSession, release: Release, chosen: Sequence[ReviewComment]) -> None:
    ids = {comment.review_id: uuid4() for comment in chosen}
    published = [
        {
            "id": ids[comment.review_id],
            "organiser_id": comment.organiser_id,
            "service_id": comment.service_id,
            "provider_id": comment.provider_id,
            "release_id": release.id,
            "moment": comment.moment,
            "comment": comment.masked,
        }
        for comment in chosen
    ]
    links = [
        {
            "comment_id": ids[comment.review_id],
            "organiser_id": comment.organiser_id,
            "review_id": comment.review_id,
            "client_id": comment.client_id,
        }
        for comment in chosen
    ]
    if chosen:
        await session.execute(insert(PublishedComment), published)
        await session.execute(insert(CommentPublication), links)


async def _take_over(session: AsyncSession, release: Release) -> None:
    """What a withdrawn release held comes out with this one: the comments were never what was wrong with it."""
    withdrawn = select(ReleaseWithdrawal.release_id).where(
        ReleaseWithdrawal.organiser_id == release.organiser_id
    )
    await session.execute(
        update(PublishedComment)
        .where(
            PublishedComment.organiser_id == release.organiser_id,
            PublishedComment.release_id.in_(withdrawn),
            PublishedComment.withdrawn_at.is_(None),
        )
        .values(release_id=release.id)
    )


async def _kept_back(session: AsyncSession, release: Release, ripe: set[Place]) -> set[UUID]:
    """The providers of whom a comment was kept back since the release before, where enough people reviewed."""
    before = await session.scalar(
        select(func.max(Release.released_at)).where(
            Release.organiser_id == release.organiser_id, Release.number < release.number
        )
    )
    query = select(ReviewComment).where(
        ReviewComment.organiser_id == release.organiser_id, ReviewComment.state == CommentState.REJECTED
    )
    if before is not None:
        query = query.where(ReviewComment.decided_at > before)
    return {row.provider_id for row in await session.scalars(query) if _place(row) in ripe}


async def _tell(
    session: AsyncSession, now: datetime, release: Release, *, providers: set[UUID], template: str
) -> None:
    messages = [
        {
            "id": uuid7(),
            "provider_id": provider_id,
            "organiser_id": release.organiser_id,
            "template": template,
            "facts": {},
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        }
        for provider_id in sorted(providers)
    ]
    if messages:
        await session.execute(insert(OutboxMessage), messages)
