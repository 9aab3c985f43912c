"""De minimis aid to companies, Commission Regulation (EU) 2023/2831.

Article 3(2): all such aid to one company (a single undertaking) in any three years is at most the ceiling. The years roll
back from the day of the grant. Aid counts when the right to it is given (Article 3(3)), whether it is used or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

MOST_ENTRIES: Final = 50
MOST_CENTS: Final = 100_000_000_00


@dataclass(frozen=True, slots=True)
class Ceiling:
    cents: int
    years: int


@dataclass(frozen=True, slots=True)
class Aid:
    granted_on: date
    cents: int


def window_begins(on: date, years: int) -> date:
    """The first day of the rolling years that end with `on`: three years back, the day after."""
    day = min(on.day, 28) if on.month == 2 else on.day
    return date(on.year - years, on.month, day) + timedelta(days=1)


def counted(aid: Iterable[Aid], *, on: date, years: int) -> int:
    """The sum of the aid that counts on a day."""
    begins = window_begins(on, years)
    return sum(one.cents for one in aid if begins <= one.granted_on <= on)


def may_aid(ceiling: Ceiling | None, *, declared: bool, before_cents: int, wanted_cents: int) -> Decision:
    """A grant that would go above the ceiling is refused whole (Article 3(7)), with the figures; without a declaration
    nobody knows what there was before."""
    if ceiling is None:
        return Refusal("aid.no_rule")
    if not declared:
        return Refusal("aid.not_declared")
    if before_cents + wanted_cents > ceiling.cents:
        return Refusal(
            "aid.above_ceiling",
            {
                "wanted_cents": wanted_cents,
                "before_cents": before_cents,
                "ceiling_cents": ceiling.cents,
                "left_cents": max(0, ceiling.cents - before_cents),
            },
        )
    return ACCEPTED


def declaration_problems(aid: Iterable[tuple[date, str, int]], *, today: date) -> dict[str, str]:
    """What is wrong with the lines of a declaration: (day of the grant, who granted, cents)."""
    lines = list(aid)
    if len(lines) > MOST_ENTRIES:
        return {"aid": "aid.too_many_lines"}
    for granted_on, granter, cents in lines:
        if granted_on > today or not granter.strip() or not 0 < cents <= MOST_CENTS:
            return {"aid": "aid.line_wrong"}
    return {}
