"""Free places that nobody has confirmed for two weeks: who reads them is told so, and the provider is asked to look."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.keeping.model import AdmissionReminder
from registry.providers.keeping.rules import STALE_DAYS
from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor
from registry.shared.outbox import enqueue
from registry.shared.period import local_date

KIND: Final = "capacity"


def confirmed_at() -> ColumnElement[datetime]:
    """When places and next start were last said: by being confirmed, or by being admitted with them."""
    return func.coalesce(Admission.capacity_confirmed_at, Admission.created_at)


async def remind_stale(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Ask providers once to confirm free places that have become stale; how many were asked. For the worker."""
    reminded = (
        select(AdmissionReminder.step)
        .where(
            AdmissionReminder.admission_id == Admission.id,
            AdmissionReminder.kind == KIND,
            AdmissionReminder.sent_at > confirmed_at(),
        )
        .correlate(Admission)
    )
    rows = (
        await session.scalars(
            select(Admission)
            .where(
                Admission.organiser_id.in_(actor.sight.organisers),
                Admission.state == str(AdmissionState.ACTIVE),
                Admission.places > 0,
                confirmed_at() <= now - timedelta(days=STALE_DAYS),
                ~reminded.exists(),
            )
            .order_by(Admission.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    if not rows:
        return 0
    since = {row.id: row.capacity_confirmed_at or row.created_at for row in rows}
    await session.execute(
        insert(AdmissionReminder),
        [
            {
                "admission_id": row.id,
                "kind": KIND,
                "about": since[row.id].isoformat(),
                "step": 0,
                "organiser_id": row.organiser_id,
                "sent_at": now,
            }
            for row in rows
        ],
    )
    for row in rows:
        enqueue(
            session,
            now=now,
            template="admission.capacity_stale",
            provider_id=row.provider_id,
            organiser_id=row.organiser_id,
            facts={
                "admission": str(row.id),
                "service": str(row.service_id),
                "since": local_date(since[row.id]).isoformat(),
            },
        )
    return len(rows)
