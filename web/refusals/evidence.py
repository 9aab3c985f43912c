"""Refusals around the evidence: categories, complaints, intake facts, previews, oversight."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "outcome.status_day_wrong": N_("The status must be of %(right_day)s, give or take a month."),
    "category.code_malformed": N_(
        "A category's code has small letters, digits and underscores, and starts with a letter."
    ),
    "release.withdrawn_already": N_("The release has been withdrawn."),
    "release.public_already": N_("The release is public. Errors could be pointed out through %(until)s."),
    "objection.unknown": N_("There is no such report of an error."),
    "objection.answered_already": N_("This has been answered already."),
    "visit.unknown": N_("There is no such visit."),
    "visit.not_recorded": N_("The visit no longer stands, so there is nothing to answer."),
    "visit.ruled_already": N_("An official has looked into this visit already."),
    "visit.not_disputed": N_("The client does not say that anything is wrong."),
    "no_show.unknown": N_("There is no such note."),
    "no_show.not_your_client": N_("The client has chosen another provider, so nothing more can be noted."),
    "no_show.in_future": N_("The day is later than today, %(today)s."),
    "no_show.too_old": N_("The day is too long ago: it can be noted from %(first_day)s on."),
    "no_show.recorded_already": N_("This day has been noted already."),
    "complaint.unknown": N_("There is no such complaint."),
    "complaint.open_already": N_("Your earlier complaint about this provider is still being looked into."),
    "complaint.decided_already": N_("The complaint has been decided or taken back already."),
    "finding.unknown": N_("There is no such finding."),
    "finding.not_now": N_("This cannot be done with the finding as it stands now."),
    "finding.not_heard_yet": N_(
        "The provider has until %(until)s to say its view."
        " The finding can be published when it has answered, or after that."
    ),
    "finding.answered_already": N_("You have answered already."),
    "finding.in_future": N_("The day is later than today."),
    "intake.months_out_of_range": N_("Give whole months, at most %(most)s."),
    "intake.education_unknown": N_("Choose one of the educations."),
    "intake.age_unknown": N_("The client's age is not on file, so there is nothing to compare by."),
    "intake.recorded_already": N_("The facts of this voucher were fixed when it was granted."),
    "intake.choice_made": N_("The client has chosen a provider: facts can only be fixed before that."),
    "row.months_malformed": N_("The months of unemployment are not a whole number."),
    "row.education_unknown": N_("There is no such education: basic, secondary, higher or not_known."),
    "category.incomplete": N_("A new category needs what it counts as, and a name in each language."),
}
