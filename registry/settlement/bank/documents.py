"""Opening an XML file that came from outside, and saying everything that is wrong with one.

A bank's file is as untrusted as any upload: entities, document types and the network are off, and size and depth are
bounded before anything is looked at, so that no file can read ours or exhaust the machine.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from registry.shared.errors import Invalid

MOST_BYTES: Final = 20_000_000
MOST_DEPTH: Final = 40
"""The deepest path of camt.053 that carries anything we read has 12 elements."""
MOST_NAMED: Final = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file: where (an XPath of element names), what, and the amounts that show it."""

    path: str
    code: str
    facts: dict[str, object] = field(default_factory=dict)


class BankFileUnreadable(Invalid):
    """A file that is not taken in, with every reason: half a bank statement explains nothing."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        named = {p.path: p.code for p in reversed(self.problems[:MOST_NAMED])}
        super().__init__(
            "bank.unreadable", errors=dict(reversed(named.items())), problem_count=len(self.problems)
        )


def open_document(content: bytes) -> etree._Element:
    """The root element of a file that is small, shallow, plain XML; raises BankFileUnreadable."""
    if len(content) > MOST_BYTES:
        raise BankFileUnreadable([Problem("/", "bank.too_large")])
    if not content.strip():
        raise BankFileUnreadable([Problem("/", "bank.empty")])
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        raise BankFileUnreadable([Problem("/", "bank.not_xml", {"line": line})]) from None
    if root.getroottree().docinfo.doctype:
        raise BankFileUnreadable([Problem("/", "bank.doctype")])
    if _deeper_than(root, MOST_DEPTH):
        raise BankFileUnreadable([Problem("/", "bank.too_deep")])
    return root


def _deeper_than(root: etree._Element, most: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > most:
            return True
    return False


def local(element: etree._Element) -> str:
    """The element's name without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """Every element at the end of the path of names, in order."""
    if element is None:
        return
    if not names:
        yield element
        return
    for child in element:
        if local(child) == names[0]:
            yield from children(child, *names[1:])


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    return next(children(element, *names), None)


def said(element: etree._Element | None, *names: str) -> str:
    """The text at the end of the path, without space around it; empty where there is none."""
    found = child(element, *names)
    return (found.text or "").strip() if found is not None else ""


class Paths:
    """Where elements of one document stand. The children of an element are counted once: counting them anew for each of
    ten thousand orders would take the square of that, and hold up everybody meanwhile."""

    def __init__(self) -> None:
        self._steps: dict[etree._Element, dict[etree._Element, str]] = {}

    def of(self, element: etree._Element, *below: str) -> str:
        """`/Document/BkToCstmrStmt/Stmt/Ntry[3]/Amt`: a number only where there are several of the name."""
        steps: list[str] = []
        at: etree._Element | None = element
        while at is not None:
            parent = at.getparent()
            steps.append(local(at) if parent is None else self._below(parent)[at])
            at = parent
        return "/" + "/".join([*reversed(steps), *below])

    def _below(self, parent: etree._Element) -> dict[etree._Element, str]:
        if parent not in self._steps:
            names = [(one, local(one)) for one in parent]
            several, seen = Counter(name for _, name in names), Counter[str]()
            steps = self._steps[parent] = {}
            for one, name in names:
                seen[name] += 1
                steps[one] = f"{name}[{seen[name]}]" if several[name] > 1 else name
        return self._steps[parent]
