"""Words for what a client says of a recorded visit, and for where it stands."""

from typing import Final

from registry.vouchers.confirming.rules import Answer, Ruling, Standing
from web.translations import N_

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
