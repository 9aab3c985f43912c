"""A service's funnel as lines and points to draw: in per cent of the picture's width and height, so that it needs no
script and no style of its own to fit a phone."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.quality.funnel import Limits, Place
from registry.quality.published.rows import FigureRow, Fitted

NAMED = 200
"""More points than these are drawn as one line of dots, or the page would weigh too much; their names stand in the
table all the same."""
STEPS = (5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000, 2_000, 2_500, 5_000, 10_000)


@dataclass(frozen=True, slots=True)
class Point:
    """A provider in the funnel; per cent from the left and from the top."""

    x: float
    y: float
    name: str
    good: int
    people: int
    place: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: `bands` are outlines of the areas that chance explains, the wider one first."""

    bands: tuple[str, str]
    usual: float
    ticks: tuple[tuple[float, int], ...]
    """Per cent from the left, number of people."""
    points: tuple[Point, ...]
    """Those that carry their names: all of them, or where they are many those outside."""
    dots: str
    """The others, as the line of an SVG path."""


def picture(lines: Sequence[Limits], fitted: Fitted, rows: Sequence[FigureRow]) -> Picture:
    """The funnel of these rows; `lines` reach as far as the largest provider."""
    most = max(lines[-1].n, 2 * lines[0].n)
    step = next((step for step in STEPS if most <= 5 * step), STEPS[-1])
    width = step * -(-most // step)

    def x(people: int) -> float:
        return round(100 * people / width, 2)

    def y(share: float) -> float:
        return round(100 * (1 - share), 2)

    def band(pairs: Sequence[tuple[int, float, float]]) -> str:
        """There along the upper line, and back along the lower."""
        there = [f"{x(n)},{y(high)}" for n, _, high in pairs]
        back = [f"{x(n)},{y(low)}" for n, low, _ in reversed(pairs)]
        return " ".join(there + back)

    points = []
    for row in rows:
        k, n, place = row.figure.k, row.figure.n, row.place
        if k is not None and n is not None and place is not None:
            points.append(Point(x(n), y(k / n), row.provider_name, k, n, place))
    return Picture(
        bands=(
            band([(line.n, line.low_998, line.high_998) for line in lines]),
            band([(line.n, line.low_95, line.high_95) for line in lines]),
        ),
        usual=y(fitted.mean),
        ticks=tuple((x(people), people) for people in range(0, width + 1, step)),
        points=tuple(point for point in points if len(points) <= NAMED or point.place != Place.INSIDE),
        dots=_dots(points) if len(points) > NAMED else "",
    )


def _dots(points: Sequence[Point]) -> str:
    """Lines of no length, which round ends make dots; points in the same place are one."""
    inside = {(round(point.x, 1), round(point.y, 1)) for point in points if point.place == Place.INSIDE}
    return "".join(f"M{x:g} {y:g}h0" for x, y in sorted(inside))
