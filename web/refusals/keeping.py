"""Refusals of what is kept of an approval: prices, changes, rule books, oversight."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "admission.not_heard": N_(
        "The provider has not been heard about this yet, so nothing can be decided against it."
    ),
    "admission.legal_basis_missing": N_("Name the law or the rule that the decision rests on."),
    "price.notice_too_short": N_(
        "A higher price takes effect after its notice: %(earliest)s is the first day on which it can hold."
    ),
    "price.above_ceiling": N_(
        "The service pays at most %(ceiling)s a unit. Ask for a change: an officer decides on a higher price."
    ),
    "price.same": N_("This is the price that holds already."),
    "change.unknown": N_("There is no such change."),
    "change.nothing": N_("Nothing differs from what you are approved with."),
    "change.not_allowed": N_("Something in this does not fit the terms of the service."),
    "change.open_already": N_("An earlier change still waits for a decision. Withdraw it, or wait."),
    "change.changed_since": N_(
        "Changed since this was asked: %(changed_fields)s. "
        "The change cannot be approved as it was asked. It can be asked for again."
    ),
    "change.coach_ended": N_("The coach no longer works for the provider, so there is nothing to approve."),
    "change.coach_outside_since": N_(
        "Since this was asked, the coach has got a name or a qualification that has not been looked at here, "
        "and is no part of this approval. The provider can ask for the whole coach."
    ),
    "change.decided_already": N_("This change has been decided already."),
    "keeping.wrong": N_("Something is not as it should be."),
    "keeping.notice_range": N_("Give a number of days from 0 to 365."),
    "keeping.again_range": N_("Give 1–60 months, or leave it empty."),
    "keeping.accept_range": N_("Give a number of days from 14 to 365."),
    "rule_book.newer_version": N_("A newer version, %(version)s, has come meanwhile. Read that one."),
    "rule_book.points_open": N_("Some points have not been accepted."),
    "rule_book.point_open": N_("Accept this point. If you cannot, leave it and contact the authority."),
    "rule_book.round_over": N_("The time to accept this version is over."),
    "rule_book.only_later": N_("The last day can only be moved later."),
    "inspection.unknown": N_("There is no such inspection."),
    "inspection.past": N_("Give a day that has not passed."),
    "inspection.future": N_("Give the day on which it was held."),
    "inspection.not_now": N_("This inspection has been held or called off already."),
    "corrective.unknown": N_("There is nothing like that to put right."),
    "corrective.past": N_("Give a day that is still to come."),
    "corrective.not_now": N_("This has been settled already."),
}
