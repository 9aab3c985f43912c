"""The note that a client was reminded of something: whoever writes it first sends the message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import Reminder
from registry.shared.identifiers import uuid7

Sent = tuple[UUID, str, UUID | None]
"""(voucher, kind, provider)."""


@dataclass(frozen=True, slots=True)
class Remind:
    """What a client is to be reminded of."""

    organiser_id: UUID
    voucher_id: UUID
    kind: str
    provider_id: UUID | None = None
    last_day: date | None = None


async def mark_reminded(session: AsyncSession, wanted: Sequence[Remind], *, now: datetime) -> set[Sent]:
    """Note the reminders and answer those that nobody had noted: two workers at once send each of them once."""
    if not wanted:
        return set()
    rows = await session.execute(
        insert(Reminder)
        .values(
            [
                {
                    "id": uuid7(),
                    "organiser_id": one.organiser_id,
                    "voucher_id": one.voucher_id,
                    "kind": one.kind,
                    "provider_id": one.provider_id,
                    "last_day": one.last_day,
                    "sent_at": now,
                }
                for one in wanted
            ]
        )
        .on_conflict_do_nothing()
        .returning(Reminder.voucher_id, Reminder.kind, Reminder.provider_id)
    )
    return {(voucher_id, kind, provider_id) for voucher_id, kind, provider_id in rows}
