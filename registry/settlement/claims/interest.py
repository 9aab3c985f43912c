"""What interest a claim that is paid late has run up, by the Interest Act (633/1982). Pure.

It is told, and never booked: whether it is asked for is the organiser's own affair. The rates are data, by half years
(`reference_rates.toml`); a half year whose rate is not there counts nothing and is named.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from registry.shared.money import round_cents

ADDED_BP: Final = 700
"""§ 4. The eight points of § 4 a are for what a firm or an authority owes a firm for goods or services (Act on Payment
Terms in Commercial Contracts 30/2013, § 1); a provider that pays back what it was paid owes no such thing."""
DEMANDED_DAYS: Final = 30
"""§ 6: where no day was agreed that binds the debtor, interest runs once so many days have passed since it was asked to
pay, whatever day the claim itself gives."""
YEAR: Final = 365
"""Days are counted as they are, a year as 365 of them, as is the custom."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class InterestPart:
    """A half year of the delay: the days counted, both included, and what ran on them."""

    since: date
    until: date
    rate_bp: int | None
    """With what § 4 adds; None where the half year's reference rate is not known here."""
    cents: int


@dataclass(frozen=True, slots=True)
class LateInterest:
    parts: tuple[InterestPart, ...]

    @property
    def cents(self) -> int:
        """The sum of the parts as they are shown, each rounded by itself."""
        return sum(part.cents for part in self.parts)

    @property
    def until(self) -> date:
        """The last day counted."""
        return self.parts[-1].until

    @property
    def counted(self) -> bool:
        """Of some of it the rate is known."""
        return any(part.rate_bp is not None for part in self.parts)

    @property
    def unknown(self) -> tuple[InterestPart, ...]:
        """The half years of which nothing is counted."""
        return tuple(part for part in self.parts if part.rate_bp is None)


def read_rates(content: str) -> dict[date, int]:
    """The first day of a half year → its reference rate."""
    return {one["first_day"]: one["rate_bp"] for one in tomllib.loads(content)["rates"]}


RATES: Final = read_rates(Path(__file__).with_name("reference_rates.toml").read_text())


def runs_from(*, made_on: date, due_on: date) -> date:
    """The last day on which the claim can be paid without interest."""
    return max(due_on, made_on + timedelta(days=DEMANDED_DAYS))


def late_interest(
    owed_cents: int,
    *,
    paid_by: date,
    received: Sequence[tuple[date, int]],
    today: date,
    rates: Mapping[date, int] = RATES,
) -> LateInterest | None:
    """What has run from the day after `paid_by` to today, or to the day on which the last of it came; None where nothing
    of it is late. What came in bears interest to its day, that day included."""
    parts: list[InterestPart] = []
    for since, until in _half_years(paid_by + DAY, today):
        reference = rates.get(_first_day(since))
        worth, last = 0, None
        for day, left in _balances(owed_cents, received, since, until):
            worth, last = worth + left, day
        if last is None:
            break
        rate_bp = None if reference is None else reference + ADDED_BP
        cents = round_cents(Decimal(worth * (rate_bp or 0)) / (10_000 * YEAR))
        parts.append(InterestPart(since, last, rate_bp, cents))
    return LateInterest(tuple(parts)) if parts else None


def _half_years(since: date, until: date) -> Iterator[tuple[date, date]]:
    """The days from `since` to `until`, half year by half year; both ends included."""
    while since <= until:
        first = _first_day(since)
        following = date(first.year, 7, 1) if first.month == 1 else date(first.year + 1, 1, 1)
        yield since, min(until, following - DAY)
        since = following


def _first_day(day: date) -> date:
    return date(day.year, 1 if day.month < 7 else 7, 1)


def _balances(
    owed_cents: int, received: Sequence[tuple[date, int]], since: date, until: date
) -> Iterator[tuple[date, int]]:
    """Day by day what was still owed on it, as long as anything was."""
    came = sorted(received)
    place, left = 0, owed_cents
    day = since
    while day <= until:
        while place < len(came) and came[place][0] < day:
            left -= came[place][1]
            place += 1
        if left <= 0:
            return
        yield day, left
        day += DAY
