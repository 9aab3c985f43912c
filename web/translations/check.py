"""Proves that every text of the pages exists in Finnish and in Swedish, once and with its placeholders, and every text
of the jobseeker's pages in easy Finnish too.

A half-translated page is a page that some of its readers cannot use, and by law these services are bilingual.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from web.translations.catalogues import (
    LANGUAGES,
    SELKO_CATALOGUE,
    SOURCE_LANGUAGE,
    catalogue_files,
    is_filled,
    read_catalogue,
)

WEB = Path(__file__).parent.parent
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "NP_": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
JINJA_OPTIONS = {"silent": "false", "trimmed": "true", "newstyle_gettext": "true"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|%")
SHARED_FOLDERS = {"layout.html": "site", "errors": "site"}
TRANSLATED = tuple(lang for lang in LANGUAGES if lang != SOURCE_LANGUAGE)
CATALOGUES = (*TRANSLATED, SELKO_CATALOGUE)
# What the jobseeker's pages are made of: each has to exist in easy Finnish. The frame around them does not.
IN_SELKO = (
    "templates/choice/*.html",
    "templates/visits/ask.html",
    "templates/components/evidence.html",
    "templates/complaints/*.html",
    "templates/messages/messages.html",
    "templates/people/_no_shows.html",
    "templates/people/correction.html",
    "templates/people/my_data.html",
    "choice_rows.py",
    "choice_words.py",
    "complaint_words.py",
    "own_data/*.py",
    "pages/choice.py",
    "pages/complaints.py",
    "pages/matters.py",
    "pages/messages.py",
    "pages/my_data.py",
    "pages/help.py",
    "pages/picking.py",
    "pages/receipt.py",
    "pages/refusing.py",
    "pages/review.py",
)

Identity = tuple[str | None, str]


@dataclass(frozen=True)
class SourceText:
    """One text of the pages or of the code, with where it was first met."""

    context: str | None
    singular: str
    plural: str | None
    path: Path
    line: int

    @property
    def identity(self) -> Identity:
        return self.context, self.singular

    @property
    def capability(self) -> str:
        """The catalogue it belongs in: its template folder, or the page file's name."""
        parts = self.path.relative_to(WEB).parts
        if parts[0] == "templates":
            return SHARED_FOLDERS.get(parts[1], parts[1])
        by_capability = parts[0] in ("pages", "api", "refusals") and self.path.stem != "__init__"
        return self.path.stem if by_capability else "site"


def source_texts() -> dict[Identity, SourceText]:
    """Every text marked for translation in `web/`, in the order of files and lines."""
    return _texts_of([*sorted(WEB.rglob("*.py")), *sorted((WEB / "templates").rglob("*.html"))])


def texts_for(catalogue: str) -> dict[Identity, SourceText]:
    """The texts that a catalogue must have."""
    if catalogue != SELKO_CATALOGUE:
        return source_texts()
    return _texts_of(path for pattern in IN_SELKO for path in sorted(WEB.glob(pattern)))


def _texts_of(paths: Iterable[Path]) -> dict[Identity, SourceText]:
    found: dict[Identity, SourceText] = {}
    for path in paths:
        if path.suffix == ".py":
            _collect(found, path, "python", {})
        else:
            _collect(found, path, babel_extract, JINJA_OPTIONS)
    return found


def _collect(found: dict[Identity, SourceText], path: Path, method: object, options: dict[str, str]) -> None:
    with path.open("rb") as source:
        messages = list(extract(method, source, KEYWORDS, (), options))  # type: ignore[arg-type]
    for line, message, _comments, context in messages:
        singular, plural = message if isinstance(message, tuple) else (message, None)
        if not singular:
            continue
        text = SourceText(context, singular, plural, path, line)
        known = found.setdefault(text.identity, text)
        if plural and not known.plural:
            found[text.identity] = text


def placeholders(text: str) -> set[str]:
    return {match.group(1) for match in PLACEHOLDER.finditer(text) if match.group(1)}


@dataclass(frozen=True)
class Translated:
    path: Path
    strings: tuple[str, ...]
    fuzzy: bool


def translated_texts(lang: str) -> tuple[dict[Identity, Translated], list[str]]:
    """All entries of a language's catalogues, and complaints about pairs of catalogues that disagree."""
    entries: dict[Identity, Translated] = {}
    complaints: list[str] = []
    for path in catalogue_files(lang):
        for message in read_catalogue(path, lang):
            if not message.id:
                continue
            singular = message.id if isinstance(message.id, str) else message.id[0]
            strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            if not is_filled(strings):
                continue
            entry = Translated(path, strings, message.fuzzy)
            earlier = entries.setdefault((message.context, singular), entry)
            if earlier.strings != entry.strings:
                complaints.append(
                    f"{lang}: {singular!r} is {earlier.strings!r} in {earlier.path.name}"
                    f" but {strings!r} in {path.name}"
                )
    return entries, complaints


def complaints() -> Iterator[str]:
    """One line for each thing that is wrong, in every language but the source's."""
    everything = source_texts()
    for lang in CATALOGUES:
        entries, contradictions = translated_texts(lang)
        yield from contradictions
        for identity, text in texts_for(lang).items():
            entry = entries.get(identity)
            where = f"{text.path.relative_to(WEB.parent)}:{text.line}"
            if entry is None:
                yield f"{lang}: missing {text.singular!r} ({where}) in {text.capability}.po"
            elif entry.fuzzy:
                yield f"{lang}: fuzzy {text.singular!r} in {entry.path.name}"
            else:
                yield from _placeholder_complaints(lang, text, entry)
        for (_, singular), entry in entries.items():
            if (_, singular) not in everything:
                yield f"{lang}: unused {singular!r} in {entry.path.name}"


def _placeholder_complaints(lang: str, text: SourceText, entry: Translated) -> Iterator[str]:
    if (text.plural is None) != (len(entry.strings) == 1):
        yield f"{lang}: {text.singular!r} in {entry.path.name} has the wrong number of plural forms"
        return
    expected = placeholders(text.plural or text.singular)
    allowed = expected | placeholders(text.singular)
    for position, string in enumerate(entry.strings):
        present = placeholders(string)
        # A singular form may spell the count out ("one provider").
        required = expected - {"n", "num", "count"} if text.plural and position == 0 else expected
        if not required <= present <= allowed:
            yield f"{lang}: placeholders of {text.singular!r} differ in {entry.path.name}: {string!r}"


def missing(lang: str) -> dict[str, list[SourceText]]:
    """Texts without a translation, by the catalogue that they belong in."""
    entries, _ = translated_texts(lang)
    grouped: dict[str, list[SourceText]] = {}
    for identity, text in texts_for(lang).items():
        entry = entries.get(identity)
        if entry is None or entry.fuzzy:
            grouped.setdefault(text.capability, []).append(text)
    return grouped


def as_po(texts: Iterable[SourceText]) -> str:
    """The texts as empty entries, ready to be pasted into a catalogue."""
    catalogue = Catalog()
    for text in texts:
        identifier = (text.singular, text.plural) if text.plural else text.singular
        where = (str(text.path.relative_to(WEB.parent)), text.line)
        catalogue.add(identifier, locations=[where], context=text.context)
    written = io.BytesIO()
    write_po(written, catalogue, omit_header=True, width=0)
    return written.getvalue().decode()
