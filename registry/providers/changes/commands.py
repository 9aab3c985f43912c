"""Writing down what has changed in the open register since it was last looked at.

One writer at a time, under a lock that it holds until it has committed: so positions have neither holes nor repeats,
and nobody reads a position before all lower ones can be read. It compares what stands with what it last said, instead
of being told by each command: whatever changes a row is found, be it a command, an import, a date that has come or a
statement typed by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.changes.model import RegisterChange, RegisterEntry
from registry.providers.changes.rules import columns_of, kind_of
from registry.providers.queries.open_data import register_values, rows_of, stamps
from registry.shared.actor import Actor
from registry.shared.period import local_date

_ONE_WRITER: Final = text("SELECT pg_advisory_xact_lock(hashtext('registry change feed'))")


async def publish_changes(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Say up to `limit` changes; returns how many approvals were looked at, 0 when the feed has caught up."""
    await session.execute(_ONE_WRITER)
    on = local_date(now)
    different = await _different(session, now=now, limit=limit)
    if not different:
        return 0
    # what stands and its stamp come from one statement, so that they belong together
    rows = await rows_of(session, on=on, admission_ids=different)
    said = {
        entry.admission_id: entry
        for entry in await session.scalars(
            select(RegisterEntry).where(RegisterEntry.admission_id.in_(different))
        )
    }
    position = await session.scalar(select(func.max(RegisterChange.position))) or 0
    changes = []
    for admission_id in different:
        row, entry = rows.get(admission_id), said.get(admission_id)
        before = entry.entry if entry is not None else None
        after = register_values(row) if row is not None else None
        kind = kind_of(before, after)
        if kind is None:
            continue
        position += 1
        known = after or before or {}
        changes.append(
            {
                "position": position,
                "at": now,
                "kind": kind,
                "admission_id": admission_id,
                "provider_id": UUID(known["provider_id"]),
                "changed": columns_of(before, after),
                "entry": after,
            }
        )
    if changes:
        await session.execute(insert(RegisterChange), changes)
    await _remember(
        session,
        stand=[(row.offer.admission_id, row.stamp, register_values(row)) for row in rows.values()],
        gone=[admission_id for admission_id in said if admission_id not in rows],
    )
    return len(different)


async def _different(session: AsyncSession, *, now: datetime, limit: int) -> list[UUID]:
    """Approvals whose row is not what was last said of them: changed, new or gone."""
    each = stamps(local_date(now))
    admission_id = func.coalesce(each.c.id, RegisterEntry.admission_id)
    query = (
        select(admission_id)
        .select_from(each)
        .outerjoin(RegisterEntry, RegisterEntry.admission_id == each.c.id, full=True)
        .where(each.c.stamp.is_distinct_from(RegisterEntry.stamp))
        .order_by(admission_id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def _remember(
    session: AsyncSession, *, stand: Sequence[tuple[UUID, int, dict[str, object]]], gone: Sequence[UUID]
) -> None:
    if stand:
        statement = upsert(RegisterEntry)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["admission_id"],
                set_={"stamp": statement.excluded.stamp, "entry": statement.excluded.entry},
            ),
            [{"admission_id": which, "stamp": stamp, "entry": entry} for which, stamp, entry in stand],
        )
    if gone:
        await session.execute(delete(RegisterEntry).where(RegisterEntry.admission_id.in_(gone)))
