"""Words for what a client says of a recorded visit, and for where it stands."""

from typing import Final

from registry.vouchers.confirming.rules import Answer, Ruling, Standing
from registry.vouchers.redemption.rules import Activity, Attended
from web.translations import N_, gettext, ngettext

ANSWER_TEXTS: Final[dict[Answer, str]] = {
    Answer.YES: N_("Yes, that is right"),
    Answer.NO: N_("No, something is wrong"),
    Answer.NOT_THERE: N_("I was not there"),
}
SAID_TEXTS: Final[dict[Answer, str]] = {
    Answer.YES: N_("The client says that it is right"),
    Answer.NO: N_("The client says that something is wrong"),
    Answer.NOT_THERE: N_("The client says: I was not there"),
}
RULING_TEXTS: Final[dict[Ruling, str]] = {
    Ruling.STANDS: N_("The visit stands as it was recorded"),
    Ruling.REVERSED: N_("The visit is reversed, and its value goes back to the voucher"),
}
STANDING_TEXTS: Final[dict[Standing, str]] = {
    Standing.ASKED: N_("Tell whether this is right"),
    Standing.NOT_DISPUTED: N_("You did not say that anything is wrong"),
    Standing.CONFIRMED: N_("You said that this is right"),
    Standing.DISPUTED: N_("Being looked into: it is not paid meanwhile"),
    Standing.STANDS: N_("Looked into: it stands"),
    Standing.REVERSED: N_("Reversed"),
}
ACTIVITY_TEXTS: Final[dict[Activity, str]] = {
    Activity.MEETING: N_("Meeting"),
    Activity.REMOTE: N_("By phone or video"),
    Activity.GROUP: N_("In a group"),
    Activity.WORKPLACE: N_("At a workplace"),
    Activity.TRAINING: N_("Training"),
    Activity.ASSESSMENT: N_("Finding out what you can do"),
    Activity.WRITING: N_("Writing an application or a plan"),
    Activity.OTHER: N_("Something else"),
}
ATTENDED_TEXTS: Final[dict[Attended, str]] = {
    Attended.CLIENT: N_("Only the client"),
    Attended.CLIENT_AND_OTHER: N_("The client and somebody else"),
    Attended.GROUP: N_("A group"),
    Attended.NOBODY: N_("Nobody: work done for the client"),
}


def activity_text(activity: str | None) -> str | None:
    """What was done, in the reader's language; None where the provider did not tell."""
    return gettext(ACTIVITY_TEXTS[Activity(activity)]) if activity else None


def attended_text(attended: str | None, group_size: int | None) -> str | None:
    """Who was there, in the reader's language; None where the provider did not tell."""
    if attended == Attended.GROUP and group_size:
        return ngettext("A group of %(num)s", "A group of %(num)s", group_size)
    return gettext(ATTENDED_TEXTS[Attended(attended)]) if attended else None
