"""`registry retention`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from registry.commandline.running import run
from registry.erasing.rules import Done
from registry.erasing.running import Line, carry_out, plan
from registry.installation import Installation
from registry.providers.files.store import open_store
from registry.shared.retention_rules import DECEMBER


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go")] = False,
    financial_year_ends: Annotated[
        int, typer.Option(min=1, max=12, help="The month with which financial years end")
    ] = DECEMBER,
) -> None:
    """Take away what has had its time, rule by rule and then table by table, or tell what would go and from which day.

    Nothing that accounts rest on is deleted: there persons are made nameless. What has been done stands in the audit
    trail. A run that was stopped goes on where it was when it is started again.
    """
    run(lambda installation: _retention(installation, dry_run, financial_year_ends))


async def _retention(installation: Installation, dry_run: bool, last_month: int) -> int:
    database = installation.database(pool_size=2)
    now, months = datetime.now(UTC), installation.settings.unused_account_months
    try:
        if dry_run:
            async for line in plan(database, now=now, last_month=last_month, account_months=months):
                typer.echo(_said(line, would=True))
        else:
            store = open_store(installation.settings)
            async for line in carry_out(
                database, store, now=now, last_month=last_month, account_months=months
            ):
                typer.echo(_said(line, would=False))
    finally:
        await database.close()
    return 0


def _said(line: Line, *, would: bool) -> str:
    verb = {
        Done.DELETED: "would be deleted" if would else "deleted",
        Done.PSEUDONYMISED: "would be made nameless" if would else "made nameless",
        Done.STAYS: "past their time; they stay, for the tables refuse deletion and name nobody",
    }[line.rule.done]
    said = f"{line.rule.name}: {line.count:,} {verb} ({line.rule.what})"
    if would:
        said += f"; before {line.before.isoformat()}" if line.before else "; by each service's legal regime"
    if line.held:
        said += f"; {line.held:,} held by accounts"
    if line.first:
        said += "; " + ", ".join(map(str, line.first)) + (" …" if line.count > len(line.first) else "")
    return said
