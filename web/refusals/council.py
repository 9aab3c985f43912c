"""Refusals about the council's report."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "council.unknown": N_("There is no such report."),
    "council.not_ended": N_("The quarter has not ended yet."),
    "council.published": N_("The report has been published and stays as it is."),
    "council.cost": N_("Give the units and the cost of the quarter."),
}
