"""Which bank booking paid which order, in passes from the surest to the least sure; each match says how it was found.

Pure, and the same whatever order its input comes in. Many-to-many with parts: a booking may pay several orders and an
order may be paid by several bookings, but no cent of either is ever used twice. What is left over on both sides, and
the cents taken as differences, explain the whole difference between bank and books (`difference_of`). What a person took
apart is not put together again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

WINDOW_DAYS: Final = 5
"""A transfer ordered on a Thursday before Easter is booked on the Tuesday after it."""
MOST_GROUPED: Final = 16
"""Orders of one payee that one booking is tried against: past that any sum can be made of something."""
MOST_SUMS: Final = 4_096
"""Different sums kept while searching; where there would be more, the booking is left to a person. With MOST_GROUPED it
bounds a search at 65,536 steps, whatever the amounts."""


class Step(StrEnum):
    """How a match was found. `hand` is a person's."""

    END_TO_END = "end_to_end"
    BATCH = "batch"
    REFERENCE = "reference"
    AMOUNT = "amount"
    GROUP = "group"
    INSTALMENTS = "instalments"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Line:
    """What is left of a booking of money out, in positive cents."""

    id: UUID
    cents: int
    on: date
    end_to_end_id: str = ""
    batch: str = ""
    reference: str = ""
    payee: str = ""
    """IBAN."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is left of an order to pay, in positive cents."""

    id: UUID
    cents: int
    on: date
    end_to_end_id: str = ""
    batch: str = ""
    reference: str = ""
    payee: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """So many cents of a booking pay so many of an order: the same, but for a difference within the tolerance."""

    line_id: UUID
    due_id: UUID
    line_cents: int
    due_cents: int
    step: Step

    @property
    def difference_cents(self) -> int:
        """More (positive) or less than what was ordered left the account."""
        return self.line_cents - self.due_cents


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs, and what is left of every booking and order that has something left."""

    pairs: tuple[Pair, ...]
    lines_left: dict[UUID, int]
    dues_left: dict[UUID, int]


Apart = tuple[UUID, UUID]
"""A booking and an order."""


def difference_of(matched: Matched) -> int:
    """Bank less books, as the exceptions explain it: what is booked and not ordered, less what is ordered and not
    booked, and the differences taken."""
    return (
        sum(matched.lines_left.values())
        - sum(matched.dues_left.values())
        + sum(pair.difference_cents for pair in matched.pairs)
    )


def match_bookings(
    lines: Iterable[Line], dues: Iterable[Due], *, tolerance_cents: int = 0, apart: Collection[Apart] = ()
) -> Matched:
    """Match what is left of bookings to what is left of orders, but not what a person took `apart`."""
    work = _Work(lines, dues, tolerance_cents, frozenset(apart))
    work.by_key(Step.END_TO_END, lambda item: item.end_to_end_id)
    work.batches()
    work.by_key(Step.REFERENCE, lambda item: item.reference, parts=False)
    work.by_key(Step.REFERENCE, lambda item: f"{item.reference} {item.payee}" if item.reference else "")
    work.by_amount()
    work.groups()
    work.instalments()
    return Matched(
        tuple(work.pairs),
        {i: cents for i, cents in work.line_left.items() if cents},
        {i: cents for i, cents in work.due_left.items() if cents},
    )


class _Work:
    """The state of one run: what is left of each side."""

    def __init__(
        self, lines: Iterable[Line], dues: Iterable[Due], tolerance_cents: int, apart: frozenset[Apart]
    ) -> None:
        self.lines = sorted(lines, key=lambda item: (item.on, item.id))
        self.dues = sorted(dues, key=lambda item: (item.on, item.id))
        self.line_left = {line.id: line.cents for line in self.lines}
        self.due_left = {due.id: due.cents for due in self.dues}
        self.tolerance = tolerance_cents
        self.apart = apart
        self.pairs: list[Pair] = []

    def open_lines(self) -> list[Line]:
        return [line for line in self.lines if self.line_left[line.id]]

    def open_dues(self) -> list[Due]:
        return [due for due in self.dues if self.due_left[due.id]]

    def may(self, line: Line, due: Due) -> bool:
        """Both have something left, and nobody has said that they do not belong together."""
        return (
            self.line_left[line.id] > 0 and self.due_left[due.id] > 0 and (line.id, due.id) not in self.apart
        )

    def alike(self, line: Line, due: Due) -> bool:
        return abs(self.line_left[line.id] - self.due_left[due.id]) <= self.tolerance

    def whole(self, line: Line, due: Due, step: Step) -> None:
        self.pair(line, due, self.line_left[line.id], self.due_left[due.id], step)

    def pair(self, line: Line, due: Due, line_cents: int, due_cents: int, step: Step) -> None:
        self.line_left[line.id] -= line_cents
        self.due_left[due.id] -= due_cents
        self.pairs.append(Pair(line.id, due.id, line_cents, due_cents, step))

    def by_key(self, step: Step, key: Callable[[Line | Due], str], *, parts: bool = True) -> None:
        """Whoever shares the key: equal sums first, and then, with `parts`, as far as the cents go."""
        waiting: dict[str, list[Due]] = defaultdict(list)
        for due in self.open_dues():
            if key(due):
                waiting[key(due)].append(due)
        found = [(line, waiting[key(line)]) for line in self.open_lines() if key(line) in waiting]
        for line, dues in found:
            same = next((due for due in dues if self.may(line, due) and self.alike(line, due)), None)
            if same is not None:
                self.whole(line, same, step)
        if not parts:
            return
        for line, dues in found:
            for due in dues:
                if self.may(line, due):
                    cents = min(self.line_left[line.id], self.due_left[due.id])
                    self.pair(line, due, cents, cents, step)

    def batches(self) -> None:
        """A bank that books a payment file as one sum names the file: then all that is left of it was paid."""
        of: dict[str, list[Due]] = defaultdict(list)
        for due in self.open_dues():
            of[due.batch].append(due)
        for line in self.open_lines():
            dues = [due for due in of[line.batch] if self.may(line, due)] if line.batch else []
            if dues and sum(self.due_left[due.id] for due in dues) == self.line_left[line.id]:
                for due in dues:
                    self.pair(line, due, self.due_left[due.id], self.due_left[due.id], Step.BATCH)

    def by_amount(self) -> None:
        """The same payee and the same sum within the window, the earlier to the earlier."""
        waiting: dict[tuple[str, int], list[Due]] = defaultdict(list)
        for due in self.open_dues():
            if due.payee:
                waiting[due.payee, self.due_left[due.id]].append(due)
        for line in self.open_lines():
            for due in waiting.get((line.payee, self.line_left[line.id]), ()):
                if self.may(line, due) and _near(line, due):
                    self.whole(line, due, Step.AMOUNT)
                    break

    def groups(self) -> None:
        """One booking for several orders of its payee."""
        of: dict[str, list[Due]] = defaultdict(list)
        for due in self.open_dues():
            of[due.payee].append(due)
        for line in self.open_lines():
            near = [due for due in of.get(line.payee, ()) if self.may(line, due) and _near(line, due)]
            if not line.payee or not 2 <= len(near) <= MOST_GROUPED:
                continue
            places = only_sum([self.due_left[due.id] for due in near], self.line_left[line.id])
            for place in places or ():
                due = near[place]
                self.pair(line, due, self.due_left[due.id], self.due_left[due.id], Step.GROUP)

    def instalments(self) -> None:
        """Several bookings to one payee for one order."""
        of: dict[str, list[Line]] = defaultdict(list)
        for line in self.open_lines():
            of[line.payee].append(line)
        for due in self.open_dues():
            near = [line for line in of.get(due.payee, ()) if self.may(line, due) and _near(line, due)]
            if not due.payee or not 2 <= len(near) <= MOST_GROUPED:
                continue
            places = only_sum([self.line_left[line.id] for line in near], self.due_left[due.id])
            for place in places or ():
                line = near[place]
                self.pair(line, due, self.line_left[line.id], self.line_left[line.id], Step.INSTALMENTS)


def _near(line: Line, due: Due) -> bool:
    return abs((line.on - due.on).days) <= WINDOW_DAYS


def only_sum(amounts: Sequence[int], wanted: int) -> tuple[int, ...] | None:
    """The places of the amounts that sum to `wanted`, if exactly one choice of them does: of two choices neither is
    known to be right. None also where the search would pass MOST_SUMS."""
    ways: dict[int, tuple[int, ...] | None] = {0: ()}
    """Sum → its one choice, or None for several."""
    for place, amount in enumerate(amounts):
        grown = dict(ways)
        for total, chosen in ways.items():
            if total + amount <= wanted:
                several = total + amount in grown or chosen is None
                grown[total + amount] = None if several or chosen is None else (*chosen, place)
        if len(grown) > MOST_SUMS:
            return None
        ways = grown
    return ways.get(wanted) or None
