"""The table at the end of a trial."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from registry.shared.money import Money
from registry.trial.books import Line
from registry.trial.calls import Meter
from registry.trial.steps import Took


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(header))]
    drawn = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return [drawn[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *drawn[1:], ""]


def euros(cents: int) -> str:
    """`1,234,567.89`."""
    whole, _, fraction = str(Money(abs(cents))).partition(".")
    return f"{'-' if cents < 0 else ''}{int(whole):,}.{fraction}"


def of_steps(took: Sequence[Took]) -> list[str]:
    rows = [
        (
            t.step,
            f"{t.pieces:,}",
            f"{t.seconds:.1f}",
            f"{t.pieces / t.seconds:,.0f}" if t.seconds > 0.05 else "",
        )
        for t in took
    ]
    return table(("step", "pieces", "seconds", "per second"), rows)


def of_counts(counts: Mapping[str, int]) -> list[str]:
    return table(("what happened", "count"), [(name, f"{n:,}") for name, n in sorted(counts.items())])


def of_euros(lines: Sequence[Line]) -> list[str]:
    rows = [
        (
            line.what,
            euros(line.by_callers),
            " = ".join(sorted(line.by_database)),
            euros(line.difference) if line.difference else "none",
        )
        for line in lines
    ]
    return table(("euros", "callers counted", "books", "difference"), rows)


def of_refusals(refusals: Counter[tuple[int, str]]) -> list[str]:
    rows = [
        (code, str(status), f"{n:,}") for (status, code), n in sorted(refusals.items(), key=lambda r: r[0][1])
    ]
    return table(("refusals (all foreseen unless listed as unexpected)", "status", "count"), rows)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def of_endpoints(meter: Meter) -> list[str]:
    rows = []
    for endpoint, seconds in sorted(meter.seconds.items()):
        ordered = sorted(seconds)
        p50, p99 = percentile(ordered, 0.50), percentile(ordered, 0.99)
        rows.append((endpoint, f"{len(ordered):,}", f"{p50 * 1000:.1f}", f"{p99 * 1000:.1f}"))
    return table(("endpoint", "requests", "p50 ms", "p99 ms"), rows)


def of_memory(most: Mapping[str, int]) -> list[str]:
    rows = [(name, f"{used / 2**20:,.0f}") for name, used in sorted(most.items())]
    return table(("peak memory", "MiB"), rows)
