"""The queue: what waits for a moderator, and what the moderator says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import require_officer
from registry.providers.model import Coach, Provider
from registry.quality.comments.masking import Masked, mask
from registry.quality.comments.model import CommentAnswer, CommentPublication, PublishedComment, ReviewComment
from registry.quality.comments.rules import (
    AnswerState,
    CommentState,
    Verdict,
    answer_may_become,
    has_reason,
    may_become,
)
from registry.quality.model import Review
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refusal, require
from registry.shared.outbox import enqueue

_COMMENT: Final = {Verdict.APPROVE: CommentState.APPROVED, Verdict.REJECT: CommentState.REJECTED}
_ANSWER: Final = {Verdict.APPROVE: AnswerState.APPROVED, Verdict.REJECT: AnswerState.REJECTED}


def person_of(actor: Actor) -> UUID | None:
    """The account of who decides; a machine's token has none, and stands in the audit trail."""
    return actor.id if actor.kind == "account" else None


async def masked_words(session: AsyncSession, *, provider_id: UUID, words: str) -> Masked:
    """Words on a provider, masked: its name stays, and its coaches are coaches."""
    name = await session.scalar(select(Provider.name).where(Provider.id == provider_id))
    coaches = await session.scalars(select(Coach.first_name).where(Coach.provider_id == provider_id))
    return mask(words, organisation=name or "", coaches=coaches.all())


async def queue_comment(session: AsyncSession, *, review: Review) -> None:
    """Put a review's comment before the moderators, masked. What the client wrote stays on the review."""
    if review.comment is None:
        return
    found = await masked_words(session, provider_id=review.provider_id, words=review.comment)
    session.add(
        ReviewComment(
            review_id=review.id,
            organiser_id=review.organiser_id,
            service_id=review.service_id,
            provider_id=review.provider_id,
            client_id=review.client_id,
            moment=review.moment,
            masked=found.text,
            masked_kinds=list(found.kinds),
            state=str(CommentState.SUBMITTED),
            submitted_at=review.submitted_at,
        )
    )
    await session.flush()


async def moderate_comment(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    review_id: UUID,
    verdict: Verdict,
    reason: str | None = None,
    seen: CommentState = CommentState.SUBMITTED,
) -> None:
    """Let a comment through or keep it back for one of the reasons; its scores count either way. `seen` is the state
    in which the moderator saw it: of two who decide at once the second is refused, and does not overrule the first.

    The client is told, with the reason. The provider is told of what was kept back together with the next comments
    that come out: a message right now would tell it who has just written.
    """
    require_officer(actor)
    require(has_reason(verdict, reason))
    comment = await session.get(ReviewComment, review_id, with_for_update=True, populate_existing=True)
    if comment is None:
        raise NotFound("comment.unknown")
    before, to = CommentState(comment.state), _COMMENT[verdict]
    require(may_become(before, to) if before is seen else Refusal("comment.decided", {"state": str(before)}))
    _decide(
        session,
        comment,
        actor=actor,
        now=now,
        to=to,
        reason=reason,
        name="comment",
        subject=("review", review_id),
        tell={"client_id": comment.client_id},
    )


async def moderate_answer(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    comment_id: UUID,
    verdict: Verdict,
    reason: str | None = None,
) -> None:
    """Let a provider's answer through, so that it stands under the comment at once, or keep it back; the provider is
    told, with the reason."""
    require_officer(actor)
    require(has_reason(verdict, reason))
    # the comment first, then the answer: everything that touches both takes them in this order
    comment = await session.get(PublishedComment, comment_id, with_for_update=True, populate_existing=True)
    answer = await session.get(CommentAnswer, comment_id, with_for_update=True, populate_existing=True)
    if comment is None or answer is None:
        raise NotFound("answer.unknown")
    before, to = AnswerState(answer.state), _ANSWER[verdict]
    require(answer_may_become(before, to))
    if to is AnswerState.APPROVED:
        comment.answer = answer.masked
    _decide(
        session,
        answer,
        actor=actor,
        now=now,
        to=to,
        reason=reason,
        name="comment_answer",
        subject=("published_comment", comment_id),
        tell={"provider_id": answer.provider_id},
    )


def _decide(
    session: AsyncSession,
    words: ReviewComment | CommentAnswer,
    *,
    actor: Actor,
    now: datetime,
    to: CommentState | AnswerState,
    reason: str | None,
    name: str,
    subject: tuple[str, UUID],
    tell: Mapping[str, UUID],
) -> None:
    """Write down what the moderator said of a comment or an answer, and tell whoever wrote it, with the reason."""
    before = words.state
    words.state, words.rejected_for = str(to), reason or None
    words.decided_at, words.decided_by = now, person_of(actor)
    record(
        session,
        actor=actor,
        now=now,
        action=f"{name}.{to}",
        subject_kind=subject[0],
        subject_id=subject[1],
        organiser_id=words.organiser_id,
        from_state=before,
        to_state=to,
        facts={"provider_id": words.provider_id, "reason": words.rejected_for},
    )
    enqueue(
        session,
        now=now,
        organiser_id=words.organiser_id,
        template=f"{name}.{to}",
        facts={"reason": words.rejected_for} if words.rejected_for else {},
        **tell,
    )


async def erase_comments(
    session: AsyncSession, *, actor: Actor, now: datetime, review_ids: Sequence[UUID], public_too: bool
) -> int:
    """Delete the words of reviews: what the client wrote, what the moderators saw, and the link from a published
    comment to its author. The scores stay, so that no count changes.

    `public_too`: what is published is taken down and its words deleted as well, with the answer, as when the client
    asks for it; when a review's time is over it stays, for it names nobody and no longer leads to anybody.
    """
    published = select(CommentPublication.comment_id).where(CommentPublication.review_id.in_(review_ids))
    if public_too:
        taken_down = {"comment": "", "answer": None, "withdrawn_at": now}
        ids = (await session.scalars(published)).all()
        await session.execute(update(PublishedComment).where(PublishedComment.id.in_(ids)).values(taken_down))
    await session.execute(delete(CommentPublication).where(CommentPublication.review_id.in_(review_ids)))
    await session.execute(delete(ReviewComment).where(ReviewComment.review_id.in_(review_ids)))
    erased = await session.scalars(
        update(Review)
        .where(Review.id.in_(review_ids), Review.comment.is_not(None))
        .values(comment=None)
        .returning(Review)
    )
    reviews = erased.all()
    for review in reviews:
        record(
            session,
            actor=actor,
            now=now,
            action="comment.erased",
            subject_kind="review",
            subject_id=review.id,
            organiser_id=review.organiser_id,
            facts={"public_too": public_too},
        )
    return len(reviews)
