"""The rows of the comparison: the same for every provider, in the same order. What matters to the chooser comes first
and is marked; no provider moves, and none goes away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from web.translations import N_, gettext

MOST: Final = 3
"""So many things can matter: whoever ticks everything has said nothing."""

MATTERS: Final = {
    "soon": N_("It begins soon"),
    "near": N_("It is near"),
    "language": N_("It is in my language"),
    "online": N_("I can take part online"),
    "one_person": N_("One person helps me from beginning to end"),
    "experience": N_("They know people in my situation"),
}
ROWS_OF: Final = {
    "soon": ("start", "waiting"),
    "near": ("place",),
    "language": ("languages",),
    "online": ("online",),
    "one_person": ("one_person",),
    "experience": ("experience",),
}
"""What matters → the rows that tell it."""

FOR_PERSONS: Final = frozenset({"experience"})
"""Asked of persons only: the situations that providers state are those of jobseekers, not of companies."""

LABELS: Final = {
    "evidence": N_("How it has gone for others"),
    "own_share": N_("What you pay"),
    "own_words": N_("In their own words"),
    "way": N_("Way of working"),
    "languages": N_("Languages"),
    "place": N_("Where"),
    "start": N_("Next free start"),
    "first_talk": N_("First talk before you start"),
    "online": N_("Online"),
    "one_person": N_("One person all along"),
    "experience": N_("Experience with people in these situations"),
    "outcomes": N_("Results, with how sure they are"),
    "reviews": N_("What clients said"),
    "comments": N_("Clients’ own words"),
    "waiting": N_("From the choice to the first meeting"),
    "process": N_("How it has worked"),
    "findings": N_("What the authority has found"),
    "price": N_("Price"),
    "access": N_("Accessibility"),
    "who": N_("Who"),
}
HINTS: Final = {
    "own_words": N_("The provider’s own statement"),
    "one_person": N_("The provider’s own statement"),
    "experience": N_("The provider’s own statement"),
    "price": N_("The authority pays it, not you."),
}
FIRST: Final = ("evidence", "own_share", "own_words", "way", "languages", "place", "start", "first_talk")
MORE: Final = (
    "outcomes",
    "reviews",
    "comments",
    "waiting",
    "process",
    "findings",
    "online",
    "one_person",
    "experience",
    "price",
    "access",
    "who",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is told of every provider."""

    name: str
    label: str
    hint: str | None
    matters: bool


def rows(matters: Sequence[str], *, own_share: bool) -> tuple[list[Row], list[Row]]:
    """(first view, the rest), what matters at the head of the first view. Without an own share nobody is told what
    they pay, and the price is told not to be theirs."""
    ahead = list(dict.fromkeys(row for matter in matters for row in ROWS_OF[matter]))
    first = [name for name in FIRST if name not in ahead and (own_share or name != "own_share")]
    more = [name for name in MORE if name not in ahead]
    return (
        [_row(name, name in ahead, own_share) for name in (*ahead, *first)],
        [_row(name, False, own_share) for name in more],
    )


def _row(name: str, matters: bool, own_share: bool) -> Row:
    hint = None if name == "price" and own_share else HINTS.get(name)
    return Row(name, gettext(LABELS[name]), gettext(hint) if hint else None, matters)


def in_order_asked(matters: Collection[str]) -> list[str]:
    """What matters, each once, in the order in which it is asked."""
    return [code for code in MATTERS if code in matters]


def matters_options(audience: str) -> list[tuple[str, str]]:
    """What can be ticked."""
    return [
        (code, gettext(text))
        for code, text in MATTERS.items()
        if audience == "person" or code not in FOR_PERSONS
    ]
