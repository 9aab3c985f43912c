"""Why somebody may read a client's data, and the note that they did.

Staff see their own caseload. Anyone else's they see with a reason in their own words, which stands for twelve hours
so that it is not asked on every page; each reading is still logged with it, and the client sees it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import ReadLog
from registry.people.rules import STATED
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date, start_of_day

STANDS_FOR: Final = timedelta(hours=12)


def reason_of(actor: Actor) -> str:
    """The reason that stands for all that this actor reads by itself: a machine's is the name of its token."""
    if actor.role is Role.CLIENT:
        return "own_data"
    if actor.role is Role.AUDITOR:
        return "audit"
    return f"{STATED}API {actor.name}" if actor.kind == "token" else "own_caseload"


async def reason_to_read(
    session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID, case_worker_id: UUID | None
) -> str | None:
    """The reason that this actor has for reading this client's data now; None: it must be asked for one first."""
    if (
        actor.role in (Role.CLIENT, Role.AUDITOR)
        or actor.kind == "token"
        or (case_worker_id is not None and case_worker_id == actor.id)
    ):
        return reason_of(actor)
    return await session.scalar(
        select(ReadLog.reason)
        .where(
            ReadLog.client_id == client_id,
            ReadLog.account_id == actor.id,
            ReadLog.at > now - STANDS_FOR,
            ReadLog.reason.startswith(STATED, autoescape=True),
        )
        .order_by(ReadLog.at.desc())
        .limit(1)
    )


_LOG_LISTED: Final = text(
    """
    INSERT INTO read_log (id, organiser_id, client_id, at, account_id, role, what, reason)
    SELECT made.id, made.organiser_id, made.client_id, :now, :account, :role, :what, :reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:organisers AS uuid[]), CAST(:clients AS uuid[]))
      AS made (id, organiser_id, client_id)
    WHERE NOT EXISTS (
      SELECT FROM read_log known
      WHERE known.client_id = made.client_id AND known.account_id = :account AND known.what = :what
        AND known.reason = :reason AND known.at >= :since)
    """
)


async def log_listed(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    clients: Collection[tuple[UUID, UUID]],
    what: str,
    reason: str,
) -> None:
    """Note that the names of these clients, as (client, organiser), stood on a list that the actor saw: once a day
    per client and list, in one statement, for a list is looked at all day long."""
    wanted = sorted(set(clients))
    if not wanted:
        return
    values: dict[str, Any] = {
        "ids": [uuid7() for _ in wanted],
        "clients": [client_id for client_id, _ in wanted],
        "organisers": [organiser_id for _, organiser_id in wanted],
        "now": now,
        "since": start_of_day(local_date(now)),
        "account": actor.id,
        "role": actor.recorded_role or actor.kind,
        "what": what,
        "reason": reason,
    }
    # a provider adds to the log and does not see it, and what was noted today is not noted again
    async with as_organiser(session, actor.sight):
        await session.execute(_LOG_LISTED, values)
