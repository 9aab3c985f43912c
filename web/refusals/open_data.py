"""Refusals of open data."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "table.unknown": N_("There is no such table."),
}
