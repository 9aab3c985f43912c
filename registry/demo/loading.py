"""Loading the demonstration into an empty database: a year is played from beginning to end, in the order of its days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from registry.demo.agenda import Agenda, Story
from registry.demo.applying import apply_with_papers, leave_half_written
from registry.demo.books import keep_books
from registry.demo.debts import owe
from registry.demo.evidence import publish_evidence
from registry.demo.kinds import try_other_kinds
from registry.demo.oversight import oversee
from registry.demo.past import play_the_past
from registry.demo.register import fill_register
from registry.demo.setting import HISTORY, ask_for_new_colleague, set_stage
from registry.demo.stage import Stage
from registry.demo.today import play_today
from registry.demo.watching import watch
from registry.jobs import JOBS, Worker
from registry.messages.mail import KeepingMailer
from registry.providers.files.store import FileStore
from registry.shared.database import Database
from registry.shared.settings import Keys

Say = Callable[[str], object]

BY_ITSELF: Final = frozenset({"raise_alarms", "carry_on_years"})
"""Jobs that only ever see one organiser."""

RARELY, OFTEN, DAILY = timedelta(days=10), timedelta(days=3), timedelta(days=1)
"""How often the worker takes its turn: the nearer to today, the closer to the hour at which things fall due."""


async def load(
    database: Database,
    *,
    keys: Keys,
    base_url: str,
    say: Say,
    now: datetime | None = None,
    files: FileStore | None = None,
) -> Stage:
    """Play the year that ends `now`. Takes some seconds; what comes about is the same each time, but for ids, numbers
    and the order of shortlists, which are drawn. `files`: where an applicant's papers are kept; without it, the
    application with papers stays a draft."""
    agenda = Agenda(until=now or datetime.now(UTC))
    stage = Stage(database, keys, agenda)
    worker = _worker(stage, base_url)
    agenda.add(_beginning(stage, worker, say, files))
    moments = await agenda.play()
    agenda.now = agenda.until
    await _turn(worker)
    await _turn(replace(worker, jobs=[job for job in JOBS if job.name in BY_ITSELF]))
    say(f"  {moments:,} moments played")
    return stage


async def _beginning(stage: Stage, worker: Worker, say: Say, files: FileStore | None) -> Story:
    """Organisers and the register first; once everybody is there, a year of vouchers, books and reports."""
    yield stage.agenda.days_ago(HISTORY, 8)
    say("  organisers, services, providers")
    await set_stage(stage)
    await fill_register(stage)
    play_today(stage)
    stage.agenda.add(ask_for_new_colleague(stage), _work(stage, worker, say))
    for town in stage.towns.values():
        stage.agenda.add(keep_books(stage, town), publish_evidence(stage, town))
    stage.agenda.add(oversee(stage, stage.towns["oulu"]), watch(stage, stage.towns["oulu"]))
    stage.agenda.add(apply_with_papers(stage, files), leave_half_written(stage), try_other_kinds(stage))
    stage.agenda.add(owe(stage))
    yield stage.agenda.days_ago(HISTORY - 15, 8)
    play_the_past(stage)


def _worker(stage: Stage, base_url: str) -> Worker:
    """A worker that does what time does to vouchers for all organisers at once; nothing is old enough to delete. What
    looks at one organiser's figures by itself is done once, in the end."""
    return Worker(
        database=stage.database,
        mailer=KeepingMailer(),
        base_url=base_url,
        jobs=[
            replace(job, per_organiser=False)
            for job in JOBS
            if job.per_organiser and job.name not in BY_ITSELF
        ],
        now=lambda: stage.now,
    )


async def _work(stage: Stage, worker: Worker, say: Say) -> Story:
    """The worker's turns, and a line of progress every other month."""
    told = HISTORY
    while True:
        left = stage.agenda.until - stage.now
        if told - left.days >= 60:
            told = left.days
            say(f"  vouchers, choices, visits: {left.days} days ago")
        step = RARELY if left > timedelta(days=60) else OFTEN if left > timedelta(days=14) else DAILY
        yield stage.now + step
        await _turn(worker)


async def _turn(worker: Worker) -> None:
    turn = await worker.turn()
    if turn.failures:
        raise RuntimeError("a job failed while the demonstration was loaded; the log says which")
