"""Recorded visits with the client's word on them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.errors import NotFound
from registry.shared.period import month_period
from registry.vouchers.confirming.model import VisitAnswer
from registry.vouchers.confirming.rules import SILENT_AFTER, Answer, Standing, standing
from registry.vouchers.redemption.model import Redemption


@dataclass(frozen=True, slots=True)
class Visit:
    """A recorded visit as its holder, or the officer who looks into it, sees it."""

    redemption_id: UUID
    voucher_id: UUID
    voucher_number: str
    client_id: UUID
    provider_id: UUID
    provider_name: str
    service_date: date
    recorded_at: datetime
    units: int
    unit_name: str | None
    activity: str | None
    attended: str | None
    group_size: int | None
    value_cents: int
    own_share_cents: int
    state: str
    answer: str | None
    words: str | None
    answered_at: datetime | None
    ruling: str | None
    reason: str | None
    ruled_at: datetime | None

    def standing(self, now: datetime) -> Standing:
        return standing(
            recorded_at=self.recorded_at,
            answer=self.answer,
            ruling=self.ruling,
            reversed_=self.state == "reversed",
            now=now,
        )


_VISIT: Final = text("""
SELECT r.id AS redemption_id, r.voucher_id, v.number AS voucher_number, v.client_id, r.provider_id,
  p.name AS provider_name, r.service_date, r.captured_at AS recorded_at, r.units, v.unit_name, r.activity, r.attended,
  r.group_size, r.value_cents,
  r.own_share_cents, r.state, a.answer, a.words, a.answered_at, a.ruling, a.reason, a.ruled_at
FROM redemption r JOIN voucher v ON v.id = r.voucher_id JOIN provider p ON p.id = r.provider_id
LEFT JOIN visit_answer a ON a.redemption_id = r.id
WHERE r.captured_at IS NOT NULL AND (CAST(:redemption AS uuid) IS NULL OR r.id = :redemption)
  AND (CAST(:voucher AS uuid) IS NULL OR r.voucher_id = :voucher)
ORDER BY r.service_date DESC, r.id DESC
""")


async def visits_of(session: AsyncSession, *, voucher_id: UUID) -> list[Visit]:
    """The recorded visits of a voucher in sight, newest first."""
    rows = await session.execute(_VISIT, {"redemption": None, "voucher": voucher_id})
    return [Visit(**row._mapping) for row in rows]


async def visit_of(session: AsyncSession, *, redemption_id: UUID) -> Visit:
    """One recorded visit in sight."""
    found = (await session.execute(_VISIT, {"redemption": redemption_id, "voucher": None})).one_or_none()
    if found is None:
        raise NotFound("visit.unknown")
    return Visit(**found._mapping)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a provider is told of a visit that its client disputed: that, and what came of it. Not the client's words."""

    ruling: str | None
    reason: str | None
    ruled_at: datetime | None


async def looked_into(session: AsyncSession, *, actor: Actor, redemption_id: UUID) -> Looked | None:
    """For the provider whose redemption it is; None while nobody disputes it."""
    organiser_id = await session.scalar(
        select(Redemption.organiser_id).where(
            Redemption.id == redemption_id, Redemption.provider_id == actor.provider_id
        )
    )
    if organiser_id is None:
        raise NotFound("redemption.unknown")
    async with as_organiser(session, actor.sight):
        row = (
            await session.execute(
                select(VisitAnswer.ruling, VisitAnswer.reason, VisitAnswer.ruled_at).where(
                    VisitAnswer.redemption_id == redemption_id, VisitAnswer.answer != Answer.YES
                )
            )
        ).one_or_none()
    return None if row is None else Looked(*row)


@dataclass(frozen=True, slots=True)
class Answered:
    """How a month's recorded visits stand: the share that turned out wrong is known month by month, not by an audit
    years later."""

    recorded: int
    confirmed: int
    not_disputed: int
    """Nobody said anything for a week."""
    asked: int
    disputed: int
    stands: int
    reversed: int
    """After the client disputed it."""
    held_cents: int

    @property
    def wrong_share(self) -> float | None:
        """Of those that somebody answered, for silence proves nothing: the share that was found wrong. None while there
        are none."""
        answered = self.confirmed + self.stands + self.reversed
        return self.reversed / answered if answered else None


_ANSWERED: Final = text("""
SELECT count(*) AS recorded,
  count(*) FILTER (WHERE a.answer = 'yes') AS confirmed,
  count(*) FILTER (WHERE a.answer IS NULL AND r.captured_at <= :silent) AS not_disputed,
  count(*) FILTER (WHERE a.answer IS NULL AND r.captured_at > :silent) AS asked,
  count(*) FILTER (WHERE a.answer <> 'yes' AND a.ruling IS NULL AND r.state = 'captured') AS disputed,
  count(*) FILTER (WHERE a.ruling = 'stands') AS stands,
  count(*) FILTER (WHERE a.answer <> 'yes' AND (a.ruling = 'reversed' OR a.ruling IS NULL AND r.state = 'reversed'))
    AS reversed,
  coalesce(sum(r.value_cents) FILTER (WHERE a.answer <> 'yes' AND a.ruling IS NULL AND r.state = 'captured'), 0)::bigint
    AS held_cents
FROM redemption r LEFT JOIN visit_answer a ON a.redemption_id = r.id
WHERE r.captured_at >= :since AND r.captured_at < :until
""")


async def answered_in(session: AsyncSession, *, month: date, now: datetime) -> Answered:
    """Of the visits that were recorded in a calendar month (Finnish time)."""
    period = month_period(month)
    values: dict[str, Any] = {"since": period.start, "until": period.end, "silent": now - SILENT_AFTER}
    return Answered(**(await session.execute(_ANSWERED, values)).one()._mapping)
