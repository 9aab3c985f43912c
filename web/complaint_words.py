"""Words for complaints: what they may be about, and how far they have come."""

from typing import Final

from web.translations import N_

ABOUT_TEXTS: Final[dict[str, str]] = {
    "not_as_promised": N_("The service was not what was promised"),
    "treatment": N_("I was treated badly"),
    "waiting": N_("I had to wait too long, or could not reach anybody"),
    "quality": N_("The guidance was poor"),
    "charged_wrongly": N_("Something was charged that I did not get"),
    "safety": N_("I did not feel safe"),
    "other": N_("Something else"),
}

STATE_TEXTS: Final[dict[str, str]] = {
    "open": N_("Being looked into"),
    "upheld": N_("You were right"),
    "not_upheld": N_("Nothing wrong was found"),
    "withdrawn": N_("Taken back"),
}
STATE_COLOURS: Final[dict[str, str]] = {
    "open": "info",
    "upheld": "success",
    "not_upheld": "neutral",
    "withdrawn": "neutral",
}
