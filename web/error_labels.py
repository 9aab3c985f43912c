"""The summary above a form that failed says which field each line is about: three times "Fill in this field" would not.

The names are read from the page itself, where every field has its label: so they are the words that the reader sees, and
no page has to say them twice.
"""

import re
from typing import Final

from markupsafe import escape

from web.refusals.site import TEXTS
from web.translations import gettext

_OF_ANY_FIELD: Final = (
    "field.required",
    "field.too_long",
    "field.control_character",
    "field.not_a_number",
    "field.out_of_range",
    "field.not_a_choice",
    "field.not_a_time",
    "field.not_a_date",
    "field.invalid",
    "money.malformed",
    "money.too_large",
)
"""Sentences that name no field."""
_LINE: Final = re.compile(r'<li>(?:<a href="#f-([^"]+)">([^<]+)</a>|[^<]*)</li>')
_LABEL: Final = re.compile(r'class="ds-label"[^>]*>\s*([^<]+)')
_FACT: Final = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")


def named(page: str) -> str:
    """The page, with the lines of its error summary in the order of its fields, and each that could be about any field
    begun by the name of its own."""
    start = page.find('id="error-summary"')
    if start < 0:
        return page
    end = page.index("</ul>", start)
    anything = re.compile(
        "|".join(_FACT.sub(".+", re.escape(str(escape(gettext(TEXTS[code]))))) for code in _OF_ANY_FIELD)
    )

    def place(found: re.Match[str]) -> int:
        return page.find(f'id="f-{found[1]}-error"') if found[1] else -1

    def line(found: re.Match[str]) -> str:
        name, words = found[1], found[2]
        label = _label_of(page, name) if name and anything.fullmatch(words) else ""
        return (
            f'<li><a href="#f-{name}">{label}: {words[0].lower()}{words[1:]}</a></li>' if label else found[0]
        )

    lines = iter([line(found) for found in sorted(_LINE.finditer(page, start, end), key=place)])
    return page[:start] + _LINE.sub(lambda _: next(lines), page[start:end]) + page[end:]


def _label_of(page: str, name: str) -> str:
    """The label, or the legend of a group, that stands last before the field's own message."""
    until = page.find(f'id="f-{name}-error"')
    labels = _LABEL.findall(page, 0, until) if until >= 0 else []
    return str(labels[-1]).strip().rstrip("?:.") if labels else ""
