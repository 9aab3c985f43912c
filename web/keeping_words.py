"""Words for what is kept of an approval."""

from collections.abc import Mapping
from typing import Any, Final

from registry.providers.keeping.queries import ChangeRow
from registry.providers.keeping.rules import Afterwards, Clients
from web.change_fields import FIELDS
from web.pages.providers_offers import METHOD_TEXTS, NEED_TEXTS
from web.translations import N_, format_list, format_money, format_percent, gettext
from web.vat_words import category_text
from web.words import languages_text

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

AFTERWARDS: Final[dict[str, str]] = {
    Afterwards.SUSPEND: N_("Who has not accepted is heard, and the approval may be suspended."),
    Afterwards.LAPSE: N_("Who has not accepted loses the approval on the next day."),
}

CORRECTIVE_OUTCOMES: Final[dict[str, str]] = {
    "met": N_("It has been put right"),
    "open": N_("Not yet: more time is given"),
    "not_met": N_("It has not been put right"),
    "dropped": N_("It is no longer asked for"),
}

COACH: Final[dict[str, tuple[str, str]]] = {
    "added": (N_("Not part of this approval"), N_("Serves clients")),
    "changed": (N_("Serves clients"), N_("Serves clients")),
    "left": (N_("Served clients"), N_("No longer works there")),
}
"""What a change is to a coach: as it was, and as it is to be."""


def concern_text(code: str) -> str:
    """What the company register says against a company."""
    return gettext(CONCERNS[code])


def change_lines(change: ChangeRow) -> list[tuple[str, str, str]]:
    """(what, as it was, as it is to be) of each thing that a change is about."""
    coach: list[tuple[str, str, str]] = []
    if change.coach is not None:
        was, wanted = COACH[change.asked["coach"]]
        who = gettext("Coach %(name)s") % {"name": change.coach} if change.coach else gettext("Coach")
        coach = [(who, gettext(was), gettext(wanted))]
    return coach + [
        (gettext(label), _said(name, change.before, change), _said(name, change.asked, change))
        for name, label in FIELDS.items()
        if name in change.asked
    ]


def _said(name: str, offer: Mapping[str, Any], change: ChangeRow) -> str:
    value: Any = offer.get(name)  # an old request says nothing of what was not asked then
    match name:
        case "municipality_codes":
            return format_list([change.municipalities.get(code, code) for code in value]) or "–"
        case "remote":
            return gettext("Yes") if value else gettext("No")
        case "languages" | "coach_languages":
            return languages_text(value) or "–"
        case "coach_first_name" | "coach_surname" | "coach_qualification" | "vat_reason":
            return value or "–"
        case "vat_category":
            return category_text(value)
        case "accessibility":
            return format_list([gettext(NEED_TEXTS[code]) for code in value]) or "–"
        case "method":
            return gettext(METHOD_TEXTS[value])
        case "unit_price_cents":
            return format_money(value)
        case _:
            return format_percent(value / 10_000, 1) if value else gettext("No VAT")
