"""What providers are told of their place in the register, and of what systems of theirs are told."""

from typing import Final

from web.message_texts.model import MessageText
from web.translations import N_

TO_OFFER: Final = N_("Go to our services")
_TO_DECISION: Final = N_("Go to the decision")

FOR_PROVIDERS_ON_REGISTER: Final[dict[str, MessageText]] = {
    "application.information_asked": MessageText(
        N_("More information is needed for your application"),
        N_("The authority has a question about your application. It is decided once you have answered."),
        "/provider/offer",
        TO_OFFER,
    ),
    "bank_account.in_force": MessageText(
        N_("Your bank account has been confirmed"),
        N_(
            "You are paid to the new account from now on. If you know nothing of it, tell the authority at once."
        ),
        "/provider/offer/draft/bank-account",
        TO_OFFER,
    ),
    "bank_account.refused": MessageText(
        N_("Your bank account was not confirmed"),
        N_("The account that was given is not used. Look at it on the page of your services."),
        "/provider/offer/draft/bank-account",
        TO_OFFER,
    ),
    "application.approved": MessageText(
        N_("Your application has been approved"),
        N_("You are in the register, and clients can choose you. The decision is below."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "application.rejected": MessageText(
        N_("Your application has been rejected"),
        N_("The decision with its reasons, and how to ask for a review of it, is below."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "hearing.opened": MessageText(
        N_("You are being heard"),
        N_("The authority is about to decide against you. Before it does, you can explain yourself."),
        "/provider/hearings/{hearing}",
        N_("Read it and answer"),
    ),
    "hearing.correction": MessageText(
        N_("The authority asks you about a correction"),
        N_(
            "It means to correct a decision, and that would go against you. Say what you think, and if you agree."
        ),
        "/provider/hearings/{hearing}",
        N_("Read it and answer"),
    ),
    "decision.corrected": MessageText(
        N_("A decision has been corrected"),
        N_("Another decision is in its place. What changed and why, and how to appeal against it, is below."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "decision.correction_refused": MessageText(
        N_("The authority has answered your request to correct a decision"),
        N_("It does not correct the decision, and says why. The decision stays as it was."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "court.settled": MessageText(
        N_("The authority has recorded what the court decided"),
        N_("You can see it with the decision. What the court itself sent you counts."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "appeal.received": MessageText(
        N_("Your request for review was received"),
        N_("Somebody else than the one who decided looks at the decision again. You get a new decision."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "appeal.decided": MessageText(
        N_("Your request for review has been decided"),
        N_("The decision with its reasons, and how to appeal against it, is below."),
        "/decisions/{decision}",
        _TO_DECISION,
    ),
    "admission.lapsed": MessageText(
        N_("Your approval has ended"),
        N_(
            "It has ended by itself: its term, a paper that it rests on, or the time to accept the rule book is over."
            " Clients whose service has begun may finish it. Coming back takes a new application."
        ),
        "/provider/offer",
        TO_OFFER,
    ),
    "admission.ending": MessageText(
        N_("Your approval is about to end"),
        N_("It is in force through %(last_day)s. Look what is about to run out, and renew it in time."),
        "/provider/offer",
        TO_OFFER,
    ),
    "admission.capacity_stale": MessageText(
        N_("Are your free places still right?"),
        N_(
            "You have not confirmed them for two weeks, and clients are told so. Two taps are enough to confirm them."
        ),
        "/provider/offer/{admission}",
        N_("Confirm the free places"),
    ),
    "change.decided": MessageText(
        N_("The change that you asked for has been decided"),
        N_("Read the decision. It says what was decided, why, and how to appeal by %(last_day)s."),
        "/decisions/{decision}",
        N_("Read the decision"),
    ),
    "rule_book.to_accept": MessageText(
        N_("There is a new rule book to accept"),
        N_("Read its points and accept them by %(last_day)s. The page says what follows if you do not."),
        "/provider/offer/{admission}/rule-book",
        N_("Read the rule book"),
    ),
    "rule_book.still_to_accept": MessageText(
        N_("You have not accepted the new rule book yet"),
        N_("The last day is %(last_day)s. The page says what follows if you do not."),
        "/provider/offer/{admission}/rule-book",
        N_("Read the rule book"),
    ),
    "inspection.planned": MessageText(
        N_("The authority will inspect your service"),
        N_("Read when it comes and what it looks at."),
        "/provider/oversight",
        N_("See the inspection"),
    ),
    "inspection.held": MessageText(
        N_("The report of an inspection is ready"),
        N_("Read what was seen."),
        "/provider/oversight",
        N_("See the inspection"),
    ),
    "inspection.cancelled": MessageText(
        N_("An inspection was called off"),
        N_("It is not held after all."),
        "/provider/oversight",
        N_("See the inspection"),
    ),
    "corrective.required": MessageText(
        N_("The authority asks you to put something right"),
        N_("Read what it is. It has to be done by %(last_day)s."),
        "/provider/oversight",
        N_("See what is to be done"),
    ),
    "corrective.overdue": MessageText(
        N_("The time to put something right is over"),
        N_("It should have been done by %(last_day)s. Say at once what you have done."),
        "/provider/oversight",
        N_("See what is to be done"),
    ),
    "corrective.settled": MessageText(
        N_("The authority has looked at what you put right"),
        N_("Read what it found."),
        "/provider/oversight",
        N_("See what was found"),
    ),
    "admission.suspended": MessageText(
        N_("Your approval has been suspended"),
        N_("For the time being new clients cannot choose you. The reason is on the page of your services."),
        "/provider/offer",
        TO_OFFER,
    ),
    "admission.reactivated": MessageText(
        N_("Your suspension has been lifted"),
        N_("Clients can choose you again."),
        "/provider/offer",
        TO_OFFER,
    ),
    "admission.removed": MessageText(
        N_("You have been removed from the register"),
        N_("The reason is on the page of your services. Your clients are offered a new choice."),
        "/provider/offer",
        TO_OFFER,
    ),
    "webhook.disabled": MessageText(
        N_("An address of your system was switched off"),
        N_(
            "It has not answered well for a long time, so it is told of nothing any more. See what went wrong."
        ),
        "/provider/systems/webhooks/{endpoint}",
        N_("Go to the address"),
    ),
    "finding.hearing": MessageText(
        N_("You are heard about a finding of the authority"),
        N_("Read what was found and say your view by %(until)s. Both are published, if the finding is."),
        "/provider/findings/{finding}",
        N_("Read and answer"),
    ),
    "finding.published": MessageText(
        N_("A finding about you has been published"),
        N_("It stands on your public page, with your answer."),
        "/provider/findings/{finding}",
        N_("See the finding"),
    ),
    "finding.dropped": MessageText(
        N_("A finding about you was dropped"),
        N_("Nothing is published of it."),
        "/provider/findings/{finding}",
        N_("See the finding"),
    ),
}
