"""Refusals of comments, answers and reports."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "comment.unknown": N_("There is no such comment."),
    "comment.decided": N_("Somebody has decided on this comment meanwhile."),
    "comment.reason_missing": N_("Choose why the text is kept back."),
    "comment.reason_without_rejection": N_("A text that is let through needs no reason."),
    "comment.withdrawn_already": N_("The comment has been taken down already."),
    "comment.too_few_reviewers": N_("Comments come out once %(fewest)s people have reviewed the provider."),
    "comment.too_few_since": N_(
        "Comments come out once %(fewest)s more people have reviewed the provider since the last ones."
    ),
    "answer.unknown": N_("There is no such answer."),
    "answer.decided": N_("Somebody has decided on this answer meanwhile."),
    "answer.given_already": N_("You have answered this comment already. Each comment can be answered once."),
    "report.decided": N_("Somebody has decided on the reports about this comment meanwhile."),
}
