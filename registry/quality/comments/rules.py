"""What may become of a comment, a provider's answer to it, and a report about either."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from registry.quality.rules import FEWEST
from registry.shared.errors import ACCEPTED, Decision, Refusal


class CommentState(StrEnum):
    """`published` only ever by a release; `withdrawn` after a report was found right."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


COMMENT_TRANSITIONS: Final[Mapping[CommentState, frozenset[CommentState]]] = {
    CommentState.SUBMITTED: frozenset({CommentState.APPROVED, CommentState.REJECTED}),
    CommentState.APPROVED: frozenset({CommentState.PUBLISHED, CommentState.REJECTED}),
    CommentState.PUBLISHED: frozenset({CommentState.WITHDRAWN}),
    CommentState.REJECTED: frozenset(),
    CommentState.WITHDRAWN: frozenset(),
}


class AnswerState(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ANSWER_TRANSITIONS: Final[Mapping[AnswerState, frozenset[AnswerState]]] = {
    AnswerState.SUBMITTED: frozenset({AnswerState.APPROVED, AnswerState.REJECTED}),
    AnswerState.APPROVED: frozenset({AnswerState.WITHDRAWN}),
    AnswerState.REJECTED: frozenset(),
    AnswerState.WITHDRAWN: frozenset(),
}


class ReportState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


REPORT_TRANSITIONS: Final[Mapping[ReportState, frozenset[ReportState]]] = {
    ReportState.OPEN: frozenset({ReportState.UPHELD, ReportState.DISMISSED}),
    ReportState.UPHELD: frozenset(),
    ReportState.DISMISSED: frozenset(),
}

REJECTIONS: Final = (
    "names_a_person",
    "third_person",
    "health",
    "abuse",
    "threat",
    "advertising",
    "off_topic",
    "not_understandable",
)
"""Why a moderator may keep a text back. Criticism is not on the list, however harsh: an approved provider is judged
in public or not at all."""


class Verdict(StrEnum):
    """What a moderator says of a comment or an answer that waits."""

    APPROVE = "approve"
    REJECT = "reject"


class ReportVerdict(StrEnum):
    """What becomes of a comment that was reported."""

    KEEP = "keep"
    WITHDRAW_ANSWER = "withdraw_answer"
    WITHDRAW_COMMENT = "withdraw_comment"
    """With the answer to it, which would say what the comment said."""


ABOUT: Final = ("comment", "answer")
"""What a report, or a place in the queue, is about."""

ANSWER_LENGTH: Final = 1_000
REPORT_LENGTH: Final = 1_000


def may_become(state: CommentState, wanted: CommentState) -> Decision:
    return (
        ACCEPTED
        if wanted in COMMENT_TRANSITIONS[state]
        else Refusal("comment.decided", {"state": str(state)})
    )


def answer_may_become(state: AnswerState, wanted: AnswerState) -> Decision:
    return (
        ACCEPTED if wanted in ANSWER_TRANSITIONS[state] else Refusal("answer.decided", {"state": str(state)})
    )


def report_may_become(state: ReportState, wanted: ReportState) -> Decision:
    return (
        ACCEPTED if wanted in REPORT_TRANSITIONS[state] else Refusal("report.decided", {"state": str(state)})
    )


def has_reason(verdict: Verdict, reason: str | None) -> Decision:
    """Whoever keeps a text back says why, from the list; what is let through needs no reason."""
    if verdict is Verdict.REJECT and reason not in REJECTIONS:
        return Refusal("comment.reason_missing")
    if verdict is Verdict.APPROVE and reason:
        return Refusal("comment.reason_without_rejection")
    return ACCEPTED


def upheld(verdict: ReportVerdict, about: str) -> ReportState:
    """How a report ends by what was decided on the comment: right, if what it is about was taken down."""
    gone = {
        ReportVerdict.KEEP: (),
        ReportVerdict.WITHDRAW_ANSWER: ("answer",),
        ReportVerdict.WITHDRAW_COMMENT: ABOUT,
    }[verdict]
    return ReportState.UPHELD if about in gone else ReportState.DISMISSED


def may_come_out(*, reviewers: int, since_last: int | None) -> Decision:
    """Whether the comments on one provider, service and moment may be published with this release.

    `reviewers`: how many people have reviewed there; `since_last`: how many of them since the last comments came out,
    None where none ever did. Both must be five or more: a comment that came out right after a single visit would tell
    whose it was, and so would one that came out alone between two batches.
    """
    if reviewers < FEWEST:
        return Refusal("comment.too_few_reviewers", {"reviewers": reviewers, "fewest": FEWEST})
    if since_last is not None and since_last < FEWEST:
        return Refusal("comment.too_few_since", {"reviewers": since_last, "fewest": FEWEST})
    return ACCEPTED
