"""Refusals of the choice that vouchers' own do not cover."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "choice.not_eligible": N_("This provider cannot be chosen with this voucher."),
    "choice.shown_unknown": N_("The comparison has expired. Go back to it and choose again."),
}
