"""`registry worker`."""

import asyncio
import signal
from typing import Annotated

import typer

from registry.commandline.lifeline import end_with_parent
from registry.commandline.running import run
from registry.installation import Installation
from registry.jobs import Worker, jobs_of
from registry.messages.mail import mailer_from
from registry.messages.webhooks.delivering import Webhooks
from registry.messages.webhooks.sending import Sender
from registry.providers.company_register.client import CompanyRegister, open_register
from registry.providers.keeping.rechecking import Rechecks
from registry.shared.database import Database


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then stop.")] = False,
    wait: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds between two looks at what is due.")
    ] = 2.0,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Do what time asks for: lapse reservations, expire vouchers, remind their holders, deliver messages, delete what
    has had its time.

    Any number of workers may run; none does what another did. SIGTERM and SIGINT finish what is under way. With
    --once it exits 1 when a job failed.
    """
    if with_parent:
        end_with_parent()
    run(lambda installation: work(installation, once=once, wait=wait))


async def work(installation: Installation, *, once: bool = False, wait: float = 2.0) -> int:
    """Run a worker on this installation until it is told to stop. Returns the exit code."""
    database = installation.database(pool_size=4)
    settings = installation.settings
    sender = Sender(loopback=settings.webhooks_here)
    async with open_register(settings) as register:
        # the demonstration's companies are made up, and an installation may ask no register at all
        rechecks = Rechecks(register) if isinstance(register, CompanyRegister) else None
        return await _work(installation, database, sender, rechecks, once=once, wait=wait)


async def _work(
    installation: Installation,
    database: Database,
    sender: Sender,
    rechecks: Rechecks | None,
    *,
    once: bool,
    wait: float,
) -> int:
    settings = installation.settings
    running = Worker(
        database=database,
        mailer=mailer_from(settings),
        base_url=settings.base_url,
        jobs=jobs_of(installation.keys),
        webhooks=Webhooks(installation.keys, sender),
        rechecks=rechecks,
        digest_key=installation.keys.field_digest,
    )
    try:
        if once:
            turn = await running.turn()
            for name, count in sorted(turn.done.items()):
                typer.echo(f"{name}: {count:,}")
            if turn.failures:
                typer.echo(f"{turn.failures} jobs failed; the log says why", err=True)
            return 1 if turn.failures else 0
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, running.stop)
        await running.run(wait=wait)
    finally:
        await sender.close()
        await database.close()
    return 0
