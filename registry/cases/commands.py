"""Opening and closing cases."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.model import Case
from registry.shared.actor import Actor, Role
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7


async def open_case(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    organiser_id: UUID,
    kind: str,
    subject_kind: str,
    subject_id: UUID,
    due_on: date,
    role: Role,
    owner_id: UUID | None = None,
    client_id: UUID | None = None,
    voucher_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> UUID:
    """Open a case, or return the one of this kind that is still open on the subject: a thing that somebody has to
    do is on the list once."""
    standing = await session.scalar(
        select(Case.id).where(Case.kind == kind, Case.subject_id == subject_id, Case.closed_at.is_(None))
    )
    if standing is not None:
        return standing
    case = Case(
        id=uuid7(),
        organiser_id=organiser_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        client_id=client_id,
        role=str(role),
        owner_id=owner_id,
        due_on=due_on,
        facts=dict(facts or {}),
        opened_at=now,
    )
    session.add(case)
    record(
        session,
        actor=actor,
        now=now,
        action="case.opened",
        subject_kind="case",
        subject_id=case.id,
        organiser_id=organiser_id,
        voucher_id=voucher_id,
        to_state="open",
        facts={"kind": kind, "about": subject_kind, "about_id": subject_id, "due_on": due_on},
    )
    return case.id


async def close_case(
    session: AsyncSession, *, actor: Actor, now: datetime, case_id: UUID, resolution: str
) -> None:
    """Close a case with what was done about it; closing it twice is refused, so that two people notice each other."""
    case = await session.scalar(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    )
    if case is None:
        raise NotFound("case.unknown")
    if case.closed_at is not None:
        raise Refused("case.closed_already")
    case.closed_at = now
    case.closed_by = actor.id
    case.resolution = resolution
    record(
        session,
        actor=actor,
        now=now,
        action="case.closed",
        subject_kind="case",
        subject_id=case.id,
        organiser_id=case.organiser_id,
        voucher_id=case.subject_id if case.subject_kind == "voucher" else None,
        from_state="open",
        to_state="closed",
        facts={"kind": case.kind, "resolution": "changed"},
    )
