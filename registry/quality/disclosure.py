"""What may be published of a cell, given everything that was published of it before.

A release is compared not with the one before it alone but with all of them, whether public, in preview or withdrawn:
whoever kept an old one could subtract it from a new one, and a difference of one person is that person's result.
"""

from collections.abc import Sequence

from registry.quality.rules import FEWEST, Count


def publishable(fresh: Count, earlier: Sequence[Count]) -> Count | None:
    """The count that a release may carry; None where fewer than five people stand behind it.

    `earlier`: the counts of this cell in all releases before, oldest first. Where the fresh one is closer than five
    people to any of them without being the same, the newest of them stays; one that was published once is published
    as it was, with what was expected of it then.
    """
    for before in earlier:
        if _same(before, fresh):
            return before
    if any(abs(fresh.n - before.n) < FEWEST for before in earlier):
        return earlier[-1]
    return fresh if fresh.n >= FEWEST else None


def _same(one: Count, other: Count) -> bool:
    return (one.n, one.k, one.unknown, one.days) == (other.n, other.k, other.unknown, other.days)
