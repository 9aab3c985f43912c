"""Names of people in running text, in Finnish, Swedish and English, with their endings.

A gazetteer of the commonest names, each with the stems that Finnish bends it by: Matti is Matin and Mattia, Virtanen
Virtasen and Virtasta, Mäki Mäen. A word is looked up by cutting a known ending off it, so that a few thousand names
need no list of their hundred thousand forms.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

LONGEST_WORD: Final = 40

_VOWELS: Final = "aeiouyåäöéèáíóú"
_CLITICS: Final = re.compile(r"(?:kin|kaan|kään|k[oö]|h[aä]n|p[aä])$")

_WEAK: Final = frozenset(
    ["n", "t", "lla", "llä", "lle", "lta", "ltä", "ssa", "ssä", "sta", "stä", "ksi", "tta", "ttä"]
)
"""Endings that open with two consonants or close the syllable: the stem before them is in the weak grade."""
_STRONG: Final = frozenset(
    [
        "a",
        "ä",
        "ta",
        "tä",
        "na",
        "nä",
        "ni",
        "si",
        "nsa",
        "nsä",
        "mme",
        "nne",
        "hän",
        "han",
        "hun",
        "hin",
        "hen",
        "jen",
        "ja",
        "jä",
        "ille",
        "illa",
        "iden",
        "seen",
    ]
)
_SE: Final = _WEAK | frozenset(["en", "na", "nä", "ni", "si", "nsa", "nsä", "mme", "nne"])
"""What follows the stem of -nen and -s: Virtase-n, Markukse-lle."""
_PLURAL: Final = frozenset(
    ["a", "ä", "in", "en", "lla", "llä", "lle", "lta", "ltä", "ssa", "ssä", "sta", "stä", "ksi", "na", "nä"]
)
_PARTITIVE: Final = frozenset(["ta", "tä", "ten", "tta", "ttä"])
_NOMINATIVE: Final = frozenset(("", "s"))
"""Finnish and English as it stands; Swedish genitive -s."""
_AFTER_MARK: Final = frozenset((*_WEAK, *_STRONG, "s", "in", "an", "en", "ia", "ilta", "ille", "illa", "iin"))
"""After a colon or an apostrophe: Ahmed:n, Ahmed's."""
_AT_A_PERSON: Final = re.compile(r"(?:ll[aä]|lt[aä]|lle)$")
"""Salolla is at the person, Salossa in the town; save for towns of hills and capes, where one is "on"."""
_HILLS: Final = ("mäki", "niemi")

Stems = Iterator[tuple[str, frozenset[str]]]

_GEMINATES: Final = (("kk", "k"), ("pp", "p"), ("tt", "t"))
_GRADES: Final = (
    *_GEMINATES,
    *(("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("nk", "ng"), ("mp", "mm"), ("ht", "hd")),
    *(("lk", "l"), ("rk", "r"), ("rk", "rj"), ("lp", "lv"), ("rp", "rv")),
)
_SINGLE: Final = {"k": "", "p": "v", "t": "d"}


def _weak(stem: str, *, surname: bool) -> set[str]:
    """The stem in the weak grade. Surnames bend as the words that they come from (Mäki, Mäen); in first names only
    double consonants and a few clusters give way (Matti, Matin, but Niko, Nikon)."""
    head, last = stem[:-1], stem[-1:]
    found = {stem}
    for strong, weak in _GRADES if surname else _GRADES[:8]:
        if head.endswith(strong):
            found.add(head.removesuffix(strong) + weak + last)
    if surname and len(head) > 1 and head[-1] in _SINGLE and head[-2] in _VOWELS:
        found.add(head[:-1] + _SINGLE[head[-1]] + last)
    return found


def _strengthened(head: str) -> set[str]:
    """The other way round, for Rinne, Rinteen and Kangas, Kankaan; `head` lacks its last vowel."""
    return {head} | {
        head.removesuffix(weak) + strong
        for strong, weak in (("nt", "nn"), ("nk", "ng"), ("mp", "mm"), ("ht", "hd"), ("t", "d"))
        if head.endswith(weak)
    }


def _vowel_stem(stem: str, *, surname: bool) -> Stems:
    yield stem, _STRONG | {stem[-1] + "n"}
    for weak in _weak(stem, surname=surname):
        yield weak, _WEAK


def _stems(name: str, *, surname: bool) -> Stems:
    """A name's stems, each with the endings that it takes. More than grammar allows: what nobody writes does no
    harm, what somebody writes must be found."""
    yield name, _NOMINATIVE
    if name.endswith("nen"):
        stem = name[:-3] + "s"
        yield stem + "e", _SE
        yield stem, _PARTITIVE
        yield stem + "i", _PLURAL
        return
    if name[-1] in _VOWELS:
        yield from _vowel_stem(name, surname=surname)
        if surname and name[-1] == "i":
            yield from _vowel_stem(name[:-1] + "e", surname=True)
            yield name[:-1], _PARTITIVE
        if surname and name[-1] == "e":
            for head in _strengthened(name[:-1]):
                yield head + "ee", _WEAK | {"seen", "na", "nä"}
            yield name, frozenset(("tta", "ttä"))
        if name == "satu":
            yield "sadu", _WEAK
        return
    yield from _vowel_stem(name + "i", surname=False)
    if name[-1] == "s":
        yield name[:-1] + "kse", _SE
        yield name, _PARTITIVE
        if surname and name[-2] in "aä":
            for head in _strengthened(name[:-2]):
                yield head + 2 * name[-2], _WEAK | {"seen", "na", "nä"}


@dataclass(frozen=True, slots=True)
class Base:
    """A name of the gazetteer."""

    name: str
    first: bool
    rare: bool
    """Not a Finnish or Swedish name: too short a one means something else when it is written small."""
    word: bool
    place: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the gazetteer says of a word."""

    names: frozenset[str]
    """Those it may be a form of."""
    sure: bool
    """As it stands it can only be a name."""
    first: bool
    place: bool
    """It may be a place, and does not bend like a person."""
    small: bool
    """It would be taken for a name even without a capital."""


class Index:
    """Stem → the names it may belong to, with the endings that they take."""

    def __init__(self) -> None:
        self._by_stem: dict[str, list[tuple[frozenset[str], Base]]] = {}

    def add(self, base: Base) -> None:
        for stem, endings in _stems(base.name, surname=not base.first):
            if stem:
                self._by_stem.setdefault(stem, []).append((endings, base))

    def bases(self, word: str) -> set[Base]:
        """The names that a word in small letters may be a form of."""
        head, mark, tail = word.partition(":") if ":" in word else word.replace("’", "'").partition("'")
        if mark:
            return self._ends(head, _NOMINATIVE) if tail in _AFTER_MARK or not tail else set()
        if len(word) > LONGEST_WORD:
            return set()
        found = self._ends(word)
        without = _CLITICS.sub("", word)
        return found if found or without == word else self._ends(without)

    def _ends(self, word: str, allowed: frozenset[str] | None = None) -> set[Base]:
        found: set[Base] = set()
        for cut in range(len(word), max(1, len(word) - 7), -1):
            for endings, base in self._by_stem.get(word[:cut], ()):
                if word[cut:] in (endings if allowed is None else endings & allowed):
                    found.add(base)
        return found


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names, and the words around them that speak for or against a name."""

    names: Index
    forms: frozenset[str]
    small: frozenset[str]
    places: Index
    capitals: frozenset[str]
    titles: frozenset[str]
    verbs: frozenset[str]

    def known(self, word: str) -> Known | None:
        """What is known of a word in small letters, or None."""
        bases = self.names.bases(word)
        if not bases:
            return None
        shapes = {word, _CLITICS.sub("", word)}
        sure = shapes.isdisjoint(self.forms) and any(not base.word for base in bases)
        return Known(
            names=frozenset(base.name for base in bases),
            sure=sure,
            first=any(base.first for base in bases),
            place=any(
                base.place and (base.name.endswith(_HILLS) or not _AT_A_PERSON.search(word)) for base in bases
            ),
            small=sure
            and shapes.isdisjoint(self.small)
            and any(not base.word and len(base.name) >= (5 if base.rare else 4) for base in bases),
        )

    def is_no_person(self, word: str) -> bool:
        """A word that is written with a capital for another reason."""
        return word in self.capitals or bool(self.places.bases(word))


@cache
def gazetteer() -> Gazetteer:
    """Read once per process, when the first comment comes."""
    data = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
    words, places = _words(data["also"], "words"), _words(data["also"], "places")
    index = Index()
    for kind, lists in (("first", data["first"]), ("last", data["last"])):
        for language in lists:
            for name in _words(lists, language):
                index.add(Base(name, kind == "first", language == "foreign", name in words, name in places))
    return Gazetteer(
        names=index,
        forms=frozenset(_words(data["also"], "forms")),
        small=frozenset(_words(data["also"], "small")),
        places=index_of(_words(data["not"], "places"), first=False),
        capitals=frozenset(_words(data["not"], "words")),
        titles=frozenset(_words(data["titles"], "before")),
        verbs=frozenset(_words(data["titles"], "after")),
    )


def index_of(names: Iterable[str], *, first: bool) -> Index:
    """An index of just these names."""
    made = Index()
    for name in names:
        made.add(Base(name.lower(), first, rare=False, word=False, place=False))
    return made


def _words(lists: Mapping[str, Any], key: str) -> set[str]:
    return set(str(lists[key]).lower().split())
