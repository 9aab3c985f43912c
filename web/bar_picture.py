"""Bars to draw: in per cent of the picture's width and height, so that it needs no script and no style of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; per cent from the left and from the top."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int
    expected: bool
    """Not yet so, but what the current rate comes to."""


@dataclass(frozen=True, slots=True)
class Bars:
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]
    """Per cent from the top, value."""


def bars(values: Sequence[tuple[str, int, bool]]) -> Bars:
    """Bars of (label, cents, expected), drawn from nothing up; what is below nothing is drawn as nothing, and the table
    beside the picture tells it."""
    most = max((value for _, value, _ in values), default=0)
    step = _step(max(most, 1))
    top = step * -(-max(most, 1) // step)
    wide = 100 / max(len(values), 1)
    drawn = [
        Bar(
            round(place * wide + wide * 0.15, 2),
            round(100 - 100 * max(value, 0) / top, 2),
            round(wide * 0.7, 2),
            round(100 * max(value, 0) / top, 2),
            label,
            value,
            expected,
        )
        for place, (label, value, expected) in enumerate(values)
    ]
    return Bars(
        tuple(drawn), tuple((round(100 - 100 * tick / top, 2), tick) for tick in range(0, top + 1, step))
    )


def _step(most: int) -> int:
    """The least round number of cents of which at most five make the whole."""
    power = 100
    while True:
        for step in STEPS:
            if most <= 5 * step * power:
                return step * power
        power *= 10
