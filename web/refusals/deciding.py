"""Refusals on the way to a decision, and of what is sent against one."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "regime.missing": N_(
        "The service has no legal basis in force yet, so nothing can be decided."
        " The organiser’s administrator gives it one."
    ),
    "regime.not_confirmed": N_(
        "The legal basis of the service has not been confirmed, so nothing can be decided."
        " The organiser’s administrator confirms it."
    ),
    "regime.changed_since_confirmed": N_(
        "The legal basis of the service has changed since it was confirmed, so nothing can be decided"
        " before it is confirmed again."
    ),
    "regime.changed_since_read": N_(
        "The legal basis has changed while you were reading it. Read it again before you confirm."
    ),
    "regime.unchanged": N_("This is the legal basis that the service has already."),
    "regime.point_open": N_("Settle this point first, and tick it."),
    "regime.confirmation_wrong": N_("Something is still open."),
    "regime.decide_within_range": N_("Give a number of working days from 1 to 120."),
    "regime.hearing_days_range": N_("Give a number of working days from 5 to 60."),
    "regime.unreadable": N_("This is no legal basis: %(problem)s"),
    "regime.unknown": N_("The service has no legal basis yet."),
    "rule_book.unknown": N_("The service has no rule book yet."),
    "rule_book.wrong": N_("Some of the points are missing something."),
    "rule_book.unreadable": N_("The points cannot be read: %(problem)s"),
    "rule_book.version_malformed": N_("Give the version letters and digits, such as 2027-1."),
    "rule_book.version_taken": N_(
        "The version %(version)s has been published already. Give the new one another name."
    ),
    "rule_book.unchanged": N_("Nothing differs from version %(version)s."),
    "rule_book.points_range": N_("A rule book has from 1 to 60 points."),
    "rule_book.no_criterion": N_("A rule book needs at least one criterion, or everybody would be approved."),
    "rule_book.code_malformed": N_("A code has small letters, digits and low lines: stand_in."),
    "rule_book.code_twice": N_("Two points have the same code."),
    "rule_book.language_missing": N_("Every point is needed in Finnish, Swedish and English."),
    "rule_book.text_long": N_("A point is too long: at most 1,000 characters."),
    "rule_book.missing": N_(
        "The rule book %(version)s has never been published with its points, so nothing can be measured by it."
    ),
    "checklist.open": N_("%(open)s criteria have not been looked at yet."),
    "checklist.not_met": N_(
        "%(failed)s criteria are not met. Hear the applicant first if you are about to reject."
    ),
    "checklist.nothing_against": N_(
        "Every criterion is met or does not apply, so there is nothing to reject for."
    ),
    "checklist.reason_missing": N_(
        "Write the reason for each criterion that is not met. %(missing)s still lack one."
    ),
    "checklist.unknown_criterion": N_("The rule book has no such criterion."),
    "checklist.wrong": N_("Some of the notes cannot be kept as they are."),
    "hearing.unknown": N_("There is no such hearing."),
    "hearing.missing": N_("The applicant has not been heard, so the application cannot be rejected."),
    "hearing.not_on_this": N_(
        "The applicant has not been heard on %(unheard)s of the criteria that are not met. Hear it on those too."
    ),
    "hearing.not_over": N_("The hearing is not over yet."),
    "hearing.open_already": N_("The provider is being heard already."),
    "hearing.closed": N_("This hearing is over."),
    "hearing.time_over": N_("The time to answer ended on %(due_on)s."),
    "hearing.no_points": N_("Choose what seems not to be met."),
    "hearing.too_short": N_("Give at least until %(earliest)s to answer."),
    "hearing.not_working_day": N_("%(day)s is not a working day. Choose one."),
    "impartiality.not_declared": N_("Say first whether anything disqualifies you from this matter."),
    "impartiality.barred": N_(
        "You have declared that you are disqualified from this matter. Somebody else handles it."
    ),
    "impartiality.acts_for_provider": N_(
        "You act for this provider, or did within a year, so you are disqualified. Somebody else handles the matter."
    ),
    "impartiality.bodies_missing": N_(
        "The provider is the organiser’s own unit. Name the body that runs it and the body that decides."
    ),
    "impartiality.same_body": N_(
        "The organiser’s own unit is decided on by another body than the one that runs it."
    ),
    "decision.unknown": N_("There is no such decision."),
    "decision.legal_basis_missing": N_("Name the law or the rule that the rejection rests on."),
    "decision.replaced": N_("This decision has been corrected, and another one is in its place."),
    "decision.person_unknown": N_("It is not known who decides. Sign in under your own name."),
    "appeal.unknown": N_("There is no such request for review."),
    "appeal.wrong": N_("Something is missing or wrong."),
    "appeal.arrival_out_of_range": N_(
        "Give the day and the time at which it arrived, after the decision was sent."
    ),
    "appeal.open_already": N_("A request for review of this decision waits already."),
    "appeal.goes_to_court": N_("This decision can be appealed only to a court. The decision says how."),
    "appeal.own_decision": N_("You made the decision, so somebody else decides on the request."),
    "appeal.late": N_("The request came too late, so it is not examined."),
    "appeal.in_time": N_("The request came in time, so it has to be examined."),
    "appeal.decided_already": N_("This request has been decided or withdrawn already."),
    "appeal.nothing_to_correct": N_("There is nothing in this decision that could be corrected this way."),
    "hearing.consent_not_asked": N_("This hearing does not ask whether you agree."),
    "correction.not_into_this": N_("A decision of this kind cannot be corrected into that."),
    "correction.clerical_changes_outcome": N_(
        "A slip of the pen is put right without deciding anything else. Choose another ground."
    ),
    "correction.clerical_changes_finding": N_(
        "A slip of the pen is put right without finding anything else of a criterion. Choose another ground."
    ),
    "correction.too_old": N_("The time to correct this decision ended on %(last_day)s."),
    "correction.only_for_the_party": N_("New evidence corrects a decision only to the provider’s advantage."),
    "correction.consent_missing": N_(
        "It goes against the provider, so hear it first and ask whether it agrees."
        " Without that, only an obvious error of its own doing is corrected."
    ),
    "correction.no_hearing_needed": N_(
        "This decision can be corrected only to the provider’s advantage, so nobody is heard first."
    ),
    "correction.appeal_waits": N_("A request for review of this decision waits. Decide on that one."),
    "correction.asked_already": N_("You have asked for a correction already. Wait for the answer to it."),
    "correction.not_asked": N_("No request to correct this decision waits for an answer."),
    "correction.no_ruling": N_("No court has changed this decision, set it aside or sent it back."),
    "court.unknown": N_("There is no such appeal to a court."),
    "court.wrong": N_("Something is missing or wrong."),
    "court.filed_out_of_range": N_("Give a day from that of the decision to today."),
    "court.day_out_of_range": N_("Give a day from %(filed_on)s to today."),
    "court.pending_already": N_("An appeal against this decision is before a court already."),
    "court.settled_already": N_("The court has ended this matter already."),
    "attachment.unknown": N_("There is no such file."),
    "attachment.too_many": N_("At most %(most)s files can be added to one answer or request."),
    "attachment.closed": N_("The matter has been decided, so nothing is added to it any more."),
}
