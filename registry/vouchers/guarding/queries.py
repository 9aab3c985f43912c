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


_KEPT: Final = """
  SELECT r.id, r.voucher_id, r.value_cents FROM redemption r
  WHERE r.organiser_id = h.organiser_id AND r.provider_id = h.provider_id AND r.state = 'captured'
    AND (h.voucher_id IS NULL OR r.voucher_id = h.voucher_id)
    AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = r.id)
  UNION ALL
  SELECT r.id, r.voucher_id, r.value_cents FROM line_dispute d JOIN redemption r ON r.id = d.redemption_id
  WHERE d.organiser_id = h.organiser_id AND d.provider_id = h.provider_id AND r.state = 'captured'
    AND (h.voucher_id IS NULL OR r.voucher_id = h.voucher_id)
    AND d.return_id IS NOT NULL AND d.outcome IS NOT NULL
    AND NOT EXISTS (SELECT FROM statement_line l WHERE l.id = d.return_id)
"""
"""What a hold `h` keeps off the statements: what never was on one, and what its provider disputed, was answered, and
would be back by now. While a dispute waits for its answer it is that which keeps the line off."""

_HOLDS: Final = text(f"""
SELECT h.id, h.provider_id, p.name AS provider_name, h.voucher_id, h.alarm_id, h.reason, h.placed_at,
  h.placed_by IS NULL AS by_itself, held.visits, held.cents
FROM redemption_hold h JOIN provider p ON p.id = h.provider_id
CROSS JOIN LATERAL (
  SELECT count(*) AS visits, coalesce(sum(k.value_cents), 0)::bigint AS cents FROM ({_KEPT}) k) held
WHERE h.lifted_at IS NULL ORDER BY h.placed_at, h.id
""")  # noqa: S608 - constant text


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


_DENIED: Final = "a.answer <> 'yes' AND a.ruling IS NULL"
_HELD: Final = text(f"""
SELECT o.name_fi AS fi, o.name_sv AS sv, o.name_en AS en,
  CASE WHEN h.placed_by IS NULL THEN 'sign' ELSE 'person' END AS why, m.sign, h.reason, h.placed_at AS since,
  h.voucher_id IS NULL AS whole, held.visits, held.cents
FROM redemption_hold h JOIN organiser o ON o.id = h.organiser_id LEFT JOIN redemption_alarm m ON m.id = h.alarm_id
CROSS JOIN LATERAL (
  SELECT count(*) AS visits, coalesce(sum(k.value_cents), 0)::bigint AS cents FROM ({_KEPT}) k
  WHERE NOT EXISTS (SELECT FROM visit_answer a WHERE a.redemption_id = k.id AND {_DENIED})
    AND (h.voucher_id IS NOT NULL OR NOT EXISTS (SELECT FROM redemption_hold w WHERE w.organiser_id = h.organiser_id
      AND w.provider_id = h.provider_id AND w.voucher_id = k.voucher_id AND w.lifted_at IS NULL))) held
WHERE h.provider_id = :provider AND h.lifted_at IS NULL
UNION ALL
SELECT o.name_fi, o.name_sv, o.name_en, 'disputed', NULL, NULL, min(a.answered_at), false, count(*),
  sum(r.value_cents)::bigint
FROM visit_answer a JOIN redemption r ON r.id = a.redemption_id JOIN organiser o ON o.id = a.organiser_id
LEFT JOIN statement_line l ON l.id = r.id
WHERE a.provider_id = :provider AND {_DENIED} AND r.state = 'captured'
  AND (l.id IS NULL OR EXISTS (SELECT FROM line_dispute d WHERE d.redemption_id = r.id AND d.return_id IS NOT NULL
    AND d.outcome IS NOT NULL AND NOT EXISTS (SELECT FROM statement_line b WHERE b.id = d.return_id)))
GROUP BY o.id
ORDER BY since
""")  # noqa: S608 - constant text
"""Each visit counts once, under what keeps it longest: its client's word, else the hold of its voucher, else that of all
the provider's. One that stands on a statement, or whose own dispute waits, is not held by any of these."""


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
