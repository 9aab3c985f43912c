"""The change feed as Atom (RFC 4287), page by page (RFC 5005): for feed readers and for people."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as etree  # noqa: N813 - it only writes

from registry.providers.changes.queries import Change
from web.open_data.columns import licence
from web.translations import N_, current_language, gettext

ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
FEED_LENGTH: Final = 50
PATH: Final = "/api/v1/register/changes"

_ATOM: Final = "http://www.w3.org/2005/Atom"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

TITLES: Final = {
    "admitted": N_("%(provider)s was approved: %(service)s"),
    "changed": N_("%(provider)s changed what it offers: %(service)s"),
    "price": N_("%(provider)s has a new price: %(service)s"),
    "suspended": N_("%(provider)s is suspended: %(service)s"),
    "reinstated": N_("%(provider)s can be chosen again: %(service)s"),
    "left": N_("An approval is no longer in the register"),
}


def feed(found: Sequence[Change], *, base_url: str, before: int | None, now: datetime) -> bytes:
    """The document. `found` has one change more than is shown where there are older ones."""
    base = base_url.rstrip("/")
    shown = found[:FEED_LENGTH]
    etree.register_namespace("", _ATOM)
    root = etree.Element(f"{{{_ATOM}}}feed")
    root.set(_XML_LANG, current_language.get())
    itself = f"{base}{PATH}.atom" + (f"?before={before}" if before is not None else "")
    _text(root, "id", f"{base}{PATH}.atom")
    _text(root, "title", gettext("Changes of the register of approved providers"))
    _text(root, "updated", _moment(shown[0].at if shown else now))
    _text(root, "rights", licence().title)
    author = etree.SubElement(root, f"{{{_ATOM}}}author")
    _text(author, "name", gettext("Service voucher register"))
    _link(root, "self", itself, "application/atom+xml")
    _link(root, "alternate", f"{base}/providers", "text/html")
    if len(found) > FEED_LENGTH:
        _link(root, "next", f"{base}{PATH}.atom?before={shown[-1].position}", "application/atom+xml")
    for change in shown:
        _entry(root, change, base)
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written


def _entry(root: etree.Element, change: Change, base: str) -> None:
    entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
    host = urlsplit(base).hostname or "localhost"
    _text(entry, "id", f"tag:{host},2026:register-change/{change.position}")
    said = change.entry or {}
    lang = current_language.get()
    title = gettext(
        TITLES[change.kind], provider=said.get("provider", ""), service=said.get(f"service_{lang}", "")
    )
    _text(entry, "title", _harmless(title))
    _text(entry, "updated", _moment(change.at))
    _link(entry, "alternate", f"{base}/providers/{change.provider_id}", "text/html")
    _link(entry, "related", f"{base}{PATH}?after={change.position - 1}&limit=1", "application/json")
    category = etree.SubElement(entry, f"{{{_ATOM}}}category")
    category.set("term", change.kind)
    _text(entry, "summary", _harmless(", ".join(change.changed) or title))


def _text(parent: etree.Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _link(parent: etree.Element, rel: str, href: str, type_: str) -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link")
    link.set("rel", rel)
    link.set("href", href)
    link.set("type", type_)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _harmless(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(ch for ch in text if ch.isprintable())
