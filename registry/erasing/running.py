"""A run of retention: rule by rule, batch by batch, each batch in a transaction of its own with its audit event, so that
a run that was stopped goes on where it was."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Organiser
from registry.erasing.finding import FIND, START, When
from registry.erasing.going import GO
from registry.erasing.rules import RULES, Done, Rule, over_before
from registry.providers.files.store import FileStore
from registry.providers.keeping.model import RetentionRun
from registry.retention import LIVES, count_old, delete_old
from registry.retention import over_before as rows_before
from registry.schema import tables
from registry.shared.actor import Actor, Sight, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.retention_rules import DECEMBER, UNUSED_ACCOUNT_MONTHS

BATCH: Final = 200
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule found, or did."""

    rule: Rule
    count: int = 0
    held: int = 0
    """Passed over, because accounts rest on it still."""
    first: tuple[UUID, ...] = field(default=())
    before: date | None = None
    """What ended before this day has had its time; None where each service's legal regime says it."""


def life_rule(table: str) -> Rule:
    """A table whose rows go by their own age, as the rule that it is. Its name is the table's."""
    return Rule(table, str(tables().tables[table].info["keeps"]), Done.DELETED)


async def everyone(database: Database) -> Actor:
    async with database.transaction() as session:
        return system(*await session.scalars(select(Organiser.id).order_by(Organiser.id)))


async def plan(
    database: Database,
    *,
    now: datetime,
    last_month: int = DECEMBER,
    account_months: int = UNUSED_ACCOUNT_MONTHS,
    sight: Sight | None = None,
) -> AsyncIterator[Line]:
    """What would go, rule by rule, and then table by table; nothing is changed. `sight`: of these organisers alone,
    and nothing that is the whole installation's."""
    seen = sight or (await everyone(database)).sight
    when = When(now, last_month, seen.organisers, account_months)
    for name, rule in RULES.items():
        if sight is not None and rule.whole_installation:
            continue
        before = over_before(rule, today=when.today, last_month=last_month, account_months=account_months)
        line, after = Line(rule, before=before), START
        while True:
            async with database.transaction(seen) as session:
                found = await FIND[name](session, when, after=after, limit=BATCH)
            line = replace(
                line,
                count=line.count + len(found.ids),
                held=line.held + found.held,
                first=(*line.first, *found.ids)[:SHOWN],
            )
            if found.last is None:
                break
            after = found.last
        yield line
    for table in LIVES:
        async with database.transaction(seen) as session:
            count = await count_old(session, table=table, now=now)
        yield Line(life_rule(table), count, before=local_date(rows_before(table, now)))


async def carry_out(
    database: Database,
    store: FileStore,
    *,
    now: datetime,
    last_month: int = DECEMBER,
    account_months: int = UNUSED_ACCOUNT_MONTHS,
    limit: int = BATCH,
) -> AsyncIterator[Line]:
    """Do it. What a rule only tells of is left alone."""
    actor = await everyone(database)
    when = When(now, last_month, actor.sight.organisers, account_months)
    for rule in RULES.values():
        if rule.done is Done.STAYS:
            continue
        line, after = Line(rule), START
        while True:
            done, after_, held = await _batch(database, store, actor, rule, when, after, limit)
            line = replace(line, count=line.count + done, held=line.held + held)
            if after_ is None:
                break
            after = after_
        yield line
    for table in LIVES:
        count = 0
        while done := await _rows(database, actor, table, when, limit):
            count += done
        yield Line(life_rule(table), count)


async def _rows(database: Database, actor: Actor, table: str, when: When, limit: int) -> int:
    """A batch of rows that go by their age. They have no ids that anybody would ask for; how many there were is told."""
    async with database.transaction(Sight(organisers=actor.sight.organisers)) as session:
        done = await delete_old(session, table=table, now=when.now, limit=limit)
        if done:
            await _told(session, actor, life_rule(table), when, deleted=done, pseudonymised=0, count=done)
    return done


async def _batch(
    database: Database, store: FileStore, actor: Actor, rule: Rule, when: When, after: UUID, limit: int
) -> tuple[int, UUID | None, int]:
    files: list[str] = []
    async with database.transaction(Sight(organisers=actor.sight.organisers)) as session:
        found = await FIND[rule.name](session, when, after=after, limit=limit)
        if found.ids:
            files = await GO[rule.name](session, found.ids, when.now)
            deleted = len(found.ids) if rule.done is Done.DELETED else 0
            await _told(
                session, actor, rule, when, deleted=deleted, pseudonymised=len(found.ids) - deleted,
                count=len(found.ids), ids=[str(one) for one in found.ids],
            )  # fmt: skip
    # after the commit: a file without a row is found again, a row without its file is not
    for digest in files:
        store.remove(digest)
    return len(found.ids), found.last, found.held


async def _told(
    session: AsyncSession,
    actor: Actor,
    rule: Rule,
    when: When,
    *,
    deleted: int,
    pseudonymised: int,
    **facts: Any,
) -> None:
    """What a batch has done, added to the day's run of its rule and told in the audit trail."""
    made = insert(RetentionRun).values(
        id=uuid7(), rule=rule.name, on_day=when.today, batches=1, deleted=deleted,
        pseudonymised=pseudonymised, begun_at=when.now, ended_at=when.now,
    )  # fmt: skip
    (run_id,) = await session.scalars(
        made.on_conflict_do_update(
            index_elements=["rule", "on_day"],
            set_={
                "batches": RetentionRun.batches + 1,
                "deleted": RetentionRun.deleted + made.excluded.deleted,
                "pseudonymised": RetentionRun.pseudonymised + made.excluded.pseudonymised,
                "ended_at": when.now,
            },
        ).returning(RetentionRun.id)
    )
    record(
        session,
        actor=actor,
        now=when.now,
        action=f"retention.{rule.done}",
        subject_kind="retention_run",
        subject_id=run_id,
        organiser_id=None,
        facts={"rule": rule.name, **facts},
    )


@dataclass(frozen=True, slots=True)
class RunRow:
    """What one rule did on one day."""

    rule: str
    on_day: date
    batches: int
    deleted: int
    pseudonymised: int
    ended_at: datetime | None


async def runs(session: AsyncSession, *, limit: int = 100) -> list[RunRow]:
    """The latest first."""
    rows = await session.scalars(
        select(RetentionRun).order_by(RetentionRun.on_day.desc(), RetentionRun.rule).limit(limit)
    )
    return [
        RunRow(row.rule, row.on_day, row.batches, row.deleted, row.pseudonymised, row.ended_at)
        for row in rows
    ]
