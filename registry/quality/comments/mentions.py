"""Where a text mentions somebody by name.

A word of the gazetteer is a name where it can be nothing else; a word that may be something else is one inside a
sentence with a capital, after a title, or beside another name. A word with a capital that no list has is a name after a
title or after a first name.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from registry.quality.comments.names import Known, gazetteer, index_of
from registry.quality.comments.patterns import MARK, Found

_TOKEN: Final = re.compile(rf"{MARK.pattern}|[^\W\d_]+(?:[’':][^\W\d_]+)?")
_ENDS_A_SENTENCE: Final = re.compile(r"[.!?…:;\n]")
_BESIDE: Final = frozenset((" ", "-", "\u00a0"))
"""What may stand between the parts of one name."""
_BEHIND_A_TITLE: Final = frozenset((*_BESIDE, ", ", ": ", ". ", ":", "\n", ",\n", ":\n"))
_BEHIND_AN_INITIAL: Final = frozenset((". ", "."))
_SURNAME: Final = re.compile(
    r"^(?!.*(?:ll|m)i[ns]).+[aouyäöi](?:nen|sen|sella|sellä|selta|seltä|selle|seen|set|sten)$"
)
"""The paradigm of -nen, which with a capital inside a Finnish sentence is hardly ever anything but a surname."""
_COMPANY: Final = re.compile(r"\b(?:oyj?|abp?|ry|rf|tmi|fma|ky|osk|andelslag|inc|ltd)\b\.?", re.IGNORECASE)
_SHOUTED: Final = 0.6
"""A text with more capitals than this uses them for emphasis: they say nothing of names."""


@dataclass(slots=True)
class _Word:
    """A word of the text, and what speaks for its being a name."""

    start: int
    end: int
    text: str
    small: str
    gap: str
    """What stands between it and the word before."""
    begins: bool
    """At the beginning of a sentence, where a capital says nothing."""
    capital: bool
    shouted: bool = False
    """In a text of capitals, where they say nothing."""
    known: Known | None = None
    kind: str = ""
    guessed: bool = False
    """Taken for a name because of what stands beside it: it passes nothing on."""

    @property
    def may_be(self) -> bool:
        return self.capital and self.known is not None

    @property
    def is_initial(self) -> bool:
        return self.capital and len(self.text) == 1


class Reader:
    """Finds mentions, for one provider: its coaches are looked for by name, its own name stays."""

    def __init__(self, *, coaches: Sequence[str] = (), organisation: str = "") -> None:
        self._gazetteer = gazetteer()
        self._coaches = index_of((part for name in coaches for part in _parts(name)), first=True)
        self._organisation = self._stays(organisation)

    def _stays(self, organisation: str) -> re.Pattern[str] | None:
        """The provider's name with whatever ending. One word that is a person's name too is masked all the same."""
        parts = _parts(_COMPANY.sub(" ", organisation))
        if not parts or (len(parts) == 1 and self._gazetteer.known(parts[0].lower())):
            return None
        words = r"[\W_]{1,3}".join(map(re.escape, parts))
        return re.compile(rf"(?<!\w){words}\w{{0,6}}", re.IGNORECASE)

    def found(self, text: str) -> Iterator[Found]:
        """The mentions, each whole: first name, surname and what is between them."""
        words = self._read(text)
        for before, word in zip([None, *words], words, strict=False):
            word.kind = self._judged(word, before)
        for word, verb in pairwise(words):
            if not word.kind and word.may_be and verb.small in self._gazetteer.verbs and verb.gap == " ":
                word.kind = "" if word.small in self._gazetteer.capitals else "name"
        for before, word in pairwise(words):
            self._spread(before, word, forward=True)
        for after, word in pairwise(reversed(words)):
            self._spread(after, word, forward=False)
        _again(words)
        yield from _merged(words)

    def _read(self, text: str) -> list[_Word]:
        stays = [match.span() for match in self._organisation.finditer(text)] if self._organisation else []
        shouted = _is_shouted(MARK.sub("", text))
        words: list[_Word] = []
        end = 0
        for match in _TOKEN.finditer(text):
            found = match.group()
            gap = text[end : match.start()]
            end = match.end()
            inside = any(start <= match.start() < stop for start, stop in stays)
            word = _Word(
                *match.span(), found, found.lower(), gap,
                begins=not words or bool(_ENDS_A_SENTENCE.search(gap)),
                capital=found[0].isupper() and not shouted and not inside,
                shouted=shouted,
            )  # fmt: skip
            if found[0] != "⟦" and not inside:
                word.known = self._gazetteer.known(word.small)
                if self._coaches.bases(word.small) and (word.capital or not self._is_word(word)):
                    word.kind = "coach"
            words.append(word)
        return words

    def _is_word(self, word: _Word) -> bool:
        return word.known is not None and not word.known.sure

    def _judged(self, word: _Word, before: _Word | None) -> str:
        """What a word is by itself and by the word before it: "name", "coach", or nothing."""
        if word.kind == "coach" and not (word.begins and self._is_word(word)):
            return "coach"
        titled = before is not None and before.small in self._gazetteer.titles and word.gap in _BEHIND_A_TITLE
        if word.known is not None:
            if word.small in self._gazetteer.capitals and not titled:
                return ""
            if (
                word.known.sure
                and not word.known.place
                and (word.capital or word.shouted or word.known.small)
            ):
                return "name"
            if word.capital and (titled or not (word.begins or word.known.place)):
                return "name"
            return "name" if titled and word.known.first and word.gap == " " and len(word.text) > 3 else ""
        if not word.capital or len(word.text) < 2 or self._gazetteer.is_no_person(word.small):
            return ""
        return "name" if titled or (not word.begins and _SURNAME.search(word.small)) else ""

    def _spread(self, name: _Word, beside: _Word, *, forward: bool) -> None:
        """A word beside a name becomes part of it, if it may be one."""
        if not name.kind or name.guessed or beside.kind or not beside.capital:
            return
        gap = beside.gap if forward else name.gap
        if gap not in _BESIDE:
            return
        if beside.known is not None:
            beside.kind = name.kind
        elif beside.is_initial and forward and beside.text != "I":
            beside.kind, beside.guessed = name.kind, True
        elif name.capital and len(beside.text) > 1 and not self._gazetteer.is_no_person(beside.small):
            first = name.known is None or name.known.first
            if (forward and first) or (not forward and not beside.begins and not first):
                beside.kind, beside.guessed = name.kind, True


def _is_shouted(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return letters > 8 and sum(map(str.isupper, text)) > _SHOUTED * letters


def _again(words: Sequence[_Word]) -> None:
    """Who was named once is named again: then a capital suffices, wherever it stands."""
    named = {name for word in words if word.kind and word.known for name in word.known.names}
    guessed = {word.small for word in words if word.kind and not word.known and len(word.text) > 2}
    for word in words:
        if not word.kind and word.capital:
            known = word.known is not None and not named.isdisjoint(word.known.names)
            word.kind = "name" if known or word.small in guessed else ""


def _merged(words: Sequence[_Word]) -> Iterator[Found]:
    """Neighbouring names as one; with a coach among them, they are the coach's."""
    start, end, kind = -1, -1, ""
    joins = False
    for before, word in zip([None, *words], words, strict=False):
        initial = before is not None and before.is_initial and word.gap in _BEHIND_AN_INITIAL
        joins = bool(word.kind and kind) and (word.gap in _BESIDE or initial)
        if joins:
            end, kind = word.end, "coach" if "coach" in (kind, word.kind) else kind
            continue
        if kind:
            yield start, end, kind
        start, end, kind = (word.start, word.end, word.kind) if word.kind else (-1, -1, "")
    if kind:
        yield start, end, kind


def _parts(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name)
