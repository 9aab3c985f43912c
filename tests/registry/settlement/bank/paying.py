"""Approved statements at an organiser that pays by bank file, and what its bank says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from registry.audit.commands import record
from registry.providers.bank_accounts.model import BankAccount
from registry.settlement.bank.commands import (
    Imported,
    approve_batch,
    confirm_setting,
    import_bank_file,
    make_batch,
    propose_setting,
)
from registry.settlement.bank.model import PaymentOrder
from registry.settlement.bank.rules import Route
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import World, build_world
from tests.registry.settlement.bank.camt_files import ACCOUNT, Detail, Entry, File, camt
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    OCTOBER,
    approve,
    close,
    invoice_csv,
    only_statement,
    redeem_at,
    second_officer,
    send_invoice,
    show_voucher,
)

PAYEE = "FI1410093000123458"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 23)


@dataclass
class Bank:
    """An organiser that pays by file: who approves statements and makes batches, and who sends them."""

    database: Database
    world: World
    maker: Actor
    sender: Actor

    async def act(self, actor: Actor, command: Any, **arguments: Any) -> Any:
        async with self.database.transaction(actor.sight) as session:
            return await command(session, actor=actor, now=NOW, **arguments)

    async def owe(self, cents: Sequence[int] = (60_00, 45_50), *, provider: int = 0) -> UUID:
        """An approved October statement of these redemptions."""
        shown = await show_voucher(self.database, self.world, provider=provider)
        made = [
            await redeem_at(self.database, self.world, shown, c, IN_OCTOBER, provider=provider) for c in cents
        ]
        await close(self.database, self.world, OCTOBER)
        statement_id = await only_statement(self.database, self.world, OCTOBER, provider=provider)
        content = invoice_csv(list(zip(made, cents, strict=True)))
        await send_invoice(
            self.database, self.world, statement_id, content, by=self.world.provider_actor(provider)
        )
        await approve(self.database, self.world, statement_id, by=self.maker)
        return statement_id

    async def order(self) -> UUID:
        """Everything that is owed, in one batch at the bank; the batch."""
        batch_id: UUID = await self.act(self.maker, make_batch, execute_on=DAY)
        await self.act(self.sender, approve_batch, batch_id=batch_id)
        return batch_id

    async def orders(self) -> list[PaymentOrder]:
        async with self.database.transaction(self.maker.sight) as session:
            return list(await session.scalars(select(PaymentOrder).order_by(PaymentOrder.id)))

    async def says(self, *entries: Entry, kind: str = "053", version: int = 8, **more: Any) -> Imported:
        content = camt(File(kind, version, entries, **more))
        imported: Imported = await self.act(
            self.maker, import_bank_file, file_name="tiliote.xml", content=content
        )
        return imported


def debit(order: PaymentOrder, cents: int | None = None, *, ref: str = "", **more: Any) -> Entry:
    """The bank carries an order out."""
    paid = order.amount_cents if cents is None else cents
    end_to_end = more.pop("end_to_end_id", order.id.hex.upper())
    return Entry(
        -paid, (Detail(paid, end_to_end, iban=PAYEE, own_ref=ref or f"D-{order.id.hex[-8:]}", **more),)
    )


def credit(order: PaymentOrder, cents: int | None = None, *, reason: str = "AC04", ref: str = "") -> Entry:
    """The bank sends it back."""
    paid = order.amount_cents if cents is None else cents
    ref = ref or f"C-{order.id.hex[-8:]}"
    return Entry(paid, (Detail(paid, order.id.hex.upper(), own_ref=ref, return_reason=reason),))


async def paying_by_file(
    database: Database, *, tolerance_cents: int = 0, account: bool = True, **world_of: Any
) -> Bank:
    world = await build_world(database, **world_of)
    bank = Bank(database, world, world[Role.FINANCE_OFFICER], await second_officer(database, world))
    setting_id = await bank.act(
        bank.maker,
        propose_setting,
        route=Route.BANK_FILE,
        debtor_name="Oulun työllisyysalue",
        debtor_iban=ACCOUNT,
        tolerance_cents=tolerance_cents,
    )
    await bank.act(bank.sender, confirm_setting, setting_id=setting_id)
    if account:
        await give_account(bank)
    return bank


async def give_account(bank: Bank, *, provider: int = 0, iban: str = PAYEE) -> None:
    account_id, provider_id = uuid7(), bank.world.providers[provider]
    async with bank.database.transaction(bank.world.sight) as session:
        for before, after in ((None, "requested"), ("requested", "in_force")):
            record(
                session,
                actor=system(bank.world.organiser_id),
                now=NOW,
                action=f"bank_account.{after}",
                subject_kind="bank_account",
                subject_id=account_id,
                organiser_id=None,
                from_state=before,
                to_state=after,
            )
        session.add(
            BankAccount(
                id=account_id,
                provider_id=provider_id,
                iban=iban,
                state="in_force",
                requested_by=uuid7(),
                requested_at=NOW,
                decided_by=uuid7(),
                decided_at=NOW,
            )
        )
