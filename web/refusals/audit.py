"""Refusals of the audit trail's search."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "audit.unknown": N_("There is no such event."),
    "audit.not_an_id": N_("Give a voucher's number or an id."),
    "audit.nothing_with_number": N_("There is no voucher with this number."),
    "audit.period_backwards": N_("The last day is before the first day."),
}
