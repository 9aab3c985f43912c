"""Visits from devices, as the provider and the finance officer read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Actor
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class OfflineRow:
    """A visit with both its times, and what became of it. No name: the number is what both sides have."""

    id: UUID
    provider_id: UUID
    provider_name: str
    device_id: UUID
    place: int
    number: str
    service_date: date
    units: int
    unit_price_cents: int | None
    taken_at: datetime
    received_at: datetime
    clock_off_seconds: int
    clock_wrong: bool
    state: str
    code: str | None
    facts: Mapping[str, Any]
    redemption_id: UUID | None
    value_cents: int | None
    decided_at: datetime | None
    note: str | None
    unit_name: str | None


_ROWS: Final = """
SELECT o.id, o.provider_id, p.name AS provider_name, o.device_id, o.place, o.number, o.service_date, o.units,
  o.unit_price_cents, o.taken_at, o.received_at, o.clock_off_seconds, o.clock_wrong, o.state, o.code, o.facts,
  o.redemption_id, r.value_cents, o.decided_at, o.note, v.unit_name
FROM offline_visit o JOIN provider p ON p.id = o.provider_id
LEFT JOIN redemption r ON r.id = o.redemption_id
LEFT JOIN presentation s ON s.id = o.presentation_id LEFT JOIN voucher v ON v.id = s.voucher_id
"""
_LIST: Final = text(
    _ROWS + " WHERE o.provider_id = :provider AND (:refused = false OR o.state = 'refused')"
    " ORDER BY o.received_at DESC, o.id DESC LIMIT :limit OFFSET :offset"
)
_ONE: Final = text(_ROWS + " WHERE o.id = :visit")


async def offline_visits(
    session: AsyncSession, *, actor: Actor, refused: bool, limit: int, offset: int = 0
) -> list[OfflineRow]:
    """The provider's own, newest first; `refused`: only those that wait to be mended."""
    rows = await session.execute(
        _LIST, {"provider": actor.provider_id, "refused": refused, "limit": limit, "offset": offset}
    )
    return [OfflineRow(**row._mapping) for row in rows]


async def offline_visit(session: AsyncSession, *, visit_id: UUID) -> OfflineRow:
    """One in sight."""
    row = (await session.execute(_ONE, {"visit": visit_id})).one_or_none()
    if row is None:
        raise NotFound("offline_visit.unknown")
    return OfflineRow(**row._mapping)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device that has taken more visits than have arrived has lost some, or somebody deleted them on it."""

    id: UUID
    last_sent_at: datetime | None
    added_at: datetime
    taken: int
    arrived: int


_DEVICES: Final = text("""
SELECT d.id, d.last_sent_at, d.added_at, greatest(d.taken, coalesce(o.highest, 0)) AS taken,
  coalesce(o.arrived, 0) AS arrived
FROM offline_device d LEFT JOIN LATERAL (
  SELECT max(place) AS highest, count(*) AS arrived FROM offline_visit v WHERE v.device_id = d.id) o ON true
WHERE d.provider_id = :provider ORDER BY d.last_sent_at DESC NULLS LAST, d.id LIMIT 50
""")


async def devices_of(session: AsyncSession, *, actor: Actor) -> list[DeviceRow]:
    rows = await session.execute(_DEVICES, {"provider": actor.provider_id})
    return [DeviceRow(**row._mapping) for row in rows]
