"""Refusals about financial years."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "year.unknown": N_("There is no such year."),
    "year.not_ended": N_("The year has not ended yet."),
    "year.month_open": N_("Close the month %(month)s first."),
    "year.earlier_open": N_("Close the year %(year)s first. Years are closed in order."),
    "year.not_begun": N_("Nobody has begun to close this year."),
    "year.lines": N_("Say for each budget line where its open commitments go."),
    "year.line_missing": N_("Choose the next year’s budget line."),
    "year.line_other_year": N_("Choose a budget line of the next year."),
    "year.line_short": N_(
        "The budget line %(line)s is short: %(wanted)s are needed and %(left)s are left. Have more allocated to it, and"
        " go on."
    ),
    "change.line_closed": N_(
        "The budget line %(line)s grants nothing more: it or its year is closed. Grant a new voucher from another line."
    ),
}
