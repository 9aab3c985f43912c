"""Words for changes of a voucher: what each is called, and the reasons that the client is told."""

from typing import Final

from registry.vouchers.changing.rules import ChangeKind
from web.translations import N_

CHANGE_TITLES: Final[dict[ChangeKind, str]] = {
    ChangeKind.RAISED: N_("Add value to the voucher"),
    ChangeKind.LOWERED: N_("Take value from the voucher"),
    ChangeKind.EXTENDED: N_("Give the voucher more days"),
}
REASON_TEXTS: Final[dict[str, str]] = {
    "agreed_in_plan": N_("Agreed in the plan"),
    "more_needed": N_("More is needed to reach the goal"),
    "less_needed": N_("Less is needed than was granted"),
    "could_not_be_used": N_("It could not be used in time"),
    "client_asked": N_("You asked for it"),
    "corrected": N_("A mistake is corrected"),
}
