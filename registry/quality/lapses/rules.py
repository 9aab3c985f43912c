"""Whose choices providers leave unanswered: whether it happens to some people more than to others.

Groups of fewer than five people are added together, and never so that the rest of a known sum tells of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.quality.rules import FEWEST

REST: Final = "rest"
"""Stands for the small groups together."""
NOT_KNOWN: Final = "not_known"


@dataclass(frozen=True, slots=True)
class Group:
    """`people` chose and their provider's time to answer is over; of them `left` got no answer at least once."""

    code: str
    people: int
    left: int


def shown_groups(groups: Mapping[str, tuple[int, int]]) -> list[Group]:
    """The groups that may be shown, largest first, the small ones as one at the end; none where all people together
    are fewer than five. `groups`: code → (people, left without an answer)."""
    whole = sorted(
        (Group(code, *counts) for code, counts in groups.items()), key=lambda g: (-g.people, g.code)
    )
    rest: list[Group] = [group for group in whole if group.people < FEWEST]
    alone = [group for group in whole if group.people >= FEWEST]
    # fewer than five in the rest would be had by subtracting the others from the sum: the smallest group joins them
    while rest and sum(group.people for group in rest) < FEWEST and alone:
        rest.append(alone.pop())
    together = Group(REST, sum(g.people for g in rest), sum(g.left for g in rest))
    return [*alone, together] if together.people >= FEWEST else alone
