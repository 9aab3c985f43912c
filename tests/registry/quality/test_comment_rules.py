"""What may become of comments, answers and reports: every state against every state, and when a batch comes out."""

import itertools
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import pytest

from registry.quality.comments.rules import (
    ANSWER_TRANSITIONS,
    COMMENT_TRANSITIONS,
    REJECTIONS,
    REPORT_TRANSITIONS,
    AnswerState,
    CommentState,
    ReportState,
    ReportVerdict,
    Verdict,
    answer_may_become,
    has_reason,
    may_become,
    may_come_out,
    report_may_become,
    upheld,
)
from registry.shared.errors import ACCEPTED, Decision, Refusal

ALLOWED = {
    CommentState: {
        ("submitted", "approved"),
        ("submitted", "rejected"),
        ("approved", "published"),
        ("approved", "rejected"),
        ("published", "withdrawn"),
    },
    AnswerState: {("submitted", "approved"), ("submitted", "rejected"), ("approved", "withdrawn")},
    ReportState: {("open", "upheld"), ("open", "dismissed")},
}
RULES: list[tuple[Any, Mapping[Any, Any], Callable[[Any, Any], Decision], str]] = [
    (CommentState, COMMENT_TRANSITIONS, may_become, "comment.decided"),
    (AnswerState, ANSWER_TRANSITIONS, answer_may_become, "answer.decided"),
    (ReportState, REPORT_TRANSITIONS, report_may_become, "report.decided"),
]


@pytest.mark.parametrize(("states", "table", "rule", "code"), RULES)
def test_every_state_against_every_state(
    states: type[StrEnum], table: Mapping[Any, Any], rule: Callable[[Any, Any], Decision], code: str
) -> None:
    assert set(table) == set(states)
    for before, after in itertools.product(states, states):
        expected = ACCEPTED if (before, after) in ALLOWED[states] else Refusal(code, {"state": str(before)})
        assert rule(before, after) == expected, (before, after)


def test_what_is_kept_back_has_a_reason_of_the_list_and_nothing_else_has_one() -> None:
    for reason in REJECTIONS:
        assert has_reason(Verdict.REJECT, reason) == ACCEPTED
    assert has_reason(Verdict.APPROVE, None) == ACCEPTED
    assert has_reason(Verdict.REJECT, None) == Refusal("comment.reason_missing")
    assert has_reason(Verdict.REJECT, "unfriendly") == Refusal("comment.reason_missing")
    assert has_reason(Verdict.APPROVE, "health") == Refusal("comment.reason_without_rejection")


@pytest.mark.parametrize(
    ("reviewers", "since", "comes_out"),
    [(4, None, False), (5, None, True), (50, None, True), (50, 0, False), (50, 4, False), (50, 5, True)],
)
def test_comments_come_out_where_five_reviewed_and_five_since_the_last(
    reviewers: int, since: int | None, comes_out: bool
) -> None:
    assert (may_come_out(reviewers=reviewers, since_last=since) == ACCEPTED) == comes_out


@pytest.mark.parametrize(
    ("verdict", "comment", "answer"),
    [
        (ReportVerdict.KEEP, "dismissed", "dismissed"),
        (ReportVerdict.WITHDRAW_ANSWER, "dismissed", "upheld"),
        (ReportVerdict.WITHDRAW_COMMENT, "upheld", "upheld"),
    ],
)
def test_a_report_was_right_when_what_it_is_about_is_taken_down(
    verdict: ReportVerdict, comment: str, answer: str
) -> None:
    assert (upheld(verdict, "comment"), upheld(verdict, "answer")) == (comment, answer)
