"""The officers' work queue: applications by the day on which they should be decided."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.model import Case
from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.providers.decisions.corrections.requests import KIND
from registry.providers.decisions.model import Appeal
from registry.providers.model import Application, Provider
from registry.providers.representing.waiting import representations_waiting

FOR_OFFICER: Final = ("submitted", "heard")
FOR_APPLICANT: Final = ("more_information", "hearing")


@dataclass(frozen=True, slots=True)
class QueueRow:
    id: UUID
    provider_name: str
    service_id: UUID
    service_name: Names
    state: str
    submitted_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """What is on the officers' desk: applications, and those who ask to act for an organisation."""

    officer: int
    applicant: int
    overdue: int
    appeals: int
    """Requests for review, and requests that an error is corrected."""


async def work_queue(
    session: AsyncSession,
    *,
    organiser_id: UUID,
    states: tuple[str, ...] = FOR_OFFICER,
    service_id: UUID | None = None,
    overdue_on: date | None = None,
    limit: int,
    after: tuple[date, UUID] | None = None,
) -> list[QueueRow]:
    """Applications to this organiser, the one that is due first: what is overdue stands first. `overdue_on`: only what
    should have been decided before this day. `after` is the (due_on, id) of the last row before.

    The organiser is named, though no other is in sight: for one organiser the index has the order, for a list of them
    it has not."""
    conditions: list[ColumnElement[bool]] = [
        Application.organiser_id == organiser_id,
        Application.state.in_(states),
        Application.submitted_at.is_not(None),
    ]
    if service_id is not None:
        conditions.append(Application.service_id == service_id)
    if overdue_on is not None:
        conditions.append(Application.due_on < overdue_on)
    if after is not None:
        conditions.append(
            tuple_(Application.due_on, Application.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    rows = await session.execute(
        select(Application, Provider.name, Service)
        .join(Provider, Provider.id == Application.provider_id)
        .join(Service, Service.id == Application.service_id)
        .where(*conditions)
        .order_by(Application.due_on, Application.id)
        .limit(limit)
    )
    return [
        QueueRow(
            id=row.id,
            provider_name=name,
            service_id=service.id,
            service_name=Names(service.name_fi, service.name_sv, service.name_en),
            state=row.state,
            submitted_at=row.submitted_at or row.created_at,
            due_on=row.due_on,
        )
        for row, name, service in rows
    ]


async def queue_counts(session: AsyncSession, *, organiser_id: UUID, today: date) -> QueueCounts:
    """How much waits for the officers, for the applicants, past its day, and of requests for review."""
    officer = Application.state.in_(FOR_OFFICER)
    applications = (
        await session.execute(
            select(
                func.count().filter(officer),
                func.count().filter(Application.state.in_(FOR_APPLICANT)),
                func.count().filter(officer, Application.due_on < today),
            ).where(
                Application.organiser_id == organiser_id,
                Application.state.in_((*FOR_OFFICER, *FOR_APPLICANT)),
                Application.submitted_at.is_not(None),
            )
        )
    ).one()
    appeals = select(func.count()).select_from(Appeal).where(Appeal.state == "received")
    errors = select(func.count()).select_from(Case).where(Case.kind == KIND, Case.closed_at.is_(None))
    against = await session.scalar(select(appeals.scalar_subquery() + errors.scalar_subquery()))
    waiting, late = await representations_waiting(session, organiser_id=organiser_id, today=today)
    return QueueCounts(
        applications[0] + waiting,
        applications[1],
        applications[2] + late,
        int(against or 0),
    )
