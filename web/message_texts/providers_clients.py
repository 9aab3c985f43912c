"""What providers are told of their clients, of what clients said, and of the money."""

from typing import Final

from web.message_texts.model import MessageText
from web.translations import N_

_STATEMENT: Final = "/statements/{statement}"
_CLAIM: Final = "/claims/{claim}"
_TO_CLAIM: Final = N_("Go to the claim")
_TO_VISIT: Final = N_("Go to the redemption")
_TO_STATEMENT: Final = N_("Go to the statement")
_TO_REQUESTS: Final = N_("Go to the requests")
_TO_FIGURES: Final = N_("Go to your figures")
_TO_CLIENTS: Final = N_("Go to the clients")
_TO_RESULTS: Final = "/provider/vouchers/{presentation}/results"
_TO_RESULTS_TEXT: Final = N_("Go to the results")
_TO_COMMENTS: Final = N_("Go to the comments")

FOR_PROVIDERS_ON_CLIENTS: Final[dict[str, MessageText]] = {
    "milestone.paid": MessageText(
        N_("A result that you claimed was confirmed"),
        N_("It goes onto the next statement."),
        _TO_RESULTS,
        _TO_RESULTS_TEXT,
    ),
    "milestone.held": MessageText(
        N_("A result that you claimed was confirmed and waits for a figure"),
        N_(
            "It is paid above the expected rate of the clients, and there is no published figure of yours to compare with"
            " yet. You are told when it has been decided."
        ),
        _TO_RESULTS,
        _TO_RESULTS_TEXT,
    ),
    "milestone.refused": MessageText(
        N_("A result that you claimed was not confirmed"),
        N_("See the reason. You may claim it again with better evidence while the voucher can be used."),
        _TO_RESULTS,
        _TO_RESULTS_TEXT,
    ),
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
    "offline_visit.refused": MessageText(
        N_("Visits that your device took without a connection could not be recorded"),
        N_("See which ones, and why. What can be mended you can send again."),
        "/provider/visits/offline",
        N_("Go to these visits"),
    ),
    "offline_visit.closed": MessageText(
        N_("The authority has looked into a visit that could not be recorded"),
        N_("It stays unrecorded. See why."),
        "/provider/visits/offline",
        N_("Go to these visits"),
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
    "claim.made": MessageText(
        N_("You have a claim to pay"),
        N_(
            "Visits that had been paid were reversed, and no payment to you takes the sum along. See how to pay it."
        ),
        _CLAIM,
        _TO_CLAIM,
    ),
    "claim.paid": MessageText(
        N_("Your claim has been paid"),
        N_("Nothing of it is owed any more."),
        _CLAIM,
        _TO_CLAIM,
    ),
    "claim.cancelled": MessageText(
        N_("A claim on you was cancelled"),
        N_("You need not pay it."),
        _CLAIM,
        _TO_CLAIM,
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
    "invoice.rejected": MessageText(
        N_("Your invoice was sent back"),
        N_("The statement's page tells why. Send a corrected invoice with a number of its own."),
        _STATEMENT,
        _TO_STATEMENT,
    ),
}
