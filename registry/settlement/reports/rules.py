"""What figures are made of: forecasts, unit costs, medians, quarters, and which cells may be told. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from registry.shared.money import round_cents
from registry.shared.period import Period, next_month, start_of_day

RATE_MONTHS: Final = 3
"""The current rate is the mean of so many months, the last one included: one month alone jumps with holidays."""
FEWEST: Final = 5
"""People behind a cell that is told, as in published quality figures."""


class Way(StrEnum):
    """How a service is provided: chosen by voucher, bought by contract, or by the authority itself."""

    VOUCHER = "voucher"
    OWN_PRODUCTION = "own_production"
    PURCHASE = "purchase"


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
    """What of a table may be told."""

    alone: tuple[str, ...]
    """Rows that stand by themselves."""
    together: tuple[str, ...]
    """Rows that are only told as one: two at least, or none."""
    withheld: tuple[int, ...]
    """Columns that nobody is told, not even their total: fewer than five people stand behind the whole of them."""


def tellable(people: Mapping[str, Sequence[Set[Any]]]) -> Told:
    """Which rows may stand alone, `people` being for each row and column those behind the cell.

    A cell of no people says that there is nobody, and may be told; one of one to four may not. A row with such a cell
    joins the others like it. Where these are still one row, or have such a cell together, the smallest other row joins
    them: whoever subtracts all other rows from the total finds only this sum.
    """
    columns = range(max((len(cells) for cells in people.values()), default=0))
    withheld = tuple(c for c in columns if few(_union(people, people, c)))
    kept = [c for c in columns if c not in withheld]
    small = [row for row, cells in people.items() if any(few(cells[c]) for c in kept)]
    large = sorted(
        (row for row in people if row not in small), key=lambda row: (sum(map(len, people[row])), row)
    )
    large = [row for row in large if any(people[row][c] for c in kept)]
    while small and large and (len(small) < 2 or any(few(_union(people, small, c)) for c in kept)):
        small.append(large.pop(0))
    # a row of dashes would say that somebody of one to four lives there
    shown = [row for row in people if row not in small and any(people[row][c] for c in kept)]
    return Told(tuple(shown), tuple(sorted(small)), withheld)


def uncounted(rows: Mapping[str, Set[Any]]) -> frozenset[str]:
    """Of which shown rows the number of people is not told: people who stand in several rows (a client of two services)
    make the rows' numbers more than their total, and whoever subtracts could count a few. Sums of money and of visits add
    up, and are safe by `tellable`.

    A row is not counted where one to four people stand in others alone: the total less its number would be theirs. Where
    one to four stand in several rows, the smallest row that has any of them is not counted: the sum less the total would
    be theirs.
    """
    everybody = set().union(*rows.values())
    hidden = {row for row, people in rows.items() if few(everybody - people)}
    seen: Counter[Any] = Counter(one for people in rows.values() for one in people)
    several = {one for one, times in seen.items() if times > 1}
    if few(several) and not hidden:
        hidden.add(min((row for row in rows if rows[row] & several), key=lambda row: (len(rows[row]), row)))
    return frozenset(hidden)


def few(people: Set[Any]) -> bool:
    """Somebody, and fewer than five."""
    return 0 < len(people) < FEWEST


def _union(people: Mapping[str, Sequence[Set[Any]]], rows: Iterable[str], column: int) -> set[Any]:
    return {one for row in rows for one in people[row][column]}
