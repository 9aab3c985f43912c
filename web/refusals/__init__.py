"""What each refusal says to a person, by its code.

Every capability has a module here with `TEXTS: dict[code, N_("sentence")]`. A sentence may name the refusal's
facts: `%(left)s` for the fact `left_cents` as money, `%(until)s` for a date, `%(units)s` for a number,
`%(changed_fields)s` for names of the offer.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from web.change_fields import FIELDS
from web.translations import N_, format_date, format_list, format_money, format_number, gettext

GENERAL: Final = N_("This cannot be done. Check what you entered, or ask for help.")


@cache
def texts() -> dict[str, str]:
    """All sentences of all capabilities; a code that stands in two modules stops the start."""
    collected: dict[str, str] = {}
    for module in pkgutil.iter_modules(__path__):
        added: dict[str, str] = importlib.import_module(f"{__name__}.{module.name}").TEXTS
        twice = collected.keys() & added.keys()
        if twice:
            raise ValueError(f"refusal texts stand in two places: {sorted(twice)}")
        collected |= added
    return collected


def _shown(facts: Mapping[str, Any]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for key, value in facts.items():
        if value is None:
            continue
        if key.endswith("_cents"):
            shown[key.removesuffix("_cents")] = format_money(int(value))
        elif key.startswith("units"):
            shown[key] = format_number(int(value) / 100)
        elif key == "changed_fields":
            shown[key] = format_list([gettext(FIELDS[name]) for name in value.split(", ")])
        elif isinstance(value, bool):
            shown[key] = str(value)
        elif isinstance(value, int):
            shown[key] = format_number(value)
        elif isinstance(value, date):
            shown[key] = format_date(value)
        else:
            shown[key] = _date_or_text(str(value))
    return shown


def _date_or_text(value: str) -> str:
    try:
        return format_date(date.fromisoformat(value))
    except ValueError:
        return value


def sentence(code: str, facts: Mapping[str, Any] | None = None) -> str:
    """The sentence for a code in the reader's language, with its amounts."""
    text = texts().get(code, GENERAL)
    try:
        # formatted here and always: a sentence whose facts are missing must not show its placeholders
        return gettext(text) % _shown(facts or {})
    except KeyError:
        return gettext(GENERAL)
