"""Why somebody cannot be chosen, in words: to the client how many and why, to staff every reason against each."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from web.translations import N_, format_list, gettext, ngettext

OUT_FOR: Final[Mapping[str, Callable[[int], str]]] = {
    "not_active": lambda n: ngettext(
        "%(num)s provider is not approved right now.", "%(num)s providers are not approved right now.", n
    ),
    "not_in_term": lambda n: ngettext(
        "The approval of %(num)s provider has not begun yet or has ended.",
        "The approvals of %(num)s providers have not begun yet or have ended.",
        n,
    ),
    "other_audience": lambda n: ngettext(
        "%(num)s provider gives this service to others than you: it is for companies or for persons only.",
        "%(num)s providers give this service to others than you: it is for companies or for persons only.",
        n,
    ),
    "elsewhere": lambda n: ngettext(
        "%(num)s provider does not work in your municipality or online.",
        "%(num)s providers do not work in your municipality or online.",
        n,
    ),
    "other_language": lambda n: ngettext(
        "%(num)s provider does not work in your language.",
        "%(num)s providers do not work in your language.",
        n,
    ),
    "accessibility": lambda n: ngettext(
        "%(num)s provider does not have what you need to get in or take part.",
        "%(num)s providers do not have what you need to get in or take part.",
        n,
    ),
    "above_ceiling": lambda n: ngettext(
        "%(num)s provider costs more than the voucher pays.",
        "%(num)s providers cost more than the voucher pays.",
        n,
    ),
    "full": lambda n: ngettext("%(num)s provider is full now.", "%(num)s providers are full now.", n),
}
"""Reason → the sentence for a client."""

OUT_BECAUSE: Final[Mapping[str, str]] = {
    "not_active": N_("the approval is suspended"),
    "not_in_term": N_("the approval is not in force today"),
    "other_audience": N_("the service is for another kind of client"),
    "elsewhere": N_("does not serve the client’s municipality, nor remotely"),
    "other_language": N_("does not work in any of the client’s languages"),
    "accessibility": N_("lacks something that the client needs to take part"),
    "above_ceiling": N_("the price is above what the voucher pays"),
    "full": N_("has no free place"),
}
"""Reason → the words for staff, in a list after the provider's name."""


def out_for(reason: str, number: int) -> str:
    return OUT_FOR[reason](number)


def out_because(reasons: Iterable[str]) -> str:
    return format_list([gettext(OUT_BECAUSE[reason]) for reason in reasons])
