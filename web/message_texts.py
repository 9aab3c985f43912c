"""What each message says, and the page that it leads to. The words are made when it is read, in the reader's
language, from the template's name and its facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from web.comment_words import REASONS, reason_text
from web.translations import N_, format_date, format_month, gettext


@dataclass(frozen=True, slots=True)
class MessageText:
    title: str
    body: str
    href: str | None = None
    """Where to go from here; `{voucher}` and the like are ids among the facts."""
    action: str | None = None
    """What the link says."""


_MY: Final = "/my/vouchers/{voucher}"
_REVIEW: Final = "/my/vouchers/{voucher}/review/{provider}"
_STATEMENT: Final = "/statements/{statement}"
_TO_VOUCHER: Final = N_("Go to the voucher")
_TO_VISIT: Final = N_("Go to the redemption")
_TO_STATEMENT: Final = N_("Go to the statement")
_TO_OFFER: Final = N_("Go to our services")
_TO_DECISION: Final = N_("Go to the decision")
_TO_REQUESTS: Final = N_("Go to the requests")
_TO_FIGURES: Final = N_("Go to your figures")
_TO_CLIENTS: Final = N_("Go to the clients")
_TO_COMMENTS: Final = N_("Go to the comments")

_CHOOSE_AGAIN: Final = N_(
    "The wait has cost you nothing: your voucher is valid through %(last_day)s. Choose another provider. Your case worker"
    " knows about this too."
)

_FOR_JOBSEEKERS: Final[dict[str, MessageText]] = {
    "voucher.granted": MessageText(
        N_("You have been granted a service voucher"),
        N_(
            "With the voucher you choose your own service provider. Have a look at the alternatives and pick one."
        ),
        _MY,
        N_("Choose a provider"),
    ),
    "voucher.expiring": MessageText(
        N_("Your voucher is about to expire"),
        N_(
            "You can use it through %(last_day)s. If something stands in the way, ask for help on the voucher's page."
        ),
        _MY,
        _TO_VOUCHER,
    ),
    "voucher.expired": MessageText(
        N_("Your voucher has expired"),
        N_("It can no longer be used. If you still need the service, contact your case worker."),
        _MY,
        _TO_VOUCHER,
    ),
    "voucher.raised": MessageText(
        N_("Your voucher has more value"),
        N_("On the voucher’s page you see how much was added and why."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.lowered": MessageText(
        N_("Value was taken from your voucher"),
        N_("On the voucher's page you find the reason and what you can do if you disagree."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.lengthened": MessageText(
        N_("Your voucher has more days"),
        N_("You can use it through %(last_day)s."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "voucher.cancelled": MessageText(
        N_("Your voucher has been cancelled"),
        N_("On the voucher's page you find the reason and what you can do if you disagree."),
        _MY,
        _TO_VOUCHER,
    ),
    "choice.confirmed": MessageText(
        N_("The provider you chose has confirmed"),
        N_(
            "The provider now has your name and contact details and will be in touch. Take the voucher's code along."
        ),
        _MY,
        _TO_VOUCHER,
    ),
    "choice.meeting_proposed": MessageText(
        N_("The provider you chose has proposed a first time"),
        N_(
            "See the time and the place, and put it into your calendar. If it does not suit you, tell the provider."
        ),
        _MY,
        N_("See the time"),
    ),
    "choice.declined": MessageText(
        N_("The provider you chose cannot take you"),
        _CHOOSE_AGAIN,
        _MY,
        N_("Choose a provider"),
    ),
    "choice.lapsed": MessageText(
        N_("The provider you chose did not answer"),
        _CHOOSE_AGAIN,
        _MY,
        N_("Choose a provider"),
    ),
    "choice.provider_left": MessageText(
        N_("The provider you chose can no longer give the service"),
        N_(
            "What is left on your voucher remains yours: choose another provider. Your case worker knows about this too."
        ),
        _MY,
        N_("Choose a provider"),
    ),
    "no_show.recorded": MessageText(
        N_("A provider has noted that you did not come to a meeting"),
        N_("If that is wrong, say so on the page of your data. No charge follows from it."),
        "/my/data",
        N_("Go to your data"),
    ),
    "no_show.removed": MessageText(
        N_("A note about a missed meeting has been taken away"),
        N_("It is no longer among your data."),
        "/my/data",
        N_("Go to your data"),
    ),
    "complaint.decided": MessageText(
        N_("Your complaint has been looked into"),
        N_("See what was found."),
        "/my/complaints/{complaint}",
        N_("Go to the complaint"),
    ),
    "case.answered": MessageText(
        N_("You have got an answer"),
        N_("You asked for something to be put right. The answer stands among your data."),
        "/my/data#corrections",
        N_("Read the answer"),
    ),
    "guardian.added": MessageText(
        N_("Somebody may now act for you"),
        N_("You see who among your data. If this is wrong, ask for it to be put right there."),
        "/my/data",
        N_("Go to your data"),
    ),
    "guardian.ended": MessageText(
        N_("Somebody no longer acts for you"),
        N_("You see who among your data."),
        "/my/data",
        N_("Go to your data"),
    ),
    "redemption.recorded": MessageText(
        N_("A visit was recorded on your voucher"),
        N_("See what was recorded, and tell whether it is right."),
        "/vouchers/{voucher}",
        _TO_VOUCHER,
    ),
    "visit.stands_client": MessageText(
        N_("A visit that you said is not right has been looked into"),
        N_("It stands as it was recorded. See why, and what you can do if you disagree."),
        "/my/visits/{redemption}",
        N_("See why"),
    ),
    "visit.reversed_client": MessageText(
        N_("A visit that you said is not right was reversed"),
        N_("Its value is back on your voucher."),
        "/my/visits/{redemption}",
        N_("See why"),
    ),
    "review.invited": MessageText(
        N_("How did it go?"),
        N_("Tell in five questions how it went: your answers help others to choose."),
        _REVIEW,
        N_("Answer the questions"),
    ),
    "review.invited_again": MessageText(
        N_("How is it now, half a year later?"),
        N_("Half a year has gone by. Tell in five questions what the service turned out to be good for."),
        f"{_REVIEW}/later",
        N_("Answer the questions"),
    ),
    "call.wanted": MessageText(
        N_("You have asked to be called"),
        N_("You will be called on %(until)s at the latest. You can change the time of day on the page."),
        "/my/vouchers/{voucher}/help",
        N_("See your request"),
    ),
    "comment.approved": MessageText(
        N_("Your comment will be published"),
        N_(
            "It comes out with a release and without a date, once at least five people have reviewed the provider."
        ),
    ),
    "comment.rejected": MessageText(
        N_("Your comment will not be published"),
        N_("%(reason)s. Your numbers count all the same. If you think that this is wrong, give us feedback."),
        "/feedback",
        N_("Give feedback"),
    ),
    "comment.withdrawn": MessageText(
        N_("Your comment has been taken down"),
        N_("Somebody reported it, and an official found the report right. Your numbers count all the same."),
        "/feedback",
        N_("Give feedback"),
    ),
}
"""What jobseekers get: it has an easy Finnish text too."""

_FOR_OTHERS: Final[dict[str, MessageText]] = {
    "redemption_hold.placed": MessageText(
        N_("What you redeem is held for now"),
        N_(
            "The authority looks into unusual redemptions. You can go on redeeming, but it goes onto no statement until"
            " somebody has looked. You can contact the authority and explain."
        ),
        "/provider/statements",
        N_("Go to your statements"),
    ),
    "redemption_hold.lifted": MessageText(
        N_("What you redeemed is no longer held"),
        N_("It goes onto the next statement."),
        "/provider/statements",
        N_("Go to your statements"),
    ),
    "visit.disputed": MessageText(
        N_("A client says that a visit you recorded is not right"),
        N_("An official looks into it and hears you. Until then it goes onto no statement."),
        "/provider/redemptions/{redemption}",
        _TO_VISIT,
    ),
    "visit.no_longer_disputed": MessageText(
        N_("A client says that a visit you recorded is right after all"),
        N_("It goes onto the next statement."),
        "/provider/redemptions/{redemption}",
        _TO_VISIT,
    ),
    "visit.stands_provider": MessageText(
        N_("A visit that your client disputed stands"),
        N_("It goes onto the next statement. See why."),
        "/provider/redemptions/{redemption}",
        _TO_VISIT,
    ),
    "visit.reversed_provider": MessageText(
        N_("A visit that your client disputed was reversed"),
        N_("Its value is back on the client’s voucher. See why."),
        "/provider/redemptions/{redemption}",
        _TO_VISIT,
    ),
    "comments.published": MessageText(
        N_("Clients’ comments about you come out with the next release"),
        N_("You can read them before the public does, and answer each of them once."),
        "/provider/comments",
        _TO_COMMENTS,
    ),
    "comments.kept_back": MessageText(
        N_("A comment about you was kept back"),
        N_("A moderator read it and did not let it through. Its scores count with the others."),
        "/provider/comments",
        _TO_COMMENTS,
    ),
    "comment_answer.approved": MessageText(
        N_("Your answer stands under the comment"),
        N_("A moderator has read it."),
        "/provider/comments",
        _TO_COMMENTS,
    ),
    "comment_answer.rejected": MessageText(
        N_("Your answer will not be published"),
        N_("%(reason)s. The comment stays as it is."),
        "/provider/comments",
        _TO_COMMENTS,
    ),
    "comment_answer.withdrawn": MessageText(
        N_("Your answer to a comment has been taken down"),
        N_("Somebody reported it, and an official found the report right. The comment stays."),
        "/provider/comments",
        _TO_COMMENTS,
    ),
    "complaint.upheld": MessageText(
        N_("A client’s complaint about you was found right"),
        N_(
            "It counts in your figures from the next release on, without telling whose it was. If you think that this is"
            " wrong, contact the authority."
        ),
        "/provider/figures",
        _TO_FIGURES,
    ),
    "complaint.not_upheld": MessageText(
        N_("A client’s complaint about you was found wrong"),
        N_("It counts in no figure."),
        "/provider/figures",
        _TO_FIGURES,
    ),
    "choice.asked": MessageText(
        N_("A client has chosen you"),
        N_("Answer whether you can take the client. If you do not answer in time, the client chooses again."),
        "/provider",
        _TO_REQUESTS,
    ),
    "choice.closed": MessageText(
        N_("A request to you has been closed"),
        N_("The client's choice ended before you had answered, so you need not answer any more."),
        "/provider",
        _TO_REQUESTS,
    ),
    "choice.ended": MessageText(
        N_("A client's choice of you has ended"),
        N_("You can redeem nothing more on the voucher. What you have redeemed is paid as usual."),
        "/provider",
        _TO_CLIENTS,
    ),
    "application.information_asked": MessageText(
        N_("More information is needed for your application"),
        N_("The authority has a question about your application. It is decided once you have answered."),
        "/provider/offer",
        _TO_OFFER,
    ),
    "bank_account.in_force": MessageText(
        N_("Your bank account has been confirmed"),
        N_(
            "You are paid to the new account from now on. If you know nothing of it, tell the authority at once."
        ),
        "/provider/offer/draft/bank-account",
        _TO_OFFER,
    ),
    "bank_account.refused": MessageText(
        N_("Your bank account was not confirmed"),
        N_("The account that was given is not used. Look at it on the page of your services."),
        "/provider/offer/draft/bank-account",
        _TO_OFFER,
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
        _TO_OFFER,
    ),
    "admission.ending": MessageText(
        N_("Your approval is about to end"),
        N_("It is in force through %(last_day)s. Look what is about to run out, and renew it in time."),
        "/provider/offer",
        _TO_OFFER,
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
        _TO_OFFER,
    ),
    "admission.reactivated": MessageText(
        N_("Your suspension has been lifted"),
        N_("Clients can choose you again."),
        "/provider/offer",
        _TO_OFFER,
    ),
    "admission.removed": MessageText(
        N_("You have been removed from the register"),
        N_("The reason is on the page of your services. Your clients are offered a new choice."),
        "/provider/offer",
        _TO_OFFER,
    ),
    "statement.closed": MessageText(
        N_("Your statement for %(month)s is ready"),
        N_("Check its lines and send the invoice."),
        _STATEMENT,
        _TO_STATEMENT,
    ),
    "statement.disputed": MessageText(
        N_("Your invoice differs from the statement"),
        N_("The statement's page shows which lines are missing, extra or different."),
        _STATEMENT,
        _TO_STATEMENT,
    ),
    "line_dispute.answered": MessageText(
        N_("The line that you disputed has been looked into"),
        N_("Read the answer and its reasons."),
        "/disputes/{dispute}",
        N_("Read the answer"),
    ),
    "statement.paid": MessageText(
        N_("Your statement has been paid"),
        N_("The payment is on its way to your account."),
        _STATEMENT,
        _TO_STATEMENT,
    ),
    "statement.owed_again": MessageText(
        N_("Your payment did not arrive"),
        N_("The bank sent it back, so the statement is paid again. Check that your account number is right."),
        _STATEMENT,
        _TO_STATEMENT,
    ),
    "webhook.disabled": MessageText(
        N_("An address of your system was switched off"),
        N_(
            "It has not answered well for a long time, so it is told of nothing any more. See what went wrong."
        ),
        "/provider/systems/webhooks/{endpoint}",
        N_("Go to the address"),
    ),
    "release.preview": MessageText(
        N_("New quality figures about you are coming"),
        N_("You see your own figures before they are public. Point out errors through %(until)s."),
        "/provider/figures",
        _TO_FIGURES,
    ),
    "release.objection_answered": MessageText(
        N_("You pointed out an error in your figures: here is the answer"),
        N_("The answer is on the page of your figures."),
        "/provider/figures",
        _TO_FIGURES,
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
    "invoice.rejected": MessageText(
        N_("Your invoice was sent back"),
        N_("The statement's page tells why. Send a corrected invoice with a number of its own."),
        _STATEMENT,
        _TO_STATEMENT,
    ),
}

OTHER: Final = MessageText(N_("You have a new message"), N_("See your pages for what has changed."))

_TEXTS: Final = _FOR_JOBSEEKERS | _FOR_OTHERS
TEMPLATES: Final = frozenset(_TEXTS)
FOR_JOBSEEKERS: Final = frozenset(_FOR_JOBSEEKERS)


def words_of(template: str) -> list[str]:
    """Every text of a message, to be translated."""
    text = _TEXTS[template]
    return [part for part in (text.title, text.body, text.action) if part]


def message_text(template: str, facts: Mapping[str, Any]) -> MessageText:
    """The message in the reader's language. A template that has no words here, or facts that lack something,
    still make a message that can be read."""
    text = _TEXTS.get(template, OTHER)
    shown = _shown(facts)
    href, action = text.href, text.action
    if (
        href and "{decision}" in href and "decision" not in facts
    ):  # from before decisions had pages of their own
        href, action = "/provider/offer", _TO_OFFER
    try:
        title, body = gettext(text.title) % shown, gettext(text.body) % shown
    except (KeyError, ValueError, TypeError):
        return MessageText(gettext(OTHER.title), gettext(OTHER.body), None, None)
    try:
        href = href.format_map(_ids(facts)) if href else None
    except KeyError:
        href = None
    return MessageText(title, body, href, gettext(action) if action and href else None)


def _shown(facts: Mapping[str, Any]) -> dict[str, str]:
    shown = {}
    for name, value in facts.items():
        text = str(value)
        try:
            if name == "month":
                text = format_month(date.fromisoformat(f"{text}-01" if len(text) == 7 else text))
            elif name in ("last_day", "until"):
                text = format_date(date.fromisoformat(text))
            elif name == "reason" and text in REASONS:
                text = reason_text(text)
        except ValueError:
            pass
        shown[name] = text
    return shown


def _ids(facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts that are ids, and so may stand in an address."""
    found = {}
    for name, value in facts.items():
        try:
            found[name] = str(UUID(str(value)))
        except ValueError:
            continue
    return found
