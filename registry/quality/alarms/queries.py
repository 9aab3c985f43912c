"""Alarms as the register officer reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.providers.model import Provider
from registry.quality.alarms.model import Alarm
from registry.quality.alarms.rules import AlarmState


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with the names of what it is about."""

    id: UUID
    kind: str
    provider_id: UUID
    provider_name: str
    service_id: UUID
    service: Names
    period: date
    facts: Mapping[str, Any]
    state: str
    raised_at: datetime
    decided_at: datetime | None
    note: str | None

    @property
    def open(self) -> bool:
        return self.state == AlarmState.OPEN


def _alarms() -> Select[*tuple[Any, ...]]:
    return (
        select(Alarm, Provider.name, Service)
        .join(Provider, Provider.id == Alarm.provider_id)
        .join(Service, Service.id == Alarm.service_id)
    )


def _view(row: Any) -> AlarmView:
    alarm: Alarm = row[0]
    service: Service = row[2]
    return AlarmView(
        id=alarm.id,
        kind=alarm.kind,
        provider_id=alarm.provider_id,
        provider_name=row[1],
        service_id=alarm.service_id,
        service=Names(service.name_fi, service.name_sv, service.name_en),
        period=alarm.period,
        facts=alarm.facts,
        state=alarm.state,
        raised_at=alarm.raised_at,
        decided_at=alarm.decided_at,
        note=alarm.note,
    )


async def alarms(session: AsyncSession, *, limit: int, offset: int = 0) -> tuple[list[AlarmView], int]:
    """Those in sight, open ones first and then the newest, and how many there are in all."""
    total = await session.scalar(select(func.count()).select_from(Alarm)) or 0
    query = (
        _alarms()
        .order_by(case((Alarm.state == AlarmState.OPEN, 0), else_=1), Alarm.raised_at.desc(), Alarm.id)
        .limit(limit)
        .offset(offset)
    )
    return [_view(row) for row in await session.execute(query)], total


async def alarm(session: AsyncSession, *, alarm_id: UUID) -> AlarmView | None:
    """One, if it is in sight."""
    row = (await session.execute(_alarms().where(Alarm.id == alarm_id))).one_or_none()
    return _view(row) if row is not None else None


async def earlier_alarms(session: AsyncSession, about: AlarmView, *, most: int = 5) -> list[AlarmView]:
    """What was raised about the same provider besides: several weak signs together say more than each."""
    query = (
        _alarms()
        .where(Alarm.provider_id == about.provider_id, Alarm.id != about.id)
        .order_by(Alarm.raised_at.desc(), Alarm.id)
        .limit(most)
    )
    return [_view(row) for row in await session.execute(query)]
