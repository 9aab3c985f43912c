"""Inspections: planned, held, and reported on (Administrative Procedure Act 434/2003 § 39)."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import require_officer
from registry.providers.decisions.people import person_behind
from registry.providers.keeping.model import Inspection
from registry.providers.keeping.rules import InspectionState, move_inspection
from registry.providers.model import Admission
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage

LONGEST: Final = 10_000


async def plan_inspection(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    planned_on: date,
    subject: str,
    announced: bool = True,
    service_id: UUID | None = None,
) -> UUID:
    """Plan an inspection of a provider of the organiser's own register. The provider is told, unless that would defeat
    it."""
    require_officer(actor)
    said = passage("subject", subject, longest=2000)
    await require_own(session, actor, provider_id, service_id)
    if planned_on < local_date(now):
        raise Invalid("inspection.past", errors={"planned_on": "inspection.past"})
    row = Inspection(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        provider_id=provider_id,
        service_id=service_id,
        state=str(InspectionState.PLANNED),
        planned_on=planned_on,
        subject=said,
        announced=announced,
        made_by=await person_behind(session, actor),
        made_at=now,
        changed_at=now,
    )
    session.add(row)
    _record(session, actor, now, row, "inspection.planned", None)
    if announced:
        _tell(session, now, row, "inspection.planned", day=planned_on.isoformat())
    await session.flush()
    return row.id


async def require_own(
    session: AsyncSession, actor: Actor, provider_id: UUID, service_id: UUID | None = None
) -> None:
    """Raise unless the provider is, or was, in this organiser's register, for this service where one is named."""
    known = exists().where(Admission.organiser_id == actor.organiser_id, Admission.provider_id == provider_id)
    if service_id is not None:
        known = known.where(Admission.service_id == service_id)
    if not await session.scalar(select(known)):
        raise NotFound("provider.unknown")


async def hold_inspection(
    session: AsyncSession, *, actor: Actor, now: datetime, inspection_id: UUID, held_on: date, report: str
) -> None:
    """Write down what was seen. The provider gets the report, whether it was announced or not (§ 39 (2))."""
    require_officer(actor)
    said = passage("report", report, longest=LONGEST)
    row = await _locked(session, inspection_id)
    require(move_inspection(InspectionState(row.state), InspectionState.HELD))
    if held_on > local_date(now):
        raise Invalid("inspection.future", errors={"held_on": "inspection.future"})
    row.state, row.held_on, row.report, row.changed_at = str(InspectionState.HELD), held_on, said, now
    _record(session, actor, now, row, "inspection.held", InspectionState.PLANNED)
    _tell(session, now, row, "inspection.held", day=held_on.isoformat())


async def cancel_inspection(
    session: AsyncSession, *, actor: Actor, now: datetime, inspection_id: UUID
) -> None:
    """It is not held after all; a provider that was told of it is told so."""
    require_officer(actor)
    row = await _locked(session, inspection_id)
    require(move_inspection(InspectionState(row.state), InspectionState.CANCELLED))
    row.state, row.changed_at = str(InspectionState.CANCELLED), now
    _record(session, actor, now, row, "inspection.cancelled", InspectionState.PLANNED)
    if row.announced:
        _tell(session, now, row, "inspection.cancelled", day=row.planned_on.isoformat())


async def _locked(session: AsyncSession, inspection_id: UUID) -> Inspection:
    row = await session.get(Inspection, inspection_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("inspection.unknown")
    return row


def _tell(session: AsyncSession, now: datetime, row: Inspection, template: str, **facts: Any) -> None:
    enqueue(
        session,
        now=now,
        template=template,
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        facts={"inspection": str(row.id), **facts},
    )


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    row: Inspection,
    action: str,
    before: InspectionState | None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="inspection",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state=str(before) if before else None,
        to_state=row.state,
        facts={
            "provider": row.provider_id,
            "service": row.service_id,
            "planned_on": row.planned_on,
            "held_on": row.held_on,
            "announced": row.announced,
        },
    )
