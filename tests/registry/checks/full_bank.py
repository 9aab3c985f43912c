"""Everything that can happen between books and bank, once."""

from datetime import date

from sqlalchemy import select

from registry.settlement.bank.commands import make_batch, undo_match, withdraw_batch
from registry.settlement.bank.model import BankMatch
from registry.settlement.model import StatementLine
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import World
from tests.registry.checks.full_claims import a_debt
from tests.registry.settlement.bank.camt_files import Detail, Entry
from tests.registry.settlement.bank.paying import DAY, Bank, credit, debit, give_account, paying_by_file
from tests.registry.settlement.builders import approve, close, invoice_csv, only_statement, send_invoice
from tests.registry.vouchers.steps import Steps

NOVEMBER = date(2026, 11, 1)


async def a_month_at_the_bank(database: Database, keys: Keys) -> World:
    """An order booked with a difference, which came back and was paid again; a match taken back; a batch withdrawn; and
    movements that nobody has explained."""
    bank = await paying_by_file(database, tolerance_cents=2, code="rauma")
    await give_account(bank, provider=1, iban="FI5542345670000081")
    steps = Steps(database, bank.world, keys)
    made = []
    for provider in (0, 1):
        _, shown = await steps.opened(provider)
        made.append(await steps.redeem(shown, provider=provider))
    await close(database, bank.world, NOVEMBER)
    for provider in (0, 1):
        await _approved(bank, provider)
    withdrawn = await bank.act(bank.maker, make_batch, execute_on=DAY)
    await bank.act(bank.maker, withdraw_batch, batch_id=withdrawn)
    await bank.order()
    first, second = (o for o in await bank.orders() if o.state == "ordered")
    await bank.says(debit(first, first.amount_cents + 1), debit(second), Entry(-1_20, (Detail(1_20),)))
    await bank.says(credit(first), Entry(5_00, (Detail(5_00),)), statement_id="STMT-2")
    await bank.order()
    async with database.transaction(bank.maker.sight) as session:
        match_id = await session.scalar(select(BankMatch.id).where(BankMatch.order_id == second.id))
    await bank.act(bank.maker, undo_match, match_id=match_id)
    await a_debt(bank, made[1].id, second.amount_cents, provider=1)
    return bank.world


async def _approved(bank: Bank, provider: int) -> None:
    statement_id = await only_statement(bank.database, bank.world, NOVEMBER, provider=provider)
    async with bank.database.transaction(bank.world.sight) as session:
        rows = await session.execute(
            select(StatementLine.redemption_id, StatementLine.amount_cents).where(
                StatementLine.statement_id == statement_id
            )
        )
        lines = [(redemption_id, cents) for redemption_id, cents in rows]
    actor = bank.world.provider_actor(provider)
    await send_invoice(bank.database, bank.world, statement_id, invoice_csv(lines), by=actor)
    await approve(bank.database, bank.world, statement_id, by=bank.maker)
