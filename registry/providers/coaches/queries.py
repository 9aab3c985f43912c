"""Reading which coaches serve under which approval, for the provider and for the organiser's officers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service
from registry.catalogue.queries import Names
from registry.providers.coaches.model import CoachOutside
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.rules import IN_REGISTER
from registry.providers.model import Admission, Coach, CoachDetail
from registry.providers.queries.offers import names


@dataclass(frozen=True, slots=True)
class NotUnder:
    """An approval under which a coach does not serve, or not in every language."""

    admission_id: UUID
    service_name: Names
    organiser_name: Names
    languages: tuple[str, ...] | None
    """Those in which the coach does; none: not at all."""
    waiting: bool
    """Whether the organiser has yet to decide."""


async def not_under(session: AsyncSession, *, provider_id: UUID) -> Mapping[UUID, tuple[NotUnder, ...]]:
    """Coach → the standing approvals of the provider that lack the coach, or that a change of the coach waits for."""
    columns: tuple[Any, ...] = (Coach.id, Admission.id, Service, Organiser, CoachOutside, AdmissionChange.id)
    rows = await session.execute(
        select(*columns)
        .join(Admission, and_(Admission.provider_id == Coach.provider_id, Admission.state.in_(IN_REGISTER)))
        .join(Service, Service.id == Admission.service_id)
        .join(Organiser, Organiser.id == Admission.organiser_id)
        .outerjoin(
            CoachOutside,
            and_(CoachOutside.coach_id == Coach.id, CoachOutside.admission_id == Admission.id),
        )
        .outerjoin(
            AdmissionChange,
            and_(
                AdmissionChange.coach_id == Coach.id,
                AdmissionChange.admission_id == Admission.id,
                AdmissionChange.state == "submitted",
            ),
        )
        .where(Coach.provider_id == provider_id, Coach.ended_at.is_(None), ~Organiser.sandbox)
        .order_by(Coach.created_at, Coach.id, Organiser.name_fi, Service.name_fi)
    )
    found: dict[UUID, tuple[NotUnder, ...]] = {}
    for coach_id, admission_id, service, organiser, outside, change_id in rows:
        if outside is None and change_id is None:
            continue
        spoken = tuple(outside.languages) if outside is not None and outside.languages else None
        if outside is None:
            spoken = ()
        one = NotUnder(admission_id, names(service), names(organiser), spoken, change_id is not None)
        found[coach_id] = (*found.get(coach_id, ()), one)
    return found


@dataclass(frozen=True, slots=True)
class CoachUnder:
    """A coach who serves under an approval, as its officer sees one."""

    first_name: str
    surname: str
    qualification: str
    languages: tuple[str, ...]


async def coaches_under(session: AsyncSession, *, admission_id: UUID) -> list[CoachUnder]:
    """Who serves under an approval."""
    columns: tuple[Any, ...] = (Coach, CoachDetail.surname, CoachDetail.qualification, CoachOutside)
    rows = await session.execute(
        select(*columns)
        .join(Admission, Admission.provider_id == Coach.provider_id)
        .outerjoin(CoachDetail, CoachDetail.coach_id == Coach.id)
        .outerjoin(
            CoachOutside,
            and_(CoachOutside.coach_id == Coach.id, CoachOutside.admission_id == Admission.id),
        )
        .where(Admission.id == admission_id, Coach.ended_at.is_(None))
        .order_by(Coach.created_at, Coach.id)
    )
    return [
        CoachUnder(
            coach.first_name,
            surname or "",
            qualification or "",
            tuple(outside.languages if outside is not None else coach.languages),
        )
        for coach, surname, qualification, outside in rows
        if outside is None or outside.languages
    ]
