"""The report's folder: a page to read and the same figures as CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path

from registry.providers.importing.csv_rows import FileProblem
from registry.quality.evaluation.calibration import MAIN
from registry.quality.evaluation.page import page
from registry.quality.evaluation.reading import Outcomes
from registry.quality.evaluation.study import Study


def write_report(found: Study, read: Outcomes, out: Path) -> list[Path]:
    """Write the files, over those of an earlier report. The same outcomes give the same bytes."""
    texts = {
        "index.html": page(found, read),
        "fields.csv": _csv(_fields(found, read)),
        "providers.csv": _csv(_providers(found)),
        "calibration.csv": _csv(_calibration(found)),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise FileProblem(f"{error.filename} cannot be written: {error.strerror}.") from None
    return [out / name for name in texts]


def _csv(rows: Iterable[Sequence[object]]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def _fields(found: Study, read: Outcomes) -> Iterator[Sequence[object]]:
    yield (
        "field", "title", "providers", "people", "fitted", "mean", "kappa", "pairs", "pairs_told_apart",
        "top_ten_changed", "top_ten_people", "top_ten_people_by_raw_rate",
    )  # fmt: skip
    for field in found.fields:
        top = field.top_ten
        yield (
            field.field, read.titles.get(field.field, ""), len(field.estimates), field.people, int(field.fitted),
            f"{field.mean:.6f}", f"{field.kappa:.3f}", field.pairs, field.pairs_apart,
            *((top.changed, f"{top.people:.1f}", f"{top.people_raw:.1f}") if top else ("", "", "")),
        )  # fmt: skip


def _providers(found: Study) -> Iterator[Sequence[object]]:
    yield (
        "field", "provider", "k", "n", "raw_rate", "estimate", "low", "high", "funnel",
        "later_k", "later_n", "foretold_low", "foretold_high", "inside",
    )  # fmt: skip
    for field in found.fields:
        for e in field.estimates:
            later: tuple[object, ...] = ("", "", "", "", "")
            if e.foretold:
                within = e.foretold.intervals[MAIN]
                later = (e.foretold.later.k, e.foretold.later.n, within.low, within.high, int(within.inside))
            yield (
                field.field, e.provider, e.k, e.n, f"{e.raw:.4f}", f"{e.estimate:.4f}", f"{e.low:.4f}",
                f"{e.high:.4f}", e.place or "", *later,
            )  # fmt: skip


def _calibration(found: Study) -> Iterator[Sequence[object]]:
    yield "level", "people_from", "people_to", "providers", "inside", "expected"
    for level, kept in found.calibration.levels.items():
        yield level, "", "", kept.providers, f"{kept.inside:.4f}", f"{kept.expected:.4f}"
    for (least, most), kept in found.calibration.sizes.items():
        yield MAIN, least, most or "", kept.providers, f"{kept.inside:.4f}", f"{kept.expected:.4f}"
