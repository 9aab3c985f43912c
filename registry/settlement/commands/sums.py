"""What the lines of statements come to."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one statement's lines."""

    line_count: int
    redemptions: int
    charges_cents: int
    credits_cents: int
    total_cents: int
    net_cents: int

    @property
    def cancelled_out(self) -> bool:
        """Every redemption on it was also reversed on it, or waits: nothing is owed, and nothing will be invoiced."""
        return self.line_count == 2 * self.redemptions

    @property
    def columns(self) -> dict[str, int]:
        """As the statement keeps them."""
        return {
            "line_count": self.line_count,
            "charges_cents": self.charges_cents,
            "credits_cents": self.credits_cents,
            "total_cents": self.total_cents,
            "net_cents": self.net_cents,
            "vat_cents": self.total_cents - self.net_cents,
        }


SUMS: Final = """
    count(*) AS line_count, count(DISTINCT redemption_id) AS redemptions,
    coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0)::bigint AS charges_cents,
    coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0)::bigint AS credits_cents,
    sum(amount_cents)::bigint AS total_cents, sum(net_cents)::bigint AS net_cents
"""

_OF_STATEMENTS: Final = text(
    f"SELECT statement_id, {SUMS} FROM statement_line WHERE statement_id = ANY (CAST(:statements AS uuid[]))"  # noqa: S608
    " GROUP BY statement_id"
)


async def sums_of(session: AsyncSession, statement_ids: Collection[UUID]) -> dict[UUID, Sums]:
    """What the lines of these statements come to now."""
    if not statement_ids:
        return {}
    found = await session.execute(_OF_STATEMENTS, {"statements": list(statement_ids)})
    return {row.statement_id: as_sums(row) for row in found}


def as_sums(row: object) -> Sums:
    """A row of `SUMS`."""
    return Sums(**{name: getattr(row, name) for name in Sums.__dataclass_fields__})
