"""Moving money: every movement is one transfer row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.ledger.model import BudgetLine, Transfer
from registry.ledger.rules import FLOWS, may_grant
from registry.shared.errors import NotFound, require
from registry.shared.identifiers import driver_uuid7


def transfer_values(
    kind: str,
    *,
    organiser_id: UUID,
    at: datetime,
    amount_cents: int,
    from_id: UUID,
    to_id: UUID,
    voucher_id: UUID | None = None,
    reference_id: UUID | None = None,
) -> dict[str, Any]:
    """The columns of a transfer; its two accounts follow from its kind."""
    from_account, to_account = FLOWS[kind]
    return {
        "id": driver_uuid7(),
        "organiser_id": organiser_id,
        "at": at,
        "kind": kind,
        "from_account": from_account,
        "from_id": from_id,
        "to_account": to_account,
        "to_id": to_id,
        "amount_cents": amount_cents,
        "voucher_id": voucher_id,
        "reference_id": reference_id,
    }


def post(session: AsyncSession, kind: str, **columns: Any) -> None:
    """Add one transfer to the session (columns as in `transfer_values`)."""
    session.add(Transfer(**transfer_values(kind, **columns)))


async def lock_budget_line(session: AsyncSession, *, budget_line_id: UUID) -> BudgetLine:
    """The line, locked until the transaction ends: only a grant and a return may hold it."""
    line = await session.scalar(
        select(BudgetLine)
        .where(BudgetLine.id == budget_line_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if line is None:
        raise NotFound("budget_line.unknown")
    return line


_CLOSING: Final = text(
    """
    SELECT bool_or(closed_at IS NOT NULL) FROM year_close
     WHERE organiser_id = CAST(:organiser AS uuid) AND year >= :year
    """
)


async def year_closed(session: AsyncSession, *, line: BudgetLine) -> bool | None:
    """Whether the line's year is closed, so that the database takes no grant from it; None where nobody has begun to
    close it."""
    found: bool | None = await session.scalar(_CLOSING, {"organiser": line.organiser_id, "year": line.year})
    return found


def take(line: BudgetLine, amount_cents: int) -> None:
    """Take money from a locked line, or raise with the amounts when it is short."""
    require(
        may_grant(
            allocated_cents=line.allocated_cents, granted_cents=line.granted_cents, wanted_cents=amount_cents
        )
    )
    line.granted_cents += amount_cents


def give_back(line: BudgetLine, amount_cents: int) -> None:
    """Return what a voucher did not use to its locked line."""
    line.granted_cents -= amount_cents


_PARTS: Final = text(
    """
    SELECT e.voucher_id, e.line_id, sum(e.cents)::bigint AS cents
      FROM (SELECT voucher_id, from_id AS line_id, amount_cents AS cents, at FROM transfer
             WHERE voucher_id = ANY (CAST(:vouchers AS uuid[])) AND kind IN ('grant', 'carry')
             UNION ALL
            SELECT voucher_id, to_id, -amount_cents, NULL::timestamptz FROM transfer
             WHERE voucher_id = ANY (CAST(:vouchers AS uuid[])) AND kind IN ('return', 'carry')) e
     GROUP BY 1, 2 ORDER BY 1, min(e.at) DESC NULLS LAST
    """
)


async def parts_of_lines(
    session: AsyncSession, *, voucher_ids: Collection[UUID]
) -> dict[UUID, list[tuple[UUID, int]]]:
    """What each of these vouchers holds of each line (granted and carried to it, less what went back or on), the newest
    line first. What is set aside for months to come is no part of it: that is the voucher's line's, always. Read from the
    transfers alone: a year end moves a voucher that is empty just then with no transfer."""
    await session.flush()  # what this very turn moved counts too
    parts: dict[UUID, list[tuple[UUID, int]]] = {}
    for row in await session.execute(_PARTS, {"vouchers": list(voucher_ids)}):
        parts.setdefault(row.voucher_id, []).append((row.line_id, row.cents))
    return parts
