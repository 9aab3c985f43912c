"""Words for codes that many pages show: languages by their own names in the reader's language."""

from collections.abc import Iterable
from functools import cache

from babel import Locale

from web.translations import current_language, format_list


@cache
def _names(language: str) -> dict[str, str]:
    return dict(Locale(language).languages)


def language_name(code: str) -> str:
    """A language's name in the reader's language: fi → suomi, finska, Finnish; an unknown code stays as it is."""
    return _names(current_language.get()).get(code, code)


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
