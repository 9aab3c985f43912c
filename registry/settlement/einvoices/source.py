"""The XML of a file, taken apart with care: a file from outside may be a bomb, and may not make us read anything else.

No document type, so no entities and nothing that expands; no network; a bound on bytes, elements and depth. Everything
that cannot be read is noted with its place and the reading goes on, so that the sender learns of it all at once.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from registry.settlement.einvoices.invoice import ZERO, Problem, fault

MOST_BYTES: Final = 5_000_000
MOST_TAGS: Final = 300_000
"""Opening and closing ones: what five megabytes of an honest invoice hold, and memory enough for it."""
DEEPEST: Final = 32
MOST_NAMED: Final = 500
"""Problems that are kept with their place; the rest are counted."""
LONGEST_FACT: Final = 80
ENCODINGS: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})

_DECLARED: Final = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_FRAME: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<([A-Za-z-]+:)?Envelope[\s>]")
_XML: Final = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")


class Unreadable(Exception):
    """The file as a whole is not taken."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].rule)
        self.problems = problems


def looks_like_xml(content: bytes) -> bool:
    """Whether the content is meant as XML; anything else is read as CSV."""
    return _XML.match(content[:256]) is not None


def parse(content: bytes) -> Any:
    """The root element, or Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(fault("XML-SIZE"))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:256]:
        raise Unreadable(fault("XML-ENCODING"))
    inner = _without_frame(content)
    declared = _DECLARED.match(inner.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].decode().lower() not in ENCODINGS:
        raise Unreadable(fault("XML-ENCODING"))
    # the encodings above hold ASCII as it is, so no document type can hide from this
    if b"<!DOCTYPE" in inner or b"<!ENTITY" in inner:
        raise Unreadable(fault("XML-DOCTYPE"))
    if inner.count(b"<") > MOST_TAGS:
        raise Unreadable(fault("XML-SIZE"))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(inner, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        rule = "XML-ENCODING" if "encod" in str(error.msg).lower() else "XML-MALFORMED"
        raise Unreadable(fault(rule, line=line, column=column)) from None
    except (ValueError, LookupError):
        raise Unreadable(fault("XML-ENCODING")) from None
    _bounded(root)
    return root


def _without_frame(content: bytes) -> bytes:
    """A Finvoice file may come in its transmission frame, a SOAP envelope in front of the invoice."""
    if not _FRAME.match(content[:1_000]):
        return content
    end = content.find(b"Envelope>")
    return content[end + len(b"Envelope>") :].lstrip() if end >= 0 else content


def _bounded(root: Any) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise Unreadable(fault("XML-DEPTH"))


def plain(text: str) -> str:
    """A text of the file as one line that can be shown: control characters out, white space single."""
    if not text.isprintable():
        text = "".join(ch if ch.isprintable() else " " for ch in text)
    return " ".join(text.split())


class Source:
    """Reads values below elements of one file, and notes what is missing or malformed."""

    def __init__(self, namespaces: dict[str, str]) -> None:
        self.namespaces = namespaces
        self.problems: list[Problem] = []
        self.count = 0
        self._prefixes = {uri: prefix for prefix, uri in namespaces.items()}
        self._whole: dict[str, str] = {}
        self._places: dict[Any, dict[Any, int]] = {}

    def note(self, rule: str, element: Any = None, below: str = "", **facts: object) -> None:
        self.count += 1
        if len(self.problems) < MOST_NAMED:
            short = {name: plain(str(value))[:LONGEST_FACT] for name, value in facts.items()}
            self.problems.append(fault(rule, self.path(element, below), **short))

    def path(self, element: Any, below: str = "") -> str:
        """The XPath of an element, with the prefixes that the standard uses; `below` it where something is missing."""
        parts: list[str] = []
        while element is not None:
            parent = element.getparent()
            place = self._places_in(parent).get(element) if parent is not None else None
            parts.append(self._name(element) + (f"[{place}]" if place else ""))
            element = parent
        return "/" + "/".join(parts[::-1]) + (f"/{below}" if below else "")

    def _places_in(self, parent: Any) -> dict[Any, int]:
        """The place of each child among those of its name, where there are several. Counted once for each parent: for
        each of hundreds of problems anew, it would cost its sender nothing and everybody else many seconds."""
        if parent not in self._places:
            several, seen = Counter(child.tag for child in parent), Counter[str]()
            places = self._places[parent] = {}
            for child in parent:
                seen[child.tag] += 1
                if several[child.tag] > 1:
                    places[child] = seen[child.tag]
        return self._places[parent]

    def _name(self, element: Any) -> str:
        qualified = etree.QName(element)
        prefix = self._prefixes.get(qualified.namespace or "", "")
        return f"{prefix}:{qualified.localname}" if prefix else str(qualified.localname)

    def find(self, element: Any, path: str) -> Any:
        return element.find(self._in_full(path)) if element is not None else None

    def all(self, element: Any, path: str) -> Iterator[Any]:
        yield from element.iterfind(self._in_full(path))

    def _in_full(self, path: str) -> str:
        """A path with its namespaces written out, once for each path: the parser would else sort them at each step."""
        whole = self._whole.get(path)
        if whole is None:
            steps = (step.rpartition(":") for step in path.split("/"))
            whole = "/".join(f"{{{self.namespaces[p]}}}{name}" if p else name for p, _, name in steps)
            self._whole[path] = whole
        return whole

    def text(self, element: Any, path: str, rule: str = "") -> str:
        """The trimmed text; with a rule, its absence breaks that rule."""
        found = self.find(element, path)
        text = plain(found.text or "") if found is not None else ""
        if rule and not text:
            self.note(rule, element, path)
        return text

    def texts(self, element: Any, path: str) -> tuple[str, ...]:
        found = (plain(each.text or "") for each in self.all(element, path)) if element is not None else ()
        return tuple(text for text in found if text)

    def decimal(self, element: Any, path: str, rule: str = "", *, cents: bool = False) -> Decimal | None:
        """A number; with `cents`, one of at most two decimals (BR-DEC)."""
        text = self.text(element, path, rule)
        if not text:
            return None
        number = self.number(text)
        if number is None:
            self.note("FORMAT-NUMBER", self.find(element, path), found=text)
        elif cents and number != round(number, 2):
            self.note("BR-DEC", self.find(element, path), found=text)
        return number

    def number(self, text: str) -> Decimal | None:
        return Decimal(text) if _DECIMAL.fullmatch(text) else None

    def amount(self, element: Any, path: str, rule: str = "") -> Decimal:
        return self.decimal(element, path, rule, cents=True) or ZERO

    def day(self, element: Any, path: str, rule: str = "") -> date | None:
        text = self.text(element, path, rule)
        if not text:
            return None
        found = self.calendar_day(text)
        if found is None:
            self.note("FORMAT-DATE", self.find(element, path), found=text)
        return found

    def calendar_day(self, text: str) -> date | None:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
