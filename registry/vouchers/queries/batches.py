"""The report of a batch, kept with the key that made it: no table of its own, for it says nothing that the vouchers
and the audit trail do not say for ever."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Actor
from registry.shared.idempotency import IdempotencyRecord


async def batch_report(
    session: AsyncSession, *, actor: Actor, key: str, operation: str
) -> tuple[dict[str, Any], datetime] | None:
    """The answer that this actor's batch got, and when; None where there was no such batch of this actor."""
    row = (
        await session.execute(
            select(IdempotencyRecord.response, IdempotencyRecord.created_at).where(
                IdempotencyRecord.actor_id == actor.id, IdempotencyRecord.key == key
            )
        )
    ).one_or_none()
    if row is None or row.response is None or row.response.get("operation") != operation:
        return None
    return row.response, row.created_at
