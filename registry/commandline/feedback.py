"""`registry feedback`: what people wrote about the service."""

from typing import Annotated

import typer

from registry.commandline.running import run
from registry.installation import Installation
from registry.messages.feedback import latest_feedback


def feedback(
    limit: Annotated[int, typer.Option(help="At most so many messages.", min=1, max=1000)] = 100,
) -> None:
    """Print what people wrote about the service on its feedback page, newest first."""

    async def work(installation: Installation) -> int:
        database = installation.database(pool_size=1)
        try:
            async with database.transaction() as session:
                for row in await latest_feedback(session, limit=limit):
                    sender = f" <{row.email}>" if row.email else ""
                    typer.echo(f"{row.received_at:%Y-%m-%d %H:%M} {row.language}{sender}\n{row.message}\n")
        finally:
            await database.close()
        return 0

    run(work)
