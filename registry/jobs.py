"""The worker: what has to happen by itself, done for every organiser, each batch in a transaction of its own.

Any number of workers may run: rows are taken with FOR UPDATE SKIP LOCKED, so two never do the same thing. A job
that fails is logged and tried again on its next turn; it stops neither the other jobs nor the other organisers.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.choice.commands import commit_periods
from registry.messages.delivery import deliver
from registry.messages.invitations import invite_reviews
from registry.messages.joining import mail_links
from registry.messages.mail import Mailer
from registry.messages.reminders import close_moot_cases, open_expiring_cases, remind_expiring
from registry.messages.webhooks.delivering import Webhooks, deliver_webhooks
from registry.providers.changes.commands import publish_changes
from registry.providers.decisions.hearings import pass_hearings
from registry.providers.keeping.capacity import remind_stale
from registry.providers.keeping.changes import close_changes_of_left
from registry.providers.keeping.correcting import follow_corrections
from registry.providers.keeping.lapsing import lapse_ended, remind_ending
from registry.providers.keeping.prices import make_prices_current, turn_vat_rates
from registry.providers.keeping.rechecking import Rechecks
from registry.providers.keeping.rule_books import end_rounds, open_rounds, remind_rounds
from registry.providers.representing.waiting import remind_representations
from registry.quality.alarms.commands import raise_alarms
from registry.quality.erasing import delete_old_reviews
from registry.retention import LIVES, SELDOM, delete_old
from registry.settlement.disputes.unanswered import open_unanswered_disputes
from registry.settlement.years.commands import carry_on_years
from registry.shared.actor import Actor, system
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.allowances.commands import top_up_allowances
from registry.vouchers.commands import (
    expire_vouchers,
    lapse_reservations,
    lapse_unanswered,
    release_left,
    return_leftovers,
)
from registry.vouchers.confirming.unruled import follow_disputed_visits
from registry.vouchers.guarding.commands import raise_redemption_alarms
from registry.vouchers.offline.finishing import finish_left
from registry.vouchers.results.unanswered import open_unanswered_claims

log = structlog.get_logger(__name__)

BATCH: Final = 200
MOST_BATCHES: Final = 500
"""After so many batches a job gives way to the others until the next turn: no backlog may starve them."""


class BatchCommand(Protocol):
    """A command that does up to `limit` things and says how many it did; 0 means that nothing is left."""

    async def __call__(self, session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Job:
    """A batch command, run for each organiser by itself or once for all, no oftener than `every`."""

    name: str
    command: BatchCommand
    every: timedelta
    per_organiser: bool = True


async def _delete_old(
    session: AsyncSession, /, *, table: str, actor: Actor, now: datetime, limit: int
) -> int:
    return await delete_old(session, table=table, now=now, limit=limit)


async def _publish_changes(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """In larger batches than others: each begins by looking at the whole register."""
    return await publish_changes(session, actor=actor, now=now, limit=5 * limit)


SOON: Final = timedelta(seconds=20)
MINUTES: Final = timedelta(minutes=10)
HOURLY: Final = timedelta(hours=1)
DAILY: Final = timedelta(days=1)

JOBS: Final[Sequence[Job]] = (
    # what an approval is comes first: choices and clients follow it in the same turn
    Job("make_prices_current", make_prices_current, SOON),
    Job("turn_vat_rates", turn_vat_rates, SOON),
    Job("lapse_ended", lapse_ended, SOON),
    Job("end_rounds", end_rounds, HOURLY),
    Job("close_changes_of_left", close_changes_of_left, HOURLY),
    Job("lapse_reservations", lapse_reservations, SOON),
    Job("lapse_unanswered", lapse_unanswered, SOON),
    Job("release_left", release_left, SOON),
    Job("top_up_allowances", top_up_allowances, SOON),
    Job("expire_vouchers", expire_vouchers, SOON),
    Job("return_leftovers", return_leftovers, SOON),
    Job("close_moot_cases", close_moot_cases, SOON),
    Job("publish_changes", _publish_changes, SOON, per_organiser=False),
    Job("carry_on_years", carry_on_years, MINUTES),
    Job("raise_redemption_alarms", raise_redemption_alarms, MINUTES),
    Job("follow_disputed_visits", follow_disputed_visits, MINUTES),
    Job("open_expiring_cases", open_expiring_cases, HOURLY),
    Job("remind_expiring", remind_expiring, HOURLY),
    Job("invite_reviews", invite_reviews, HOURLY),
    Job("pass_hearings", pass_hearings, HOURLY),
    Job("open_rounds", open_rounds, HOURLY),
    Job("remind_rounds", remind_rounds, HOURLY),
    Job("remind_ending", remind_ending, HOURLY),
    Job("remind_stale", remind_stale, HOURLY),
    Job("remind_representations", remind_representations, HOURLY),
    Job("follow_corrections", follow_corrections, HOURLY),
    Job("open_unanswered_claims", open_unanswered_claims, DAILY),
    Job("open_unanswered_disputes", open_unanswered_disputes, DAILY),
    Job("raise_alarms", raise_alarms, DAILY),
    Job("delete_old_reviews", delete_old_reviews, DAILY),
    *(
        Job(
            f"delete_old_{table}",
            partial(_delete_old, table=table),
            DAILY if table in SELDOM else HOURLY,
            per_organiser=False,
        )
        for table in LIVES
    ),
)


def jobs_of(keys: Keys) -> Sequence[Job]:
    """Every job of an installation, also the one that needs its keys: each organiser commits to the key of its
    shortlists before the period that it is for."""

    async def commit(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
        return await commit_periods(session, actor=actor, now=now, keys=keys)

    return (*JOBS, Job("commit_periods", commit, HOURLY))


@dataclass(slots=True)
class Turn:
    """What one turn did: how many of each job, and how many jobs failed."""

    done: dict[str, int] = field(default_factory=dict)
    failures: int = 0

    def add(self, name: str, count: int) -> None:
        if count:
            self.done[name] = self.done.get(name, 0) + count


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Worker:
    """One worker process's state: when each job is due again. Nothing here would be missed by another."""

    database: Database
    mailer: Mailer
    base_url: str
    jobs: Sequence[Job] = JOBS
    webhooks: Webhooks | None = None
    rechecks: Rechecks | None = None
    digest_key: bytes | None = None
    """Of the installation's keys: what a visit from a device was asked for is told by it."""
    now: Callable[[], datetime] = clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _last: dict[str, datetime] = field(default_factory=dict)

    async def turn(self) -> Turn:
        """Run every job that is due, then deliver messages (also those that the jobs just left)."""
        turn = Turn()
        organisers = await self._organisers()
        for job in self.jobs:
            now = self.now()
            last = self._last.get(job.name)
            if last is not None and now - last < job.every:
                continue
            self._last[job.name] = now
            whose = [(organiser,) for organiser in organisers] if job.per_organiser else [tuple(organisers)]
            for some in whose:
                await self._run(turn, job.name, partial(self._batch, job.command, system(*some)))
        if self.digest_key is not None:
            await self._run(
                turn, "finish_offline_visits", partial(self._finish, system(*organisers), self.digest_key)
            )
        await self._run(turn, "deliver_messages", partial(self._deliver, system(*organisers)))
        await self._run(turn, "mail_links", self._mail_links)
        if self.webhooks is not None:
            await self._run(
                turn, "deliver_webhooks", partial(self._webhooks, system(*organisers), self.webhooks)
            )
        if self.rechecks is not None and not self.stopping.is_set():
            await self._recheck(turn, system(*organisers), self.rechecks)
        return turn

    async def run(self, *, wait: float = 2.0) -> None:
        """Turn after turn until told to stop, `wait` seconds apart; the turn under way is finished first."""
        while not self.stopping.is_set():
            try:
                turn = await self.turn()
                if turn.done or turn.failures:
                    log.info("worker.turn", done=turn.done, failures=turn.failures)
            except Exception:
                log.exception("worker.turn_failed")
            try:
                await asyncio.wait_for(self.stopping.wait(), timeout=wait)
            except TimeoutError:
                continue

    def stop(self) -> None:
        self.stopping.set()

    async def _organisers(self) -> list[UUID]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(Organiser.id).order_by(Organiser.id)))

    async def _run(self, turn: Turn, name: str, batch: Callable[[], Any]) -> None:
        """Batch after batch until nothing is left, the worker is told to stop, or it is the others' turn."""
        for _ in range(MOST_BATCHES):
            if self.stopping.is_set():
                return
            try:
                count = await batch()
            except Exception:
                log.exception("job.failed", job=name)
                turn.failures += 1
                return
            turn.add(name, count)
            if count == 0:
                return

    async def _batch(self, command: BatchCommand, actor: Actor) -> int:
        async with self.database.transaction(actor.sight) as session:
            return await command(session, actor=actor, now=self.now(), limit=BATCH)

    async def _deliver(self, actor: Actor) -> int:
        return await deliver(
            self.database, actor=actor, mailer=self.mailer, base_url=self.base_url, now=self.now(), limit=50
        )

    async def _mail_links(self) -> int:
        return await mail_links(
            self.database, mailer=self.mailer, base_url=self.base_url, now=self.now(), limit=50
        )

    async def _finish(self, actor: Actor, digest_key: bytes) -> int:
        return await finish_left(self.database, actor=actor, now=self.now(), digest_key=digest_key)

    async def _webhooks(self, actor: Actor, webhooks: Webhooks) -> int:
        return await deliver_webhooks(self.database, actor=actor, webhooks=webhooks, now=self.now())

    async def _recheck(self, turn: Turn, actor: Actor, rechecks: Rechecks) -> None:
        """A few companies a turn, and no more: the register is not to be asked as fast as we can."""
        try:
            turn.add("recheck_companies", await rechecks.turn(self.database, actor=actor, now=self.now()))
        except Exception:
            log.exception("job.failed", job="recheck_companies")
            turn.failures += 1
