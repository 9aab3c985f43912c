"""What both syntaxes share when an invoice is written: elements in order, and nothing written that is empty. Pure."""

from decimal import Decimal
from typing import Any

from lxml import etree


class Node:
    """An element that grows children in the order of the calls; an empty text makes no child."""

    def __init__(self, element: Any, namespaces: dict[str, str]) -> None:
        self.element = element
        self.namespaces = namespaces

    def group(self, name: str, **attributes: str) -> "Node":
        child = etree.SubElement(self.element, self._tag(name))
        for key, value in attributes.items():
            child.set(key, value)
        return Node(child, self.namespaces)

    def add(self, name: str, text: str, **attributes: str) -> None:
        if text:
            self.group(name, **attributes).element.text = text

    def _tag(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self.namespaces[prefix]}}}{local}" if prefix else name


def document(root: Any) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def digits(number: Decimal, *, least: int = 0) -> str:
    """A number without exponent or needless zeros, with at least `least` decimals."""
    text = f"{number.normalize() + 0:f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole
