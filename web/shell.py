"""What every page's frame needs: navigation links, the person signed in, and addresses of static files."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment

from web import amounts, comment_words, translations, vat_words, words

STATIC_FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True)
class NavLink:
    """One entry of the main navigation, its label already in the reader's language."""

    href: str
    label: str
    current: bool = False


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, as the header says it."""

    name: str
    role_label: str
    acts_for: str | None = None
    """Of a guardian: the client's initials."""


@functools.cache
def asset(name: str) -> str:
    """The address of a static file with a mark of its content, so that it may be cached for ever."""
    path = STATIC_FOLDER / name
    if not path.is_file():
        return f"/static/{name}"
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def install(environment: Environment) -> None:
    """Give a Jinja environment everything that the layout and the components call."""
    translations.install(environment)
    environment.globals["asset"] = asset
    for shown in (
        amounts.units_text,
        amounts.unit_price_text,
        amounts.value_text,
        words.experience_text,
        vat_words.vat_text,
        vat_words.category_text,
        comment_words.words_shown,
        comment_words.moment_text,
        comment_words.reason_text,
        comment_words.masking_measured,
    ):
        environment.globals[shown.__name__] = shown
