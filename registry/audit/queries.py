"""Reading what happened: a voucher's timeline, and the auditor's search."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.model import AuditEvent
from registry.audit.rules import document_hash, event_document


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as stored. Its actor and subject are ids: names are for whoever may see them."""

    id: UUID
    organiser_id: UUID | None
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_role: str | None
    action: str
    subject_kind: str
    subject_id: UUID
    voucher_id: UUID | None
    from_state: str | None
    to_state: str | None
    facts: Mapping[str, Any]
    hash: bytes

    def document(self) -> dict[str, Any]:
        """The document that was hashed when the event was written."""
        return event_document(
            id=self.id,
            organiser_id=self.organiser_id,
            at=self.at,
            actor_kind=self.actor_kind,
            actor_id=self.actor_id,
            actor_role=self.actor_role,
            action=self.action,
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            voucher_id=self.voucher_id,
            from_state=self.from_state,
            to_state=self.to_state,
            facts=self.facts,
        )

    @property
    def intact(self) -> bool:
        """Whether the event still fits its hash."""
        return document_hash(self.document()) == self.hash


COLUMNS = tuple(getattr(AuditEvent, name) for name in Event.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of events ended: the next page starts after it."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Search:
    """What the auditor looks for; what is None is not asked. `subject_id` also finds what belongs to a voucher
    with that id. The period is half-open."""

    subject_id: UUID | None = None
    actor_id: UUID | None = None
    action: str | None = None
    """A whole action (`voucher.granted`) or a kind of subject with its dot (`voucher.`)."""
    since: datetime | None = None
    until: datetime | None = None


async def timelines(
    session: AsyncSession, *, voucher_ids: Collection[UUID], per_voucher: int = 500
) -> dict[UUID, list[Event]]:
    """Everything that happened to each voucher and to whatever belongs to it, oldest first, in one query. Ids are
    time-ordered, so events of one moment stay in the order in which they were written."""
    found: dict[UUID, list[Event]] = {voucher_id: [] for voucher_id in voucher_ids}
    if not found:
        return found
    rows = await session.execute(
        select(*COLUMNS)
        .where(AuditEvent.voucher_id.in_(found))
        .order_by(AuditEvent.at, AuditEvent.id)
        .limit(per_voucher * len(found))
    )
    for row in rows:
        found[row.voucher_id].append(Event(**row._mapping))
    whole_vouchers = await session.execute(
        select(*COLUMNS)
        .where(AuditEvent.subject_id.in_(found), AuditEvent.voucher_id.is_(None))
        .order_by(AuditEvent.at, AuditEvent.id)
        .limit(per_voucher * len(found))
    )
    for row in whole_vouchers:
        found[row.subject_id].append(Event(**row._mapping))
    return {
        voucher_id: sorted(events, key=lambda event: (event.at, event.id))
        for voucher_id, events in found.items()
    }


async def timeline(session: AsyncSession, *, voucher_id: UUID) -> list[Event]:
    """Everything that happened to one voucher, oldest first."""
    return (await timelines(session, voucher_ids=[voucher_id]))[voucher_id]


async def history(session: AsyncSession, *, subject_id: UUID, limit: int = 500) -> list[Event]:
    """Everything that happened to one subject (an application, a statement, a case), oldest first."""
    rows = await session.execute(
        select(*COLUMNS)
        .where(AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.at, AuditEvent.id)
        .limit(limit)
    )
    return [Event(**row._mapping) for row in rows]


async def search(
    session: AsyncSession,
    *,
    organiser_ids: Collection[UUID],
    wanted: Search,
    after: Cursor | None = None,
    limit: int = 50,
) -> tuple[list[Event], Cursor | None]:
    """A page of events, newest first, and where the next one starts (None: this was the last)."""
    query = _matching(select(*COLUMNS), wanted).where(AuditEvent.organiser_id.in_(organiser_ids))
    if after is not None:
        query = query.where(tuple_(AuditEvent.at, AuditEvent.id) < tuple_(after.at, after.id))
    rows = await session.execute(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit + 1))
    events = [Event(**row._mapping) for row in rows]
    if len(events) <= limit:
        return events, None
    last = events[limit - 1]
    return events[:limit], Cursor(last.at, last.id)


def _matching(query: Select[Any], wanted: Search) -> Select[Any]:
    conditions = []
    if wanted.subject_id is not None:
        conditions.append(
            or_(AuditEvent.subject_id == wanted.subject_id, AuditEvent.voucher_id == wanted.subject_id)
        )
    if wanted.actor_id is not None:
        conditions.append(AuditEvent.actor_id == wanted.actor_id)
    if wanted.action is not None and wanted.action.endswith("."):
        conditions.append(AuditEvent.action.startswith(wanted.action, autoescape=True))
    elif wanted.action is not None:
        conditions.append(AuditEvent.action == wanted.action)
    if wanted.since is not None:
        conditions.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEvent.at < wanted.until)
    return query.where(and_(*conditions)) if conditions else query


async def event(session: AsyncSession, *, event_id: UUID) -> Event | None:
    """One event, if it is in sight."""
    row = (await session.execute(select(*COLUMNS).where(AuditEvent.id == event_id))).one_or_none()
    return Event(**row._mapping) if row else None
