"""Words for codes that many pages show: languages by their names in the reader's language, what providers state."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from babel import Locale

from web.translations import N_, current_language, format_list, gettext

EXPERIENCE_TEXTS: Final[dict[str, str]] = {
    "first_job": N_("First job"),
    "studies_unfinished": N_("Studies broken off"),
    "long_unemployed": N_("A long time without work"),
    "new_in_finland": N_("New in Finland"),
    "health": N_("Illness or disability"),
    "learning": N_("Difficulties with learning or concentration"),
    "family_leave": N_("Back from family leave"),
    "over_50": N_("Over 50 years old"),
}
"""Whom a provider says it has worked with."""


def experience_text(codes: Iterable[str]) -> str:
    """Those situations as a list in a sentence, empty when nothing was said."""
    said = [gettext(EXPERIENCE_TEXTS[code]) for code in codes]
    return format_list([text if place == 0 else _small(text) for place, text in enumerate(said)])


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


@cache
def _names(language: str) -> dict[str, str]:
    return dict(Locale(language).languages)


def language_name(code: str) -> str:
    """A language's name in the reader's language: fi → suomi, finska, Finnish; an unknown code stays as it is."""
    return _names(current_language.get()).get(code, code)


def language_label(code: str) -> str:
    """A language's name where it stands alone, as every such name on these pages: Suomi."""
    name = language_name(code)
    return name[:1].upper() + name[1:]


def languages_text(codes: Iterable[str], first: Iterable[str] = ()) -> str:
    """Languages as a list that starts with a capital: "Suomi, ruotsi ja englanti"; those in `first` come first."""
    wanted = list(first)
    ordered = sorted(
        set(codes), key=lambda code: (code not in wanted, _usual_place(code), language_name(code))
    )
    text = format_list([language_name(code) for code in ordered])
    return text[:1].upper() + text[1:]


def _usual_place(code: str) -> int:
    """Finnish, Swedish and English stand first, as on every page here."""
    return {"fi": 0, "sv": 1, "en": 2}.get(code, 3)
