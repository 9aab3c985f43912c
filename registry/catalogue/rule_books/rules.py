"""What a rule book is made of.

A *criterion* is what the officer looks at one by one before deciding: the provider meets it, does not, or it does not
apply. A *term* is what the provider promises to work by once it is approved: it is accepted, not examined.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from registry.catalogue.legal_regimes.rules import LANGUAGES, Words

MOST_POINTS: Final = 60
LONGEST_POINT: Final = 1000
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,29}")


class PointKind(StrEnum):
    CRITERION = "criterion"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Point:
    code: str
    kind: PointKind
    text: Words
    legal_basis: str | None = None
    """The section that it rests on, where it is the law's and not the organiser's own: `569/2009 5 §`."""


def point_document(point: Point) -> dict[str, Any]:
    """As it is kept."""
    document: dict[str, Any] = {
        "code": point.code,
        "kind": str(point.kind),
        "text": {language: point.text.said_in(language) for language in LANGUAGES},
    }
    return document | ({"legal_basis": point.legal_basis} if point.legal_basis else {})


def read_point(document: Mapping[str, Any]) -> Point:
    """Back from what is kept."""
    text = document["text"]
    return Point(
        code=document["code"],
        kind=PointKind(document["kind"]),
        text=Words(fi=text["fi"], sv=text["sv"], en=text["en"]),
        legal_basis=document.get("legal_basis"),
    )


def book_problems(version: str, points: Sequence[Point]) -> dict[str, str]:
    """Field → code of everything that is wrong; empty when the book can be published. Every point exists in every
    language: who does not understand a criterion cannot show that it is met."""
    problems: dict[str, str] = {}
    if not _VERSION.fullmatch(version):
        problems["version"] = "rule_book.version_malformed"
    if not 1 <= len(points) <= MOST_POINTS:
        problems["points"] = "rule_book.points_range"
    elif not any(point.kind is PointKind.CRITERION for point in points):
        problems["points"] = "rule_book.no_criterion"
    seen: set[str] = set()
    for number, point in enumerate(points):
        if not _CODE.fullmatch(point.code):
            problems[f"points.{number}.code"] = "rule_book.code_malformed"
        elif point.code in seen:
            problems[f"points.{number}.code"] = "rule_book.code_twice"
        seen.add(point.code)
        texts = [point.text.said_in(language).strip() for language in LANGUAGES]
        if not all(texts):
            problems[f"points.{number}.text"] = "rule_book.language_missing"
        elif max(map(len, (*texts, point.legal_basis or ""))) > LONGEST_POINT:
            problems[f"points.{number}.text"] = "rule_book.text_long"
    return problems
