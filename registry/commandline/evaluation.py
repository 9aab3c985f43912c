"""`registry quality evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from registry.commandline.running import fail
from registry.providers.importing.csv_rows import FileProblem
from registry.quality import evaluation
from registry.quality.evaluation.calibration import MAIN


def evaluate(
    file: Annotated[Path, typer.Argument(help="Outcomes by provider and field, such as nj_outcomes.csv.")],
    out: Annotated[Path, typer.Option(help="The folder of the report; made where it is missing.")] = Path(
        "quality-evaluation"
    ),
) -> None:
    """Try the method on outcomes that are known: what it says of each provider, and whether it keeps its word.

    Needs no database. The file has the columns of New Jersey's outcomes: providerid, cipcode, and PerEmployed and
    NumCompleted of the quarters 2 and 4. Fitted on quarter 2, proved on quarter 4. Writes index.html, fields.csv,
    providers.csv and calibration.csv; exits 1 when the file cannot be used.
    """
    try:
        found, written = evaluation.evaluate(file, out)
    except FileProblem as error:
        raise fail(str(error)) from None
    typer.echo(
        f"{len(list(found.estimates)):,} results in {len(found.fields)} fields; {found.left_out} rows left out"
    )
    if found.share_apart is not None:
        typer.echo(f"{found.share_apart:.1%} of {found.pairs:,} pairs within a field can be told apart")
    if kept := found.calibration.levels.get(MAIN):
        typer.echo(
            f"{kept.inside:.1%} of {kept.providers:,} intervals of {MAIN:.0%} held (expected: {kept.expected:.1%})"
        )
    for path in written:
        typer.echo(str(path))
