"""Alarms about redemptions, holds and limits, as the finance officer reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.vouchers.guarding.looking import limits_of
from registry.vouchers.guarding.model import RedemptionAlarm, RedemptionThreshold
from registry.vouchers.guarding.rules import Sign


@dataclass(frozen=True, slots=True)
class GuardAlarm:
    """An alarm with the provider that it is about."""

    id: UUID
    provider_id: UUID
    provider_name: str
    sign: Sign
    subject: str
    seen: int
    limit_then: int
    facts: Mapping[str, Any]
    state: str
    raised_at: datetime
    decided_at: datetime | None
    note: str | None


_OF_ALARM: Final = (
    RedemptionAlarm.id, RedemptionAlarm.provider_id, Provider.name, RedemptionAlarm.sign, RedemptionAlarm.subject,
    RedemptionAlarm.seen, RedemptionAlarm.limit_then, RedemptionAlarm.facts, RedemptionAlarm.state,
    RedemptionAlarm.raised_at, RedemptionAlarm.decided_at, RedemptionAlarm.note,
)  # fmt: skip


def _alarm(row: Any) -> GuardAlarm:
    values = list(row)
    values[3] = Sign(values[3])
    return GuardAlarm(*values)


async def guard_alarms(session: AsyncSession, *, limit: int, offset: int = 0) -> tuple[list[GuardAlarm], int]:
    """Those in sight, the open ones first, and how many there are in all."""
    rows = await session.execute(
        select(*_OF_ALARM)
        .join(Provider, Provider.id == RedemptionAlarm.provider_id)
        .order_by(RedemptionAlarm.state != "open", RedemptionAlarm.raised_at.desc(), RedemptionAlarm.id)
        .limit(limit)
        .offset(offset)
    )
    total = await session.scalar(select(func.count()).select_from(RedemptionAlarm)) or 0
    return [_alarm(row) for row in rows], total


async def guard_alarm(session: AsyncSession, *, alarm_id: UUID) -> GuardAlarm | None:
    row = (
        await session.execute(
            select(*_OF_ALARM)
            .join(Provider, Provider.id == RedemptionAlarm.provider_id)
            .where(RedemptionAlarm.id == alarm_id)
        )
    ).one_or_none()
    return None if row is None else _alarm(row)


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold that stands, with what it keeps off the statements."""

    id: UUID
    provider_id: UUID
    provider_name: str
    voucher_id: UUID | None
    alarm_id: UUID | None
    reason: str | None
    placed_at: datetime
    by_itself: bool
    visits: int
    cents: int


_HOLDS: Final = text("""
SELECT h.id, h.provider_id, p.name AS provider_name, h.voucher_id, h.alarm_id, h.reason, h.placed_at,
  h.placed_by IS NULL AS by_itself, held.visits, held.cents
FROM redemption_hold h JOIN provider p ON p.id = h.provider_id
CROSS JOIN LATERAL (
  SELECT count(*) AS visits, coalesce(sum(r.value_cents), 0)::bigint AS cents FROM redemption r
  WHERE r.organiser_id = h.organiser_id AND r.provider_id = h.provider_id AND r.state = 'captured'
    AND (h.voucher_id IS NULL OR r.voucher_id = h.voucher_id)
    AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = r.id)) held
WHERE h.lifted_at IS NULL ORDER BY h.placed_at, h.id
""")


async def standing_holds(session: AsyncSession) -> list[HoldView]:
    """Every hold in sight that stands, the oldest first."""
    return [HoldView(**row._mapping) for row in await session.execute(_HOLDS)]


@dataclass(frozen=True, slots=True)
class AskedLimit:
    id: UUID
    sign: Sign
    value: int
    asked_by: UUID
    asked_at: datetime


async def limits_shown(
    session: AsyncSession, *, organiser_id: UUID
) -> tuple[dict[Sign, int], dict[Sign, AskedLimit]]:
    """The limits in force, and the changes that wait for a second pair of eyes."""
    rows = await session.scalars(
        select(RedemptionThreshold).where(
            RedemptionThreshold.organiser_id == organiser_id, RedemptionThreshold.state == "asked"
        )
    )
    asked = {
        Sign(row.sign): AskedLimit(row.id, Sign(row.sign), row.value, row.asked_by, row.asked_at)
        for row in rows
    }
    return await limits_of(session, organiser_id=organiser_id), asked


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What of a provider's redemptions goes onto no statement for now, as the provider reads it: how much, and why."""

    organiser_name: Mapping[str, str]
    why: str
    """disputed (clients say that visits are not right) | sign (unusual redemptions) | person (a finance officer) | line
    (the provider itself disputes lines of statements)"""
    sign: Sign | None
    reason: str | None
    since: datetime
    whole: bool
    """All that the provider redeems there, not the visits of one voucher alone."""
    visits: int
    cents: int


_HELD: Final = text("""
SELECT o.name_fi AS fi, o.name_sv AS sv, o.name_en AS en,
  CASE WHEN h.placed_by IS NULL THEN 'sign' ELSE 'person' END AS why, a.sign, h.reason, h.placed_at AS since,
  h.voucher_id IS NULL AS whole, held.visits, held.cents
FROM redemption_hold h JOIN organiser o ON o.id = h.organiser_id LEFT JOIN redemption_alarm a ON a.id = h.alarm_id
CROSS JOIN LATERAL (
  SELECT count(*) AS visits, coalesce(sum(r.value_cents), 0)::bigint AS cents FROM redemption r
  WHERE r.organiser_id = h.organiser_id AND r.provider_id = h.provider_id AND r.state = 'captured'
    AND (h.voucher_id IS NULL OR r.voucher_id = h.voucher_id)
    AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = r.id)) held
WHERE h.provider_id = :provider AND h.lifted_at IS NULL
UNION ALL
SELECT o.name_fi, o.name_sv, o.name_en, 'disputed', NULL, NULL, min(v.answered_at), false, count(*),
  sum(r.value_cents)::bigint
FROM visit_answer v JOIN redemption r ON r.id = v.redemption_id JOIN organiser o ON o.id = v.organiser_id
WHERE v.provider_id = :provider AND v.answer <> 'yes' AND v.ruling IS NULL AND r.state = 'captured'
GROUP BY o.id
ORDER BY since
""")


async def held_back(session: AsyncSession, *, actor: Actor) -> list[HeldBack]:
    """The provider's own, the oldest first. Alarms and clients' words are out of its sight: it is told that there is one,
    and what kind of sign it was, and none of the evidence."""
    async with as_organiser(session, actor.sight):
        rows = (await session.execute(_HELD, {"provider": actor.provider_id})).all()
    return [
        HeldBack(
            {"fi": row.fi, "sv": row.sv, "en": row.en}, row.why, Sign(row.sign) if row.sign else None, row.reason,
            row.since, row.whole, row.visits, row.cents,
        )
        for row in rows
    ]  # fmt: skip
