"""Anybody may say that a published comment or answer should not stand; an officer decides."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about, open_case
from registry.cases.rules import CASE_KINDS, due_on
from registry.providers.commands.doors import require_officer
from registry.quality.comments.commands.moderating import masked_words, person_of
from registry.quality.comments.model import (
    CommentAnswer,
    CommentPublication,
    CommentReport,
    PublishedComment,
    ReviewComment,
)
from registry.quality.comments.rules import (
    ABOUT,
    REJECTIONS,
    REPORT_LENGTH,
    AnswerState,
    CommentState,
    ReportState,
    ReportVerdict,
    answer_may_become,
    may_become,
    report_may_become,
    upheld,
)
from registry.quality.model import Release
from registry.quality.preview.model import ReleaseWithdrawal
from registry.shared.actor import Actor, Sight, system
from registry.shared.database import see
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage

REPORTED: Final = "comment_reported"
SUBJECT: Final = "published_comment"


async def report_comment(
    session: AsyncSession, *, now: datetime, comment_id: UUID, about: str, reason: str, words: str
) -> UUID:
    """Take in a report on what the public can read, from whoever it is: we keep nothing that would tell. Several
    reports on one comment are one case. The words are masked too, for whoever complains of a name repeats it."""
    text = passage("words", words, longest=REPORT_LENGTH, required=False)
    if about not in ABOUT or reason not in REJECTIONS:
        raise Invalid(errors={"about" if about not in ABOUT else "reason": "field.not_a_choice"})
    comment = await session.get(PublishedComment, comment_id)
    if comment is None or comment.withdrawn_at is not None or (about == "answer" and comment.answer is None):
        raise NotFound("comment.unknown")
    release = await session.get_one(Release, comment.release_id)
    if release.public_from > now or await session.get(ReleaseWithdrawal, release.id) is not None:
        raise NotFound("comment.unknown")
    await see(session, Sight(organisers=(comment.organiser_id,)))
    actor = system(comment.organiser_id)
    report = CommentReport(
        id=uuid7(),
        organiser_id=comment.organiser_id,
        comment_id=comment_id,
        about=about,
        reason=reason,
        words=(await masked_words(session, provider_id=comment.provider_id, words=text)).text,
        state=str(ReportState.OPEN),
        reported_at=now,
    )
    session.add(report)
    record(
        session,
        actor=actor,
        now=now,
        action="comment.reported",
        subject_kind=SUBJECT,
        subject_id=comment_id,
        organiser_id=comment.organiser_id,
        facts={"about": about, "reason": reason, "provider_id": comment.provider_id},
    )
    await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=comment.organiser_id,
        kind=REPORTED,
        subject_kind=SUBJECT,
        subject_id=comment_id,
        due_on=due_on(REPORTED, local_date(now)),
        role=CASE_KINDS[REPORTED].role,
    )
    return report.id


async def decide_reports(
    session: AsyncSession, *, actor: Actor, now: datetime, comment_id: UUID, verdict: ReportVerdict
) -> None:
    """Decide what becomes of a reported comment: all open reports on it end, the case closes, and what is taken down
    is gone at once. Whoever wrote it is told, without who reported it."""
    require_officer(actor)
    comment = await session.get(PublishedComment, comment_id, with_for_update=True, populate_existing=True)
    if comment is None or comment.organiser_id not in actor.sight.organisers:
        raise NotFound("comment.unknown")
    reports = (
        await session.scalars(
            select(CommentReport)
            .where(CommentReport.comment_id == comment_id, CommentReport.state == ReportState.OPEN)
            .order_by(CommentReport.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    if not reports:
        raise Refused("report.decided")
    if verdict is ReportVerdict.WITHDRAW_ANSWER:
        await _withdraw_answer(session, now, comment)
    elif verdict is ReportVerdict.WITHDRAW_COMMENT:
        await _withdraw_comment(session, now, comment)
    for report in reports:
        to = upheld(verdict, report.about)
        require(report_may_become(ReportState(report.state), to))
        report.state, report.decided_at, report.decided_by = str(to), now, person_of(actor)
    record(
        session,
        actor=actor,
        now=now,
        action="comment.report_decided",
        subject_kind=SUBJECT,
        subject_id=comment_id,
        organiser_id=comment.organiser_id,
        facts={"verdict": verdict, "reports": len(reports), "provider_id": comment.provider_id},
    )
    await close_about(session, actor=actor, now=now, subject_id=comment_id, why=f"report.{verdict}")


async def _withdraw_answer(session: AsyncSession, now: datetime, comment: PublishedComment) -> None:
    answer = await session.get(CommentAnswer, comment.id, with_for_update=True, populate_existing=True)
    if answer is None or comment.answer is None:
        raise Refused("answer.unknown")
    require(answer_may_become(AnswerState(answer.state), AnswerState.WITHDRAWN))
    answer.state, comment.answer = str(AnswerState.WITHDRAWN), None
    enqueue(
        session,
        now=now,
        provider_id=comment.provider_id,
        organiser_id=comment.organiser_id,
        template="comment_answer.withdrawn",
    )


async def _withdraw_comment(session: AsyncSession, now: datetime, comment: PublishedComment) -> None:
    if comment.withdrawn_at is not None:
        raise Refused("comment.withdrawn_already")
    comment.withdrawn_at = now
    author = await session.scalar(
        select(ReviewComment)
        .join(CommentPublication, CommentPublication.review_id == ReviewComment.review_id)
        .where(CommentPublication.comment_id == comment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if author is None:  # the review's time is over, and nobody knows any more who wrote it
        return
    require(may_become(CommentState(author.state), CommentState.WITHDRAWN))
    author.state = str(CommentState.WITHDRAWN)
    enqueue(
        session,
        now=now,
        client_id=author.client_id,
        organiser_id=author.organiser_id,
        template="comment.withdrawn",
    )
