"""Inspections and what is to be put right: the officer's list, and what a provider is shown of its own."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.catalogue.queries import Names
from registry.providers.keeping.model import CorrectiveRequirement, Inspection
from registry.providers.keeping.rules import InspectionState
from registry.providers.model import Provider
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """A visit or a check of papers."""

    id: UUID
    provider_id: UUID
    provider_name: str
    organiser: Names
    state: str
    planned_on: date
    held_on: date | None
    subject: str
    announced: bool
    report: str | None


@dataclass(frozen=True, slots=True)
class CorrectiveRow:
    """What has to be put right."""

    id: UUID
    provider_id: UUID
    provider_name: str
    organiser: Names
    inspection_id: UUID | None
    state: str
    text: str
    due_on: date
    made_at: datetime
    report: str | None
    reported_at: datetime | None
    settled_at: datetime | None
    settled_words: str | None

    def overdue(self, today: date) -> bool:
        return self.state == "open" and self.due_on < today


async def inspections(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[InspectionRow]:
    """Those in sight, the planned first, by their day."""
    rows = await session.execute(
        select(Inspection, Provider.name, Organiser)
        .join(Provider, Provider.id == Inspection.provider_id)
        .join(Organiser, Organiser.id == Inspection.organiser_id)
        .where(*conditions)
        .order_by(
            Inspection.state != str(InspectionState.PLANNED), Inspection.planned_on.desc(), Inspection.id
        )
        .limit(200)
    )
    return [
        InspectionRow(
            row.id, row.provider_id, name, Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
            row.state, row.planned_on, row.held_on, row.subject, row.announced, row.report,
        )
        for row, name, organiser in rows
    ]  # fmt: skip


async def inspection_of(session: AsyncSession, inspection_id: UUID) -> InspectionRow:
    found = await inspections(session, Inspection.id == inspection_id)
    if not found:
        raise NotFound("inspection.unknown")
    return found[0]


def told_to(provider_id: UUID) -> ColumnElement[bool]:
    """The inspections that a provider knows of: those that were announced, and all that have been held. The caller looks
    with the organisers' sight, for row-level security shows a provider none of them."""
    return (Inspection.provider_id == provider_id) & or_(
        Inspection.announced, Inspection.state == str(InspectionState.HELD)
    )


async def correctives(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[CorrectiveRow]:
    """Those in sight: what is open first, by its day."""
    rows = await session.execute(
        select(CorrectiveRequirement, Provider.name, Organiser)
        .join(Provider, Provider.id == CorrectiveRequirement.provider_id)
        .join(Organiser, Organiser.id == CorrectiveRequirement.organiser_id)
        .where(*conditions)
        .order_by(
            CorrectiveRequirement.settled_at.is_not(None),
            CorrectiveRequirement.due_on,
            CorrectiveRequirement.id,
        )
        .limit(200)
    )
    return [
        CorrectiveRow(
            row.id, row.provider_id, name, Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
            row.inspection_id, row.state, row.text, row.due_on, row.made_at, row.report, row.reported_at,
            row.settled_at, row.settled_words,
        )
        for row, name, organiser in rows
    ]  # fmt: skip


async def corrective_of(session: AsyncSession, corrective_id: UUID) -> CorrectiveRow:
    found = await correctives(session, CorrectiveRequirement.id == corrective_id)
    if not found:
        raise NotFound("corrective.unknown")
    return found[0]
