"""Gettext catalogues: one file per capability and language, merged at start.

`web/locale/<lang>/<capability>.po` is read as it is, so no compiled file can lag behind its source.
"""

import contextlib
import functools
import io
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = ("fi", "sv", "en")
DEFAULT_LANGUAGE = "fi"
SOURCE_LANGUAGE = "en"
# Each language in its own words: someone who reads only that one must find it.
LANGUAGE_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
SELKO = "selko"
"""Easy Finnish (selkosuomi): a second text of the jobseeker's pages, not a language. What it lacks it says in Finnish."""
SELKO_NAME = "Selkosuomi"
SELKO_CATALOGUE = "fi_selko"
LOCALE_FOLDER = Path(__file__).parent.parent / "locale"

current_language: ContextVar[str] = ContextVar("current_language", default=DEFAULT_LANGUAGE)
selko_offered: ContextVar[bool] = ContextVar("selko_offered", default=False)
"""Whether the page has an easy Finnish text."""
selko_wanted: ContextVar[bool] = ContextVar("selko_wanted", default=False)
"""Whether the reader has picked it; kept while pages without it are read."""


def in_selko() -> bool:
    return selko_offered.get() and selko_wanted.get()


def offer_selko() -> None:
    """This page has an easy Finnish text for this reader: a jobseeker's, at an address that others have too."""
    selko_offered.set(True)


def current_catalogue() -> str:
    """The catalogue that the request's texts come from."""
    return SELKO_CATALOGUE if in_selko() else current_language.get()


def N_(message: str) -> str:  # noqa: N802 - the customary name of gettext's no-op marker
    """Mark a constant text for extraction; it is translated with `gettext` where it is shown."""
    return message


def NP_(context: str, message: str) -> tuple[str, str]:  # noqa: N802 - as N_, for a word with two meanings
    """Mark a constant text with its context; translate it with `pgettext(*pair)`."""
    return context, message


def catalogue_files(lang: str) -> list[Path]:
    return sorted((LOCALE_FOLDER / lang).glob("*.po"))


def read_catalogue(path: Path, lang: str) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=lang.partition("_")[0], abort_invalid=True)


def merged(lang: str) -> Catalog:
    """All catalogues of a language as one; unfinished (fuzzy or empty) entries are left out."""
    whole = Catalog(locale=lang.partition("_")[0], charset="utf-8")
    for path in catalogue_files(lang):
        for message in read_catalogue(path, lang):
            if message.id and not message.fuzzy and is_filled(message.string):
                whole.add(message.id, message.string, context=message.context)
    return whole


def is_filled(string: str | list[str] | tuple[str, ...] | None) -> bool:
    return bool(string) and (isinstance(string, str) or all(string or ()))


@functools.cache
def translations(lang: str) -> NullTranslations:
    """The translator of a language; English is the source and translates to itself."""
    if lang == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, merged(lang))
    compiled.seek(0)
    read = Translations(compiled)
    if lang == SELKO_CATALOGUE:
        read.add_fallback(translations("fi"))
    return read


@contextlib.contextmanager
def use_language(lang: str) -> Iterator[None]:
    """Translate and format in `lang` (or in easy Finnish) inside the block: tests, letters, jobs."""
    before = current_language.get(), selko_offered.get(), selko_wanted.get()
    speak("fi" if lang == SELKO else lang, selko=lang == SELKO, offered=lang == SELKO)
    try:
        yield
    finally:
        speak(before[0], offered=before[1], selko=before[2])


def speak(lang: str, *, selko: bool, offered: bool) -> None:
    """From here on this request is answered so."""
    current_language.set(lang)
    selko_wanted.set(selko)
    selko_offered.set(offered)


def negotiate(cookie: str | None, accept_language: str | None) -> str:
    """The person's own choice wins, then the browser's order of preference, then Finnish."""
    if cookie == SELKO:
        return "fi"
    if cookie in LANGUAGES:
        return cookie
    wished = [tag for tag, quality in _ranked(accept_language or "") if quality > 0]
    found = negotiate_locale(wished, LANGUAGES, sep="-") if wished else None
    return found.lower() if found else DEFAULT_LANGUAGE


def _ranked(header: str) -> list[tuple[str, float]]:
    """Language tags of an Accept-Language header, best first; what cannot be read is left out."""
    ranked = []
    for part in header[:1000].split(","):
        tag, _, parameters = part.strip().partition(";")
        name, _, number = parameters.strip().partition("=")
        try:
            quality = float(number) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if tag and tag != "*":
            ranked.append((tag.strip(), quality))
    return sorted(ranked, key=lambda pair: -pair[1])


def gettext(message: str, **values: Any) -> str:
    """The message in the request's language, with `%(name)s` placeholders filled in when values are given."""
    text = str(translations(current_catalogue()).gettext(message))
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: Any) -> str:
    """Singular or plural in the request's language; `%(n)s` or `%(num)s` is the count."""
    text = str(translations(current_catalogue()).ngettext(singular, plural, n))
    return text % {"n": n, "num": n, **values}


def pgettext(context: str, message: str, **values: Any) -> str:
    """As `gettext`, for a word that means different things in different places."""
    text = str(translations(current_catalogue()).pgettext(context, message))
    return text % values if values else text


def npgettext(context: str, singular: str, plural: str, n: int, **values: Any) -> str:
    text = str(translations(current_catalogue()).npgettext(context, singular, plural, n))
    return text % {"n": n, "num": n, **values}
