"""What may become of a comment, a provider's answer to it, and a report about either."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

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


def may_become(state: CommentState, wanted: CommentState) -> Decision:
    return (
        ACCEPTED
        if wanted in COMMENT_TRANSITIONS[state]
        else Refusal("comment.decided", {"state": str(state)})
    )
