"""What an invariant is: a name, and a query that says of every row whether it holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must always be true. `rows` is a SELECT of (id, ok), one row for each thing examined; what is
    not plainly true is an offence. Set-wise, so that it stays possible on millions of rows."""

    name: str
    """`vouchers: granted = available + reserved + captured + returned`: what about, then the claim."""
    counted: str
    """What is counted: vouchers, redemptions…"""
    rows: str


def values(pairs: Iterable[tuple[str, ...]]) -> str:
    """Rows of a VALUES list from constants of the rules."""
    return ", ".join("(" + ", ".join(f"'{part}'" for part in pair) + ")" for pair in pairs)


def steps(transitions: Mapping[str, Iterable[str]]) -> str:
    """A state machine as VALUES rows (from, to); staying where one is is always allowed."""
    return values(
        (str(before), str(after)) for before, afters in transitions.items() for after in {before, *afters}
    )


def states(wanted: Iterable[str]) -> str:
    """States as an SQL list."""
    return ", ".join(f"'{state}'" for state in sorted(str(s) for s in wanted))
