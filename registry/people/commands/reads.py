"""Noting who read which client's data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import ReadLog
from registry.people.rules import read_reason
from registry.shared.actor import Actor
from registry.shared.errors import require
from registry.shared.identifiers import uuid7


def log_read(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    client_id: UUID,
    organiser_id: UUID,
    what: str,
    reason: str,
) -> None:
    """Note that `actor` read `what` of a client (`voucher`, `caseload`, `person`…) and why, in the transaction that
    reads: the client may see every line of it.

    `reason` is own_caseload, own_data, chosen_provider, complaint or audit, or `stated: ` and the reader's own words.
    """
    require(read_reason(reason))
    session.add(
        ReadLog(
            id=uuid7(),
            organiser_id=organiser_id,
            client_id=client_id,
            at=now,
            account_id=actor.id,
            role=actor.recorded_role or actor.kind,
            what=what,
            reason=reason,
        )
    )
