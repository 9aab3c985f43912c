"""What figures are made of: forecasts, unit costs, medians, quarters, and which cells may be told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from registry.shared.money import round_cents
from registry.shared.period import Period, next_month, start_of_day

RATE_MONTHS: Final = 3
"""The current rate is the mean of so many months, the last one included: one month alone jumps with holidays."""
FEWEST: Final = 5
"""People behind a cell that is told, as in published quality figures."""


def forecast(used_by_month: Sequence[int], months_left: int) -> int:
    """What will have been used at the year's end if the last months' rate goes on. `used_by_month`: in cents, from the
    year's first month to the one that is looked at."""
    recent = used_by_month[-RATE_MONTHS:]
    if not recent:
        return 0
    rate = Decimal(sum(recent)) / len(recent)
    return sum(used_by_month) + round_cents(rate * months_left)


def unit_cost(cents: int, hundredths: int) -> int | None:
    """Cents per unit; None where no units were given."""
    return None if hundredths <= 0 else round_cents(Decimal(cents) * 100 / hundredths)


def median(values: Sequence[int]) -> float | None:
    """The middle one, or halfway between the middle two."""
    found = sorted(values)
    if not found:
        return None
    half = len(found) // 2
    return float(found[half]) if len(found) % 2 else (found[half - 1] + found[half]) / 2


def quarter_of(day: date) -> date:
    """The first day of its quarter: how a quarter is named everywhere."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def next_quarter(quarter: date) -> date:
    return next_month(next_month(next_month(quarter)))


def quarter_period(quarter: date) -> Period:
    return Period(start_of_day(quarter), start_of_day(next_quarter(quarter)))


@dataclass(frozen=True, slots=True)
class Told:
    """What of a table's rows may be told: rows of their own, and those that are only told together."""

    alone: tuple[str, ...]
    together: tuple[str, ...]
    """At least five people and two rows, or no row; whoever subtracts the others from the total finds only these."""
    withheld: tuple[str, ...]
    """Not even together: fewer than five people are in the whole table."""


def tellable(people: Mapping[str, int]) -> Told:
    """Which rows may stand alone. A row of fewer than five people joins the others like it; where these are still fewer
    than five, or one row alone, the smallest other row joins them, for the total would give them away."""
    small = sorted(key for key, n in people.items() if 0 < n < FEWEST)
    empty = [key for key, n in people.items() if n <= 0]
    large = sorted((n, key) for key, n in people.items() if n >= FEWEST)
    while small and large and (sum(people[key] for key in small) < FEWEST or len(small) < 2):
        small.append(large.pop(0)[1])
    if small and sum(people[key] for key in small) < FEWEST:
        return Told(alone=tuple(empty), together=(), withheld=tuple(small))
    alone = tuple(sorted([*(key for _, key in large), *empty]))
    return Told(alone=alone, together=tuple(sorted(small)), withheld=())
