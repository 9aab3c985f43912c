"""A month that was invoiced for its provider, with one disputed line that waits and one that was answered and came
back; and a visit that its client disputes."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from registry.settlement.disputes.commands import answer_dispute
from registry.settlement.selfbilling.commands import give_consent
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.confirming.commands import answer_visit
from registry.vouchers.confirming.rules import Answer
from tests.builders import NOW, World, build_world
from tests.registry.settlement.bank.paying import give_account
from tests.registry.settlement.builders import LATER, Settled, close, only_statement
from tests.registry.settlement.einvoices.test_selfbilling import bill
from tests.registry.settlement.test_disputes import dispute
from tests.registry.vouchers.steps import Steps

NOVEMBER, JUNE = date(2026, 11, 1), date(2027, 6, 1)
AFTER = datetime(2027, 7, 5, 9, tzinfo=UTC)


async def a_month_invoiced_here(database: Database, keys: Keys) -> World:
    world = await build_world(database, code="kemi")
    steps = Steps(database, world, keys)
    _, shown = await steps.opened()
    redeemed = [(await steps.redeem(shown)).id for _ in range(2)]
    denied, client = (await steps.redeem(shown)).id, world[Role.CLIENT]
    async with database.transaction(client.sight) as session:
        await answer_visit(session, actor=client, now=NOW, redemption_id=denied, answer=Answer.NO)
    await close(database, world, NOVEMBER)
    month = Settled(world, shown, redeemed, await only_statement(database, world, NOVEMBER))
    bank: Any = SimpleNamespace(database=database, world=world)
    await give_account(bank)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await give_consent(
            session, actor=actor, now=NOW, organiser_id=world.organiser_id, vat_id="FI23456780",
            untaxed_category="E", untaxed_reason="AVL 37 §",
        )  # fmt: skip
    await bill(database, world, month.statement_id)
    answered = await dispute(database, month)
    await dispute(database, month, 1)
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        await answer_dispute(
            session, actor=officer, now=LATER, dispute_id=answered, outcome="rejected", answer="Yksi tunti."
        )
    await close(database, world, JUNE, now=AFTER)
    return world
