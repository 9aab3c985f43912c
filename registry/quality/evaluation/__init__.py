"""Trying the method on real outcomes: what it says of each provider, and whether it keeps what it promises."""

from pathlib import Path

from registry.quality.evaluation.reading import read_outcomes
from registry.quality.evaluation.report import write_report
from registry.quality.evaluation.study import Study, study


def evaluate(file: Path, out: Path) -> tuple[Study, list[Path]]:
    """Read the outcomes, apply the present method and write the report: what was found, and the files written.

    Raises FileProblem with one sentence when the file cannot be used or the folder not be written."""
    read = read_outcomes(file)
    found = study(read.results)
    return found, write_report(found, read, out)
