"""A provider that has left and owes, at an organiser that pays by bank file or by its accounting system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from registry.settlement.bank.queries.exceptions import Kind, bank_less_books, exceptions
from registry.settlement.claims.commands import make_claim
from registry.settlement.claims.queries.views import ClaimView, claim_view
from registry.settlement.queries import months
from registry.shared.actor import Actor
from registry.shared.database import Database
from tests.registry.settlement.bank.camt_files import Detail, Entry
from tests.registry.settlement.bank.paying import Bank, debit, paying_by_file
from tests.registry.settlement.builders import (
    approve,
    close,
    invoice_csv,
    only_statement,
    reverse_at,
    send_invoice,
)

NOVEMBER = date(2026, 11, 1)
CLAIMED_AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
APPROVED_AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


@dataclass
class Owing:
    """105.50 € were paid in October; what was taken back in November is owed."""

    bank: Bank
    credit_id: UUID
    cents: int
    now: datetime = CLAIMED_AT
    turn: int = 1

    @property
    def maker(self) -> Actor:
        return self.bank.maker

    @property
    def other(self) -> Actor:
        return self.bank.sender

    async def act(self, command: Any, *, by: Actor | None = None, **arguments: Any) -> Any:
        actor = by or self.bank.maker
        async with self.bank.database.transaction(actor.sight) as session:
            return await command(session, actor=actor, now=self.now, **arguments)

    async def claim(self) -> UUID:
        made: UUID = await self.act(make_claim, statement_ids=[self.credit_id])
        return made

    async def view(self, claim_id: UUID, *, by: Actor | None = None) -> ClaimView:
        async with self.bank.database.transaction((by or self.bank.maker).sight) as session:
            found = await claim_view(session, claim_id=claim_id)
        assert found is not None
        return found

    async def pays(self, *cents: int, reference: str) -> None:
        """The bank tells of so much money in, with the reference."""
        self.turn += 1
        entries = [
            Entry(one, (Detail(one, reference=reference, own_ref=f"P-{self.turn}-{place}"),))
            for place, one in enumerate(cents)
        ]
        await self.bank.says(*entries, statement_id=f"STMT-{self.turn}")

    async def exceptions(self) -> list[tuple[Kind, int, int]]:
        """(what, how much, how many days old); they explain what the bank has and the books have not."""
        async with self.bank.database.transaction(self.bank.maker.sight) as session:
            organiser_id = self.bank.world.organiser_id
            rows = await exceptions(session, organiser_id=organiser_id, now=self.now)
            explained = sum(row.explains_cents for row in rows)
            assert explained == await bank_less_books(session, organiser_id=organiser_id)
        return [(row.kind, row.amount_cents, row.days) for row in rows]

    async def claimed_by_month(self) -> dict[date, tuple[int, int]]:
        """Of each month with claims that are not settled: how many statements are claimed, how many claims late."""
        async with self.bank.database.transaction(self.bank.maker.sight) as session:
            rows = await months(session, organiser_id=self.bank.world.organiser_id, now=self.now)
        return {row.month: (row.claimed, row.late_claims) for row in rows if row.claimed}

    async def state_of(self, statement_id: UUID) -> str:
        return str(await self.scalar("SELECT state FROM statement WHERE id = :id", id=statement_id))

    async def balance(self, account: str) -> int:
        return int(
            await self.scalar(
                "SELECT coalesce(sum(CASE WHEN to_account = :a THEN amount_cents ELSE -amount_cents END), 0)"
                " FROM transfer WHERE :a IN (from_account, to_account)",
                a=account,
            )
        )

    async def scalar(self, query: str, **values: Any) -> Any:
        async with self.bank.database.transaction(self.bank.maker.sight) as session:
            return await session.scalar(text(query), values)

    async def admitted(self, state: str) -> None:
        """removed: the provider has left; active: it is there again."""
        async with self.bank.database.transaction(self.bank.world.sight) as session:
            until = {"removed": "'2026-11-15'", "active": "'2028-12-31'"}[state]
            await session.execute(text(f"UPDATE admission SET state = '{state}', valid_until = {until}"))


async def owing(
    database: Database, *, taken_back: Sequence[int] = (60_00,), left: bool = True, **world_of: Any
) -> Owing:
    bank = await paying_by_file(database, **world_of)
    await bank.owe((60_00, 45_50))
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order))
    reversed_: list[tuple[UUID | str, int]] = []
    for cents in taken_back:
        async with database.transaction(bank.world.sight) as session:
            made = await session.scalar(
                text("SELECT id FROM redemption WHERE value_cents = :cents"), {"cents": cents}
            )
        await reverse_at(database, bank.world, made, datetime(2026, 11, 10, 9, tzinfo=UTC))
        reversed_.append((made, -cents))
    await close(database, bank.world, NOVEMBER)
    credit_id = await only_statement(database, bank.world, NOVEMBER)
    await send_invoice(database, bank.world, credit_id, invoice_csv(reversed_, number="2"))
    await approve(database, bank.world, credit_id, by=bank.maker)
    async with database.transaction(bank.world.sight) as session:
        await session.execute(
            text("UPDATE statement SET approved_at = :at WHERE id = :id"),
            {"at": APPROVED_AT, "id": credit_id},
        )
    owed = Owing(bank, credit_id, sum(taken_back))
    if left:
        await owed.admitted("removed")
    return owed
