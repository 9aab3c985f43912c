"""Refusals of reviews, outcomes and releases."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "release.unknown": N_("There is no such release."),
    "review.nothing_redeemed": N_("You can review a provider once it has given you the service."),
    "review.service_goes_on": N_("Tick the box if the service is over. If it is not, come back when it is."),
    "review.too_early": N_("The second review is asked for half a year after the service."),
    "review.given_already": N_("You have reviewed this provider already. Thank you."),
    "review.score_out_of_range": N_("Choose a number from 0 to 10."),
    "review.comment_too_long": N_("The text is too long: at most 2,000 characters."),
    "outcomes.malformed": N_("The report has rows that cannot be read, so nothing was recorded."),
    "outcome.month_unknown": N_("The month must be 3, 6 or 12."),
    "outcome.category_unknown": N_("There is no such outcome category."),
    "outcome.people_out_of_range": N_("The number of people must be at least 1, and 1 for a voucher."),
    "outcome.reference_malformed": N_("The reference must have 1 to 100 characters."),
    "outcome.provider_missing": N_("The row names no provider, and the voucher was redeemed nowhere."),
}
