"""A rule book as text that an administrator can write and read, and back.

    criterion stand_in (1233/2006 5 §)
    fi: Palveluntuottaja osoittaa, kuka valmentaa, jos valmentaja on estynyt.
    sv: …
    en: …

Points are parted by an empty line; a line without a language goes on with the one above.
"""

import re
from collections.abc import Sequence
from typing import Final

from registry.catalogue.legal_regimes.rules import LANGUAGES, Words
from registry.catalogue.rule_books.rules import Point, PointKind

_HEAD: Final = re.compile(r"(criterion|term)\s+([^\s()]+)\s*(?:\((.*)\))?")
_SAID: Final = re.compile(r"(fi|sv|en):\s*(.*)")


class UnreadableBook(Exception):
    """The text is no rule book; the message names the line."""


def as_text(points: Sequence[Point]) -> str:
    """The points as they are written."""
    return "\n\n".join(_point_text(point) for point in points)


def _point_text(point: Point) -> str:
    basis = f" ({point.legal_basis})" if point.legal_basis else ""
    said = (f"{language}: {point.text.said_in(language)}" for language in LANGUAGES)
    return "\n".join((f"{point.kind} {point.code}{basis}", *said))


def points_in(text: str) -> tuple[Point, ...]:
    """The points of a text. What a point lacks is left empty, for the rules to find. Raises UnreadableBook."""
    points: list[Point] = []
    head: re.Match[str] | None = None
    said: dict[str, str] = {}
    language = ""
    for number, line in enumerate([*text.replace("\r\n", "\n").split("\n"), ""], start=1):
        bare = line.strip()
        if not bare:
            if head is not None:
                points.append(_point(head, said))
            head, said, language = None, {}, ""
        elif head is None:
            head = _HEAD.fullmatch(bare)
            if head is None:
                raise UnreadableBook(f"{number}: {bare[:60]}")
        elif spoken := _SAID.fullmatch(bare):
            language = spoken[1]
            if language in said:
                raise UnreadableBook(f"{number}: {bare[:60]}")
            said[language] = spoken[2]
        elif language:
            said[language] += f" {bare}"
        else:
            raise UnreadableBook(f"{number}: {bare[:60]}")
    return tuple(points)


def _point(head: re.Match[str], said: dict[str, str]) -> Point:
    words = Words(said.get("fi", ""), said.get("sv", ""), said.get("en", ""))
    return Point(head[2], PointKind(head[1]), words, (head[3] or "").strip() or None)
