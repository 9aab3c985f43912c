"""The report's two pictures as SVG. Each stands beside a table of the same figures, so its words are short."""

from collections.abc import Iterator
from html import escape

from registry.quality.evaluation.calibration import Calibration
from registry.quality.evaluation.study import FieldStudy


def calibration_picture(calibration: Calibration) -> str:
    """How often intervals held, against how often the method expects them to: on the diagonal it keeps its word."""
    left, top, size, floor = 52, 12, 300, 0.4

    def x(share: float) -> float:
        return left + size * (share - floor) / (1 - floor)

    def y(share: float) -> float:
        return top + size - size * (share - floor) / (1 - floor)

    def drawn() -> Iterator[str]:
        for tick in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
            yield f'<path class="grid" d="M{x(tick):.1f} {y(floor)}V{y(1)}M{x(floor)} {y(tick):.1f}H{x(1)}"/>'
            yield f'<text x="{x(tick):.1f}" y="{y(floor) + 18}" text-anchor="middle">{tick:.0%}</text>'
            yield f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.0%}</text>'
        yield f'<path class="line" d="M{x(floor)} {y(floor)}L{x(1)} {y(1)}"/>'
        for level, kept in calibration.levels.items():
            at = f'cx="{x(max(kept.expected, floor)):.1f}" cy="{y(max(kept.inside, floor)):.1f}"'
            yield f'<circle class="dot" {at} r="5"><title>{level:.0%} interval: {kept.inside:.1%}</title></circle>'
        yield f'<text x="{left}" y="{top + size + 40}">Across: expected by the method. Up: held.</text>'
        yield f'<text x="{left}" y="{top + size + 58}">On the line the method keeps its word exactly.</text>'

    words = "; ".join(
        f"expected {kept.expected:.1%}, held {kept.inside:.1%}" for kept in calibration.levels.values()
    )
    return _svg(left + size + 20, top + size + 66, f"Share of foretold intervals that held: {words}", drawn())


def interval_picture(field: FieldStudy, title: str) -> str:
    """Every provider of a field on one scale: its raw rate, its estimate and the 90 % interval, and the usual level."""
    left, width, row = 90, 480, 18
    bottom = 30 + row * len(field.estimates)

    def x(share: float) -> float:
        return left + width * share

    def drawn() -> Iterator[str]:
        for tick in range(0, 101, 20):
            yield f'<path class="grid" d="M{x(tick / 100):.1f} 20V{bottom}"/>'
            yield f'<text x="{x(tick / 100):.1f}" y="14" text-anchor="middle">{tick} %</text>'
        yield f'<path class="usual" d="M{x(field.mean):.1f} 20V{bottom}"/>'
        for place, e in enumerate(field.estimates):
            y = 32 + row * place
            yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(e.provider)}</text>'
            yield f'<path class="line" d="M{x(e.low):.1f} {y}H{x(e.high):.1f}"/>'
            yield f'<circle class="raw" cx="{x(e.raw):.1f}" cy="{y}" r="4"/>'
            yield f'<circle class="dot" cx="{x(e.estimate):.1f}" cy="{y}" r="4"/>'

    words = (
        f"Estimates and intervals of the {len(field.estimates)} providers of {title}, as in the field's table"
    )
    return _svg(left + width + 30, bottom + 8, words, drawn())


def _svg(width: int, height: int, words: str, drawn: Iterator[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{escape(words)}">{"".join(drawn)}</svg>'
    )
