"""`registry check`."""

import typer

from registry.checks.run import check as findings
from registry.commandline.running import run
from registry.installation import Installation


def check() -> None:
    """Prove over the whole database that what must always be true is true.

    One line for each invariant with what was counted; up to five offending ids where one fails. Exits 1 when any
    fails. All of them look at the same moment, so the service may go on working meanwhile.
    """
    run(_check)


async def _check(installation: Installation) -> int:
    database = installation.database(pool_size=2)
    failed = lines = 0
    try:
        async for finding in findings(database, installation.keys):
            typer.echo(finding.line())
            lines += 1
            failed += not finding.ok
    finally:
        await database.close()
    if failed:
        typer.echo(f"{failed} of {lines} checks failed", err=True)
    else:
        typer.echo(f"all {lines} checks hold")
    return 1 if failed else 0
