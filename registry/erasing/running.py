"""A run of retention: rule by rule, batch by batch, each batch in a transaction of its own with its audit event, so that
a run that was stopped goes on where it was."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from registry.audit.commands import record
from registry.catalogue.model import Organiser
from registry.erasing.finding import FIND, START, When
from registry.erasing.going import GO
from registry.erasing.rules import RULES, Done, Rule
from registry.providers.files.store import FileStore
from registry.providers.keeping.model import RetentionRun
from registry.shared.actor import Actor, Sight, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.retention_rules import DECEMBER

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


async def everyone(database: Database) -> Actor:
    async with database.transaction() as session:
        return system(*await session.scalars(select(Organiser.id).order_by(Organiser.id)))


async def plan(database: Database, *, now: datetime, last_month: int = DECEMBER) -> AsyncIterator[Line]:
    """What would go, rule by rule; nothing is changed."""
    actor, when = await everyone(database), When(now, last_month)
    for name, rule in RULES.items():
        line, after = Line(rule), START
        while True:
            async with database.transaction(actor.sight) as session:
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


async def carry_out(
    database: Database, store: FileStore, *, now: datetime, last_month: int = DECEMBER, limit: int = BATCH
) -> AsyncIterator[Line]:
    """Do it. What a rule only tells of is left alone."""
    actor, when = await everyone(database), When(now, last_month)
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


async def _batch(
    database: Database, store: FileStore, actor: Actor, rule: Rule, when: When, after: UUID, limit: int
) -> tuple[int, UUID | None, int]:
    files: list[str] = []
    async with database.transaction(Sight(organisers=actor.sight.organisers)) as session:
        found = await FIND[rule.name](session, when, after=after, limit=limit)
        if found.ids:
            files = await GO[rule.name](session, found.ids, when.now)
            deleted = len(found.ids) if rule.done is Done.DELETED else 0
            made = insert(RetentionRun).values(
                id=uuid7(), rule=rule.name, on_day=when.today, batches=1, deleted=deleted,
                pseudonymised=len(found.ids) - deleted, begun_at=when.now, ended_at=when.now,
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
                facts={"rule": rule.name, "count": len(found.ids), "ids": [str(one) for one in found.ids]},
            )
    for (
        digest
    ) in files:  # after the commit: a file without a row is found again, a row without its file is not
        store.remove(digest)
    return len(found.ids), found.last, found.held
