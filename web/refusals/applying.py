"""Refusals of applying: drafts, papers, accounts, sites."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "door.office_only": N_("This is for the office of the organisation. Ask a colleague who has that right."),
    "draft.unknown": N_("There is no application that has been begun. Begin one first."),
    "draft.unanswered": N_("This has not been answered yet."),
    "draft.no_service": N_("Choose at least one service."),
    "draft.service_gone": N_("One of the services can no longer be applied for."),
    "draft.too_many_services": N_("One application takes at most 20 services."),
    "draft.no_site": N_("Choose at least one site, or serve remotely only."),
    "draft.site_gone": N_("One of the sites is no longer in use. Choose again."),
    "draft.no_coach": N_("Choose at least one coach."),
    "draft.coach_incomplete": N_("One of the coaches has left, or lacks a surname or a qualification."),
    "draft.insurance_over": N_("The insurance ended on %(until)s. Give one that is in force."),
    "draft.sum_range": N_("Give the sum insured in euros."),
    "draft.employer_unsaid": N_("Say whether you have employees."),
    "draft.papers_lacking": N_("Papers that are missing or too old: %(count)s."),
    "draft.no_account": N_("Give the bank account that you are paid to."),
    "draft.rule_book_changed": N_("The rule book has a new version. Read it and accept it again."),
    "draft.points_left": N_("Points that are not accepted yet: %(count)s."),
    "draft.price_start_past": N_("The day from which the price holds has passed."),
    "draft.changed_meanwhile": N_("The answers have been changed since you looked. Check them again."),
    "draft.incomplete": N_("The application is not whole yet."),
    "draft.invalid": N_("Some of the information is missing or wrong."),
    "draft.not_declared": N_("Confirm that what you have said is true."),
    "evidence.missing": N_("This paper is missing."),
    "evidence.no_longer_valid": N_("The paper held until %(until)s. Send a newer one."),
    "evidence.unknown": N_("There is no such paper."),
    "evidence.withdrawn": N_("This paper was taken back, or another took its place."),
    "evidence.invalid": N_("Some of the information is missing or wrong."),
    "evidence.ends_before_it_begins": N_("The last day must not be before the day on which it was given."),
    "evidence.shared_already": N_("An authority has been shown this paper, so it cannot be taken back."),
    "bank_account.invalid": N_("Some of the information is missing or wrong."),
    "bank_account.iban_wrong": N_("Check the account number. It looks like FI21 1234 5600 0007 85."),
    "bank_account.in_force_already": N_("This account is in force already."),
    "bank_account.waiting_already": N_("Another account waits for confirmation. Take it back first."),
    "bank_account.unknown": N_("There is no such account."),
    "bank_account.decided_already": N_("This account has been decided on already."),
    "bank_account.not_yours": N_("Only the one who asked can take it back."),
    "bank_account.colleague_of_asker": N_(
        "One of you two has added the other, or made a sign-in link for them. Somebody else has to confirm the account,"
        " such as the authority."
    ),
    "bank_account.four_eyes": N_("Another person has to confirm the account that you gave."),
    "site.invalid": N_("Some of the information is missing or wrong."),
    "site.unknown": N_("There is no such site."),
    "person.last_office": N_("Somebody must stay in the office of the organisation."),
}
