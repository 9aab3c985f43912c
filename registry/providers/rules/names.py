"""What the public is shown of a provider, and how its name is searched and sorted."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final

# --- what the public is shown -------------------------------------------------------------------------------------


def start_to_come(next_start: date | None, on: date) -> date | None:
    """A next start that has passed is none: nobody can begin on it, and the provider has not said a later one."""
    return next_start if next_start is not None and next_start >= on else None


def address_shown(form: str, street: str | None, postal_code: str | None) -> tuple[str | None, str | None]:
    """Street and postal code, neither of a sole trader, who often works at home."""
    return (None, None) if form == "sole_trader" else (street, postal_code)


# --- searching and sorting ----------------------------------------------------------------------------------------

_SPECIAL: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe"}
)
_NOT_WORD: Final = re.compile(r"[\W_]+")
_LONGEST_WORD: Final = 60
_MOST_WORDS: Final = 12


def search_words(*texts: str | None) -> str:
    """Texts as they are searched: lower case, without accents (å, ä, ö → a, a, o), words parted by one space.

    A visitor without a Finnish keyboard finds "Työpörssi" by "tyoporssi"; the same is done to what is searched
    and to what is searched for. Doing it twice changes nothing.
    """
    joined = " ".join(text for text in texts if text)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", joined).casefold())
    bare = "".join(c for c in folded if not unicodedata.category(c).startswith("M")).translate(_SPECIAL)
    return _NOT_WORD.sub(" ", bare).strip()


def query_words(text: str) -> list[str]:
    """The words of a search, each once: at most twelve, of at most sixty characters, so that a search is never
    more work than a search."""
    words = (word[:_LONGEST_WORD] for word in search_words(text[:1000]).split())
    return list(dict.fromkeys(words))[:_MOST_WORDS]


def prefix_query(words: Sequence[str]) -> str:
    """The words as a tsquery: every one of them, in any order, by its beginning. Words hold letters and digits
    only, each in quotes, so that nothing that was typed can be read as an operator."""
    return " & ".join(f"'{word}':*" for word in words)


_FINNISH_END: Final = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})


def sort_key(name: str) -> str:
    """A name as Finnish sorts it in a database that orders by code point: å, ä and ö after z, other accents and
    punctuation of no weight."""
    lowered = unicodedata.normalize("NFC", name).casefold().translate(_FINNISH_END)
    folded = unicodedata.normalize("NFKD", lowered)
    bare = "".join(c for c in folded if not unicodedata.category(c).startswith("M")).translate(_SPECIAL)
    return re.sub(r"[^\w{|}]+|_+", " ", bare).strip()
