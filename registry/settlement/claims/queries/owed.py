"""What providers owe: which credits a payment will net, and which can be claimed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.claims.rules import NETTING_DAYS
from registry.shared.period import local_date, start_of_day


class Standing(StrEnum):
    """Why a statement can be claimed, or cannot."""

    CLAIMABLE = "claimable"
    NOT_A_CREDIT = "not_a_credit"
    NETTED = "netted"
    CLAIMED = "claimed_already"
    TO_BE_NETTED = "to_be_netted"


def no_payment_nets(credit: str) -> str:
    """The condition, in SQL, that an approved credit of this alias can be claimed: its provider is admitted to nothing
    here any more and nothing is on its way to it; or no payment has taken it along in NETTING_DAYS."""
    same = f"o.organiser_id = {credit}.organiser_id AND o.provider_id = {credit}.provider_id"
    return f"""({credit}.approved_at < :netted_before OR (
        NOT EXISTS (SELECT FROM admission o WHERE {same} AND o.state IN ('active', 'suspended'))
        AND NOT EXISTS (SELECT FROM statement o WHERE {same} AND o.total_cents > 0
          AND o.state IN ('closed', 'invoiced', 'disputed', 'matched', 'approved'))))"""  # noqa: S608 - own names


_STANDING: Final = f"""
    SELECT s.id, s.number, s.provider_id, p.name AS provider_name, -s.total_cents AS cents, s.month, s.approved_at,
           CASE WHEN s.total_cents >= 0 THEN 'not_a_credit'
                WHEN EXISTS (SELECT FROM paid_statement d WHERE d.statement_id = s.id) THEN 'netted'
                WHEN EXISTS (SELECT FROM claimed_statement c WHERE c.statement_id = s.id AND c.standing)
                  THEN 'claimed_already'
                WHEN s.state <> 'approved' THEN 'not_a_credit'
                WHEN {no_payment_nets("s")} THEN 'claimable' ELSE 'to_be_netted' END AS standing
      FROM statement s JOIN provider p ON p.id = s.provider_id
     WHERE s.organiser_id = :organiser
"""  # noqa: S608 - constant text


@dataclass(frozen=True, slots=True)
class Owed:
    """A credit that can be claimed."""

    statement_id: UUID
    number: str
    provider_id: UUID
    provider_name: str
    cents: int
    month: date
    approved_at: datetime


def netted_before(now: datetime) -> datetime:
    """What was approved before this has waited long enough for a payment to net it."""
    return start_of_day(local_date(now) - timedelta(days=NETTING_DAYS))


async def standing_of(
    session: AsyncSession, *, organiser_id: UUID, now: datetime, statement_ids: Collection[UUID]
) -> dict[UUID, Standing]:
    rows = await _rows(
        session, organiser_id, now, "AND s.id = ANY (CAST(:ids AS uuid[]))", ids=list(statement_ids)
    )
    return {row.id: Standing(row.standing) for row in rows}


async def claimable(
    session: AsyncSession, *, organiser_id: UUID, now: datetime, provider_id: UUID | None = None
) -> list[Owed]:
    """Every credit that can be claimed, by provider, the oldest first; with `provider_id`, that one's alone."""
    rows = await _rows(
        session,
        organiser_id,
        now,
        "AND s.state = 'approved' AND s.total_cents < 0"
        " AND (CAST(:provider AS uuid) IS NULL OR s.provider_id = :provider)",
        provider=provider_id,
    )
    found = [
        Owed(row.id, row.number, row.provider_id, row.provider_name, row.cents, row.month, row.approved_at)
        for row in rows
        if row.standing == Standing.CLAIMABLE
    ]
    return sorted(found, key=lambda one: (one.provider_name, one.provider_id, one.month, one.number))


async def _rows(
    session: AsyncSession, organiser_id: UUID, now: datetime, condition: str, **values: Any
) -> list[Any]:
    found = await session.execute(
        text(_STANDING + condition),
        {"organiser": organiser_id, "netted_before": netted_before(now), **values},
    )
    return list(found)
