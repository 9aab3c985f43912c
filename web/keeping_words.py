"""Words for what is kept of an approval."""

from typing import Final

from registry.providers.keeping.rules import Clients
from web.translations import N_, gettext

CLIENTS_MAY: Final[dict[str, str]] = {
    Clients.FINISH: N_("Clients whose service has begun may finish it; the others choose again"),
    Clients.CHOOSE_AGAIN: N_("All clients choose again at once"),
}

CONCERNS: Final[dict[str, str]] = {
    "company.bankruptcy": N_("The company is in bankruptcy"),
    "company.liquidation": N_("The company is in liquidation"),
    "company.ceased": N_("The company has ceased"),
    "company.prepayment_not_in_force": N_("The company is no longer in the prepayment register"),
    "company.not_found": N_("The company is no longer found in the company register"),
}

ENDS: Final[dict[str, str]] = {
    "term": N_("its term ends"),
    "rule_book": N_("the new rule book was not accepted"),
}

CHANGE_STATES: Final[dict[str, str]] = {
    "submitted": N_("Waits for a decision"),
    "approved": N_("In force"),
    "rejected": N_("Not granted"),
    "withdrawn": N_("Withdrawn"),
}


def concern_text(code: str) -> str:
    """What the company register says against a company."""
    return gettext(CONCERNS[code])
