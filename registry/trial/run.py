"""A whole trial, from the folder to the last check."""

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.checks.run import check
from registry.shared import embedded
from registry.shared.database import Database
from registry.shared.period import local_date, month_of, next_month, start_of_day
from registry.shared.settings import Keys
from registry.trial import (
    books,
    choosing,
    granting,
    loading,
    made_up,
    redeeming,
    report,
    settling,
    time_passes,
)
from registry.trial.books import Tally
from registry.trial.calls import Meter
from registry.trial.errors import TrialError
from registry.trial.held import HeldVoucher
from registry.trial.legal_basis import confirm_legal_basis
from registry.trial.progress import Progress
from registry.trial.server import Memory, Service
from registry.trial.source import Source
from registry.trial.steps import Steps
from registry.trial.town import make_clients, settle_town
from registry.trial.trial import Trial

DATABASE: Final = "trial"
POOL: Final = 4
LONG_AFTER: Final = timedelta(days=400)
"""When every voucher of the trial has ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """The database that a trial is run on: as its owner, and as the application."""

    owner_url: str
    app_url: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The month that the trial plays in: the last one, so that it can be closed."""

    month: date

    @classmethod
    def before(cls, now: datetime) -> "Calendar":
        return cls(month_of(month_of(local_date(now)) - timedelta(days=1)))

    @property
    def at_work(self) -> datetime:
        """The tenth, in the morning."""
        return start_of_day(self.month + timedelta(days=9)) + timedelta(hours=8)

    @property
    def at_closing(self) -> datetime:
        """The second of the next month."""
        return start_of_day(next_month(self.month) + timedelta(days=1)) + timedelta(hours=8)


async def run_embedded(source: Source, *, vouchers: int, callers: int) -> int:
    """Run the trial on a server and a database of its own, which are gone afterwards. Returns the exit code."""
    task = asyncio.current_task()
    if task is not None:
        # told to end, it still has a database server to stop and a folder to remove
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with embedded.start_temporary(f"trial-{secrets.token_hex(8)}") as server:
        server.ensure_database(DATABASE)
        place = Place(server.owner_url(DATABASE), server.app_url(DATABASE))
        await schema.migrate(place.owner_url)
        return await run(source, place=place, vouchers=vouchers, callers=callers)


async def run(
    source: Source, *, place: Place, vouchers: int, callers: int, progress: Progress | None = None
) -> int:
    """Run the trial on a migrated, empty database. Returns the exit code: 0 only when every answer was foreseen, the
    books agree to the cent and every invariant holds. Raises TrialError when it cannot go on."""
    steps = Steps(callers, Meter(), progress or Progress())
    calendar = Calendar.before(datetime.now(UTC))
    secret_key, memory = secrets.token_urlsafe(48), Memory()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trial-")))
        service = Service(place.app_url, secret_key, folder / "server.log", memory)
        database = Database(place.app_url, pool_size=POOL)
        stack.push_async_callback(database.close)
        await stack.enter_async_context(memory.watching({"the trial itself": os.getpid()}, children=False))
        await stack.enter_async_context(memory.watching({"database server": await _postmaster(database)}))
        trial = await _load(
            source, database, place, steps, folder, calendar, vouchers, Keys(secret_key.encode())
        )
        try:
            async with service.at(calendar.at_work) as port:
                drawn = await _month(trial, port, calendar)
            async with service.at(calendar.at_closing) as port:
                await _reconciliation(trial, port, calendar)
            await time_passes.expire_all(trial, database, drawn, now=calendar.at_work + LONG_AFTER)
        except TrialError:
            _tell_wrong([*trial.meter.unexpected, *service.last_lines()])
            raise
        found = await books.compare(database, trial.town, trial.tally)
        checks = await _check(database, steps)
        return _tell(trial, found, service, checks)


async def _load(
    source: Source, database: Database, place: Place, steps: Steps, folder: Path, calendar: Calendar,
    vouchers: int, keys: Keys,
) -> Trial:  # fmt: skip
    """Everything that is there before the first voucher."""
    now = calendar.at_work - timedelta(hours=1)
    with steps.timed("loading the register", source.rows):
        organiser_id, services, imported = await loading.load_register(
            database, source, now=now, folder=folder
        )
    await confirm_legal_basis(database, organiser_id=organiser_id, services=services.values(), now=now)
    for line in imported.lines():
        # the files with the rows go with the trial
        steps.progress.say(f"  {line.replace(f' {folder}/', ' ')}")
    with steps.timed("loading outcomes", source.outcome_rows):
        recorded = await loading.load_outcomes(
            database, source, organiser_id=organiser_id, services=services, now=now
        )
    steps.progress.say(
        f"  {recorded.added:,} counted groups; {source.outcomes_elsewhere:,} rows are of providers that the register"
        " lacks; outcomes after eight quarters have no counterpart here"
    )
    with steps.timed("making clients, staff and tokens", vouchers):
        town = await settle_town(
            database, organiser_id=organiser_id, services=services, vouchers=vouchers, now=now
        )
        clients = await make_clients(database, town, how_many=vouchers, now=now)
        await _analyze(place.owner_url)
    return Trial(
        source=source,
        town=town,
        keys=keys,
        steps=steps,
        tally=Tally(),
        today=local_date(calendar.at_work),
        wanted=made_up.services_wanted(source.services, vouchers),
        clients=clients,
    )


async def _analyze(owner_url: str) -> None:
    """What anybody does after a bulk load: tell the planner what is there."""
    engine = create_async_engine(owner_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text("ANALYZE"))
    finally:
        await engine.dispose()


async def _postmaster(database: Database) -> int:
    """The process whose children serve our connections."""
    async with database.engine.connect() as connection:
        backend = await connection.scalar(text("SELECT pg_backend_pid()"))
    try:
        return psutil.Process(int(backend or 0)).ppid()
    except psutil.Error:
        return 0


async def _month(trial: Trial, port: int, calendar: Calendar) -> list[HeldVoucher]:
    """What happens in the month itself."""
    vouchers = await granting.grant_all(trial, port)
    await choosing.choose_all(trial, port, vouchers)
    await choosing.answer_all(trial, port, vouchers)
    await choosing.present_all(trial, port, vouchers)
    await redeeming.redeem_all(trial, port, vouchers)
    await redeeming.reverse_all(trial, port, vouchers)
    await redeeming.cancel_all(trial, port, vouchers)
    await redeeming.read_back(trial, port, vouchers)
    await settling.too_early(trial, port, calendar.month)
    return vouchers


async def _reconciliation(trial: Trial, port: int, calendar: Calendar) -> None:
    """What happens once it is over."""
    await settling.close(trial, port, calendar.month)
    found = await settling.statements(trial, port, calendar.month)
    await settling.invoice_all(trial, port, found, local_date(calendar.at_closing))
    await settling.approve_all(trial, port, found)
    await settling.pay_all(trial, port, found)


async def _check(database: Database, steps: Steps) -> list[tuple[bool, str]]:
    with steps.timed("registry check", 1):
        return [(finding.ok, finding.line()) async for finding in check(database)]


def _tell(
    trial: Trial, found: Sequence[books.Line], service: Service, checks: Sequence[tuple[bool, str]]
) -> int:
    """Print the table; what is wrong comes last. Returns the exit code."""
    meter = trial.meter
    for part in (
        [""],
        report.of_counts(meter.counts),
        report.of_euros(found),
        report.of_refusals(meter.refusals),
        report.of_endpoints(meter),
        report.of_steps(trial.steps.took),
        report.of_memory(service.memory.most),
        [line for _, line in checks],
    ):
        print("\n".join(part))
    wrong = [*meter.unexpected, *books.differences(found, trial.tally)]
    wrong += [line for ok, line in checks if not ok]
    if wrong:
        _tell_wrong([*wrong, *service.last_lines()])
        return 1
    print(
        f"\nAll answers were foreseen, all {len(checks)} checks hold, and no cent was lost or doubled:"
        f" {report.euros(trial.tally.granted)} granted = {report.euros(trial.tally.paid)} paid"
        f" + {report.euros(trial.tally.returned)} returned"
    )
    return 0


def _tell_wrong(wrong: Sequence[str]) -> None:
    print("\nFAILED: not everything is as it must be", file=sys.stderr)
    print("\n".join(f"  {line}" for line in wrong), file=sys.stderr)
