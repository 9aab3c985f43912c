"""What happens to each voucher, without chance: the nth voucher meets the same fate in every run.

One visit in ten is in two phases, one in fifty is reversed, one in a hundred is raced by two callers at once. The
rest of the fates (refusals, changes of mind, wrong codes, repeated requests) are there so that every door that
money passes is tried from both sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Race(StrEnum):
    """What two callers try at the same moment; exactly one of them may succeed."""

    REDEMPTIONS = "two redemptions, value for one"
    CAPTURES = "two captures of one reservation"
    CAPTURE_AND_RELEASE = "capture and release of one reservation"


class Ending(StrEnum):
    """What becomes of a reservation."""

    CAPTURED = "captured"
    IN_PART = "captured in part"
    RELEASED = "released"
    LEFT = "left to lapse"


class Mistake(StrEnum):
    """What a provider's system gets wrong before it gets it right; each has its own code."""

    PRICE = "redemption.price_above_agreed"
    DATE = "redemption.date_in_future"
    OTHER_BODY = "idempotency.key_reused"
    OTHER_PROVIDER = "presentation.unknown"


RACES: Final[Sequence[Race]] = tuple(Race)
ENDINGS: Final[Sequence[Ending]] = (
    Ending.CAPTURED,
    Ending.IN_PART,
    Ending.CAPTURED,
    Ending.RELEASED,
    Ending.LEFT,
)
MISTAKES: Final[Sequence[Mistake]] = tuple(Mistake)


@dataclass(frozen=True, slots=True)
class Visit:
    """One service event."""

    number: int
    """Over all vouchers."""
    units: int
    """Hundredths, at most; less where the voucher has less left."""
    all_of_it: bool
    """Draw what is left, so that the voucher is used up."""
    ending: Ending | None
    """In two phases, with this end; None: charged at once."""
    race: Race | None
    reversed: bool
    repeated: bool
    """Each request is sent a second time with the same key."""
    mistake: Mistake | None


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to one voucher."""

    number: int
    pick: int
    """Which of the shown providers the client picks, counted from the first and round again."""
    refuses: bool
    """The client refuses the voucher instead of choosing."""
    changes: bool
    """The client picks somebody else before the provider has answered."""
    declined: bool
    """The first provider says no, and the client chooses anew."""
    wrong_code: bool
    """The code is typed wrong at first."""
    cancelled: bool
    """The organiser cancels what is left after the visits."""
    repeated: bool
    """Choice, answer and cancellation are sent twice with the same key."""
    visits: tuple[Visit, ...]


def stories(vouchers: int) -> Iterator[Story]:
    """The story of each voucher: a third of them have two visits, the others one."""
    visits = 0
    for number in range(vouchers):
        count = 2 if number % 3 == 0 else 1
        yield Story(
            number=number,
            pick=number // 7,
            refuses=number % 100 == 61,
            changes=number % 50 == 23,
            declined=number % 100 == 47,
            wrong_code=number % 100 == 71,
            cancelled=number % 100 == 83,
            repeated=number % 20 == 9,
            visits=tuple(_visit(visits + n) for n in range(count)),
        )
        visits += count


def _visit(number: int) -> Visit:
    hundred, place = divmod(number, 100)
    race = RACES[hundred % len(RACES)]
    raced = place == (37 if race is Race.REDEMPTIONS else 30)
    in_two_phases = number % 10 == 0
    ending = ENDINGS[number // 10 % len(ENDINGS)] if in_two_phases else None
    return Visit(
        number=number,
        units=100 + 25 * (number % 9),
        all_of_it=number % 11 == 5,
        ending=Ending.CAPTURED if raced and in_two_phases else ending,
        race=race if raced else None,
        reversed=place in (3, 10),
        repeated=number % 20 == 15,
        mistake=MISTAKES[number // 50 % len(MISTAKES)] if number % 50 == 27 else None,
    )
