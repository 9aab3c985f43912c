"""What each kind of case says: what it is, why it is there, and what can be done about it."""

from dataclasses import dataclass
from typing import Final

from web.translations import N_, gettext


@dataclass(frozen=True, slots=True)
class CaseText:
    title: str
    why: str
    what_to_do: str


_KINDS: Final[dict[str, CaseText]] = {
    "voucher_refused": CaseText(
        N_("The client refused the voucher"),
        N_("The client does not want to use the voucher. The rest of its value has gone back to the budget."),
        N_("Talk with the client: what would help instead? A new voucher or another service can be granted."),
    ),
    "milestone_claimed": CaseText(
        N_("A provider claims a result"),
        N_(
            "A provider says that a result was reached. You confirm it: by the terms, by the authority’s records, or"
            " because the client has not answered in two weeks. It is paid only after that."
        ),
        N_("Look at the evidence, ask the client if you need to, and say whether it was reached."),
    ),
    "milestone_held": CaseText(
        N_("A result waits for a figure"),
        N_(
            "The result was confirmed, and it is paid only above the expected rate. The release that the terms name"
            " has no figure of this provider."
        ),
        N_("Decide again when there is a figure, or agree with the provider what follows."),
    ),
    "allowance_short": CaseText(
        N_("A month’s sum did not come"),
        N_(
            "The budget line of a monthly voucher is short, so the client’s month has no money. It is tried every day."
        ),
        N_("Give the line more money, or end the voucher with a decision."),
    ),
    "provider_declined": CaseText(
        N_("The provider did not take the client"),
        N_("The chosen provider answered that it cannot take the client. The voucher is unchanged."),
        N_("See that the client chooses again. You can record the choice for the client."),
    ),
    "provider_silent": CaseText(
        N_("The provider did not answer"),
        N_("The chosen provider did not answer in time, so the choice ended. The voucher is unchanged."),
        N_("See that the client chooses again. You can record the choice for the client."),
    ),
    "provider_left": CaseText(
        N_("The provider left the register"),
        N_(
            "The provider that the client had chosen is no longer in the register. What is left on the voucher remains."
        ),
        N_("See that the client chooses again. You can record the choice for the client."),
    ),
    "no_eligible_provider": CaseText(
        N_("No provider fits the client"),
        N_(
            "No provider that can be chosen now serves the client's municipality and meets the client's needs."
        ),
        N_("Find another way: a remote service, another service, or a provider with a free place later."),
    ),
    "no_provider_in_language": CaseText(
        N_("Nobody gives the service in the client's language"),
        N_(
            "The client needs the service in Finnish or Swedish and has a right to it. No provider that can be chosen now"
            " gives it in that language."
        ),
        N_(
            "Find somebody who does: a provider elsewhere or online, an interpreter, or your own service. Tell the client"
            " what you found."
        ),
    ),
    "voucher_expiring": CaseText(
        N_("The voucher is about to expire"),
        N_("The voucher ends soon and has value left. The client has been reminded."),
        N_("Ask the client what stands in the way."),
    ),
    "call_wanted": CaseText(
        N_("The client asks to be called"),
        N_("The client has been told by which day the call comes."),
        N_("Call the client."),
    ),
    "correction_wanted": CaseText(
        N_("The client says that something about them is wrong"),
        N_("The client has seen what is on file and asks for it to be put right."),
        N_("Find out what is right, correct it or say why not, and tell the client."),
    ),
    "complaint_made": CaseText(
        N_("A client has made a complaint"),
        N_("A client says that something went wrong with a provider."),
        N_("Hear the provider, decide, and say in words what you found. The client reads it."),
    ),
    "decision_error": CaseText(
        N_("A provider points out an error in a decision"),
        N_("A provider asks that an error in a decision on it is corrected. The decision holds meanwhile."),
        N_("Read what is said to be wrong, and correct the decision or say why it stays."),
    ),
    "representation_asked": CaseText(
        N_("Somebody asks to act for an organisation"),
        N_("The person is outside until you have answered, and the organisation cannot apply."),
        N_(
            "Make sure by another way that the person may act for it, and accept the request or turn it down."
        ),
    ),
    "company_changed": CaseText(
        N_("The company register says something new of a provider"),
        N_(
            "At night the company is looked up again. It is now in bankruptcy or liquidation, has ceased, or is no longer"
            " in the prepayment register."
        ),
        N_(
            "Look at the company’s facts, ask the provider, and hear it if the approval may have to be suspended."
        ),
    ),
    "rule_book_not_accepted": CaseText(
        N_("A provider has not accepted the new rule book"),
        N_("The time to accept it is over."),
        N_("Hear the provider. After that you can suspend its approval."),
    ),
    "corrective_due": CaseText(
        N_("Look at what a provider was to put right"),
        N_("The provider says that it is done, or its time is over."),
        N_("Say what you find: put right, not put right, or more time."),
    ),
    "finding_heard": CaseText(
        N_("A provider is being heard about a finding"),
        N_("The provider may say its view until its time is over."),
        N_("When it has answered, or after its time, publish the finding or drop it."),
    ),
    "release_objection": CaseText(
        N_("A provider points out an error in its figures"),
        N_(
            "The provider has seen the figures that are about to be public, and says that something is wrong."
        ),
        N_(
            "Check what the provider says and answer it. If the release is wrong, withdraw it and make a new one."
        ),
    ),
    "comment_reported": CaseText(
        N_("A published comment was reported"),
        N_("Somebody says that a comment, or a provider’s answer to it, should not stand."),
        N_("Read the comment and the reports, and decide whether it is taken down."),
    ),
    "quality_alarm": CaseText(
        N_("Something in a provider’s figures is unlikely by chance"),
        N_("Once a day it is looked for signs that somebody works on the figures instead of the work."),
        N_("Read the evidence, ask the provider, and say what it was: explained or confirmed."),
    ),
    "line_disputed": CaseText(
        N_("A provider disputes a line of its statement"),
        N_(
            "The line waits for an answer, and so does its money if it was not invoiced yet. The rest of the statement"
            " is invoiced, approved and paid as usual."
        ),
        N_("Read what the provider says and answer it. A line that waits comes back on the next statement."),
    ),
    "redemption_alarm": CaseText(
        N_("Something about a provider’s redemptions is unusual"),
        N_(
            "Every ten minutes it is looked whether redemptions reach a limit. An alarm is a question, not a verdict."
        ),
        N_(
            "Read the evidence, ask the provider, and say what it was. Hold the money back if it must not leave now."
        ),
    ),
    "offline_visit": CaseText(
        N_("A visit taken without a connection could not be recorded"),
        N_(
            "A provider’s device took a visit without a network. When it arrived, it could not be accepted any more."
        ),
        N_("See why. The provider can mend it and try again; if it is not to be paid, close it and say why."),
    ),
    "visit_disputed": CaseText(
        N_("A client says that a recorded visit is not right"),
        N_("The amount is held: it goes onto no statement until somebody has looked into it."),
        N_("Read what the client says, hear the provider, and rule: the visit stands, or it is reversed."),
    ),
    "statement_disputed": CaseText(
        N_("An invoice does not match the statement"),
        N_("The invoice has lines that are missing, extra, twice or different from what was redeemed."),
        N_("Compare the lines. If the invoice is wrong, send it back with the reason."),
    ),
    "payment_returned": CaseText(
        N_("A payment came back"),
        N_("The bank sent a provider’s payment back, or never carried it out. It is owed again."),
        N_(
            "Find out why, have the account corrected if it is wrong, and put the statement into a new batch."
        ),
    ),
    "mail_failed": CaseText(
        N_("E-mail cannot be delivered"),
        N_("An e-mail about a new message could not be delivered. The message itself waits behind sign-in."),
        N_("Check the person's e-mail address."),
    ),
}

_OTHER: Final = CaseText(
    N_("A case"), N_("Something needs a person's attention."), N_("Open what it is about and decide.")
)


def case_text(kind: str) -> CaseText:
    """The texts of a kind in the reader's language; a kind without texts of its own is still a task."""
    found = _KINDS.get(kind, _OTHER)
    return CaseText(gettext(found.title), gettext(found.why), gettext(found.what_to_do))


KINDS_WITH_TEXTS: Final = frozenset(_KINDS)
