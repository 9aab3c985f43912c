"""What trying the method on real outcomes found, as the method page tells it: New Jersey's register of training
providers, by `registry quality evaluate`. A test computes it again where the file is at hand."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tried:
    """The figures that a reader needs to judge whether the method keeps its word. Shares in tenths of a per cent."""

    results: int
    people: int
    fields: int
    foretold: int
    """Results of a later quarter that the 90 % intervals were held against."""
    held: int
    expected: int
    """In how many of a thousand cases the method itself says that they should hold."""
    pairs: int
    told_apart: int
    places: int
    changed: int
    """Of the places among the top ten of the larger fields, how many go to others than by the bare share."""


TRIED: Final = Tried(
    results=1_089,
    people=60_903,
    fields=209,
    foretold=949,
    held=966,
    expected=940,
    pairs=10_880,
    told_apart=254,
    places=300,
    changed=20,
)
