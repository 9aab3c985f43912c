"""What each measure and each reason for a blank is called: on pages, in tables and in the data dictionary."""

from typing import Final

from registry.quality.funnel import Place
from registry.quality.rules import COMPLAINTS, COMPLETION, FIRST_MEETING, LAPSED, MEASURES, Blank
from web.translations import N_, gettext

ASPECTS: Final = {
    "welcome": N_("Felt welcome"),
    "coaching": N_("Good guidance"),
    "usefulness": N_("Useful"),
    "contact": N_("Easy to reach"),
    "timing": N_("Right service at the right time"),
}
PROCESS: Final = {
    COMPLETION: N_("Used most of the voucher"),
    FIRST_MEETING: N_("Days to the first meeting"),
    LAPSED: N_("Clients not answered in time"),
    COMPLAINTS: N_("Complaints that were found right"),
}
PLACES: Final[dict[str, str]] = {
    Place.FAR_BELOW: N_("far below what chance explains"),
    Place.BELOW: N_("below what chance usually explains"),
    Place.INSIDE: N_("within what chance explains"),
    Place.ABOVE: N_("above what chance usually explains"),
    Place.FAR_ABOVE: N_("far above what chance explains"),
}
BLANKS: Final[dict[str, str]] = {
    Blank.TOO_FEW: N_("fewer than five people"),
    Blank.TOO_NEW: N_("new in the register"),
    Blank.NOT_COLLECTED: N_("not collected for this service"),
    Blank.UNDER_REVIEW: N_("under review"),
}
"""Short, for a cell of a table; on cards the sentence of components/evidence.html stands."""


def measure_text(code: str) -> str:
    """A measure as a heading."""
    if code in PROCESS:
        return gettext(PROCESS[code])
    kind, _, rest = code.partition("_")
    if kind == "outcome":
        return gettext("Work or a study place after %(months)s months", months=rest)
    moment, _, aspect = rest.rpartition("_")
    label = gettext(ASPECTS[aspect])
    if moment == "after":
        return gettext("Clients right after the service: %(aspect)s", aspect=label)
    return gettext("Clients half a year later: %(aspect)s", aspect=label)


def place_text(place: str) -> str:
    """Where a provider lies in the funnel, as the end of a sentence."""
    return gettext(PLACES[place])


def blank_short(reason: str) -> str:
    return gettext(BLANKS[reason])


def measure_options(codes: tuple[str, ...] = tuple(MEASURES)) -> list[tuple[str, str]]:
    """Measures to choose from, in their order."""
    return [(code, measure_text(code)) for code in codes]
