"""What happens to comments: they wait, are decided, come out with a release, are answered, reported and erased."""

from registry.quality.comments.commands.answering import answer_comment
from registry.quality.comments.commands.moderating import (
    erase_comments,
    moderate_answer,
    moderate_comment,
    queue_comment,
)
from registry.quality.comments.commands.publishing import publish_comments
from registry.quality.comments.commands.reporting import decide_reports, report_comment

__all__ = [
    "answer_comment",
    "decide_reports",
    "erase_comments",
    "moderate_answer",
    "moderate_comment",
    "publish_comments",
    "queue_comment",
    "report_comment",
]
