"""The provider's one answer to a comment."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.quality.comments.commands.moderating import masked_words
from registry.quality.comments.model import CommentAnswer, PublishedComment
from registry.quality.comments.rules import ANSWER_LENGTH, AnswerState
from registry.quality.preview.model import ReleaseWithdrawal
from registry.shared.actor import Actor
from registry.shared.database import see
from registry.shared.errors import NotFound, Refused
from registry.shared.texts import passage


async def answer_comment(
    session: AsyncSession, *, actor: Actor, now: datetime, comment_id: UUID, words: str
) -> None:
    """Take in a provider's answer to a comment on itself: once, and read by a moderator before anybody sees it. It
    may answer as soon as it sees the comment, before the public does."""
    written = passage("words", words, longest=ANSWER_LENGTH)
    comment = await session.scalar(
        select(PublishedComment)
        .outerjoin(ReleaseWithdrawal, ReleaseWithdrawal.release_id == PublishedComment.release_id)
        .where(
            PublishedComment.id == comment_id,
            PublishedComment.provider_id == actor.provider_id,
            PublishedComment.withdrawn_at.is_(None),
            ReleaseWithdrawal.release_id.is_(None),
        )
    )
    if comment is None:
        raise NotFound("comment.unknown")
    # an organiser that the provider has left is no longer in its sight, but what is said of it there still is
    await see(session, replace(actor.sight, organisers=(comment.organiser_id,)))
    found = await masked_words(session, provider_id=comment.provider_id, words=written)
    session.add(
        CommentAnswer(
            comment_id=comment_id,
            organiser_id=comment.organiser_id,
            provider_id=comment.provider_id,
            written=written,
            masked=found.text,
            masked_kinds=list(found.kinds),
            state=str(AnswerState.SUBMITTED),
            submitted_at=now,
        )
    )
    try:
        await session.flush()
    except IntegrityError as error:
        raise Refused("answer.given_already") from error
    record(
        session,
        actor=actor,
        now=now,
        action="comment_answer.submitted",
        subject_kind="published_comment",
        subject_id=comment_id,
        organiser_id=comment.organiser_id,
        to_state=AnswerState.SUBMITTED,
        facts={"provider_id": comment.provider_id},
    )
