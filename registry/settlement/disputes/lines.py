"""Lines that are made from a disputed line: the one against it, and the one by which it comes back.

Every column is the line's own (service, voucher, VAT), so that what comes back is what was taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.disputes.held import NOT_HELD
from registry.settlement.disputes.model import LineDispute
from registry.settlement.model import StatementLine

_KEPT: Final = tuple(column.key for column in StatementLine.__table__.columns if column.computed is None)


def line_against(line: StatementLine, *, dispute_id: UUID, position: int, now: datetime) -> StatementLine:
    """Takes the line off the statement that it stands on."""
    undone = {name: -getattr(line, name) for name in ("amount_cents", "net_cents", "vat_cents")}
    own = {"id": dispute_id, "dispute_id": dispute_id, "return_id": None, "position": position, "at": now}
    return StatementLine(**_as_it_is(line) | undone | own | {"late": False})


def _as_it_is(line: StatementLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _KEPT}


@dataclass(frozen=True, slots=True)
class Answered:
    """A line that may come back: whose it is, and since when."""

    provider_id: UUID
    at: datetime


_NOT_BACK: Final = f"""
    d.organiser_id = :organiser AND d.return_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM statement_line b WHERE b.id = d.return_id) AND {NOT_HELD}
"""
_REDEMPTION: Final = "JOIN redemption r ON r.id = d.redemption_id"
_ANSWERED: Final = text(
    f"SELECT d.provider_id, d.decided_at AS at FROM line_dispute d {_REDEMPTION}"  # noqa: S608 - constant text
    f" WHERE {_NOT_BACK} AND d.decided_at < :until ORDER BY d.provider_id"
)
_COMING: Final = text(
    f"""
    SELECT d.statement_line_id, d.return_id, d.provider_id,
           CASE WHEN d.decided_at < :until THEN d.decided_at ELSE v.reversed_at END AS at
      FROM line_dispute d {_REDEMPTION}
      LEFT JOIN (reversal v JOIN statement_line w ON w.id = v.id) ON v.redemption_id = d.redemption_id
     WHERE {_NOT_BACK} AND (d.decided_at < :until OR v.id IS NOT NULL)
     ORDER BY d.provider_id, at, d.return_id
    """  # noqa: S608 - constant text
)
"""What has been answered and is not held for another reason, and what its provider or the organiser reversed meanwhile:
the reversal is a line of this very closing, and the charge must stand where it can meet it."""


async def answered_lines(session: AsyncSession, window: Mapping[str, Any]) -> list[Answered]:
    """Lines that wait no more and stand on no statement yet. Few, whatever a month holds: they are found by the index of
    those that ever waited."""
    found = await session.execute(_ANSWERED, {name: window[name] for name in ("organiser", "until")})
    return [Answered(row.provider_id, row.at) for row in found]


async def bring_back(
    session: AsyncSession, window: Mapping[str, Any], statements: Mapping[UUID, tuple[UUID, int]]
) -> set[UUID]:
    """Write the lines that come back onto their providers' statements (provider → statement and its lines so far); which
    statements got any. Its provider may have got none, where the answer came while the month was being closed: then
    the line comes with the next."""
    found = await session.execute(_COMING, {name: window[name] for name in ("organiser", "until")})
    coming = {row.statement_line_id: row for row in found if row.provider_id in statements}
    if not coming:
        return set()
    lines = await session.scalars(select(StatementLine).where(StatementLine.id.in_(coming)))
    by_id = {line.id: line for line in lines}
    counts = dict(statements.values())
    written = []
    for line_id, row in coming.items():
        statement_id, _ = statements[row.provider_id]
        counts[statement_id] += 1
        own = {"id": row.return_id, "return_id": row.return_id, "at": row.at, "late": True}
        place = {"statement_id": statement_id, "position": counts[statement_id]}
        written.append(_as_it_is(by_id[line_id]) | own | place)
    await session.execute(insert(StatementLine), written)
    return {row["statement_id"] for row in written}


async def taken_off(session: AsyncSession, *, statement_id: UUID) -> dict[UUID, UUID]:
    """The lines of a statement that were taken off: line → dispute, which is the id of the line against it."""
    found = await session.execute(
        select(LineDispute.statement_line_id, LineDispute.id).where(
            LineDispute.statement_id == statement_id, LineDispute.return_id.is_not(None)
        )
    )
    return {row.statement_line_id: row.id for row in found}
