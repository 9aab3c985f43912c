"""Days to payment: from the invoice to the day on which it was paid; and one way of paying."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from registry.settlement.bank.accounting_csv import PaidStatusUnreadable
from registry.settlement.bank.commands import confirm_setting, propose_setting
from registry.settlement.bank.commands.paid_status import take_paid_status
from registry.settlement.bank.rules import Route
from registry.settlement.model import Invoice
from registry.settlement.reports.payment_days import payment_days
from registry.shared.database import Database
from tests.builders import build_world
from tests.registry.settlement.bank.paying import NOW, paying_by_file
from tests.registry.settlement.builders import (
    approve,
    closed_october,
    invoice_csv,
    second_officer,
    send_invoice,
)


async def test_days_run_from_the_invoice_to_the_day_that_the_accounting_system_names(
    database: Database,
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    lines = list(zip(october.redemptions, (60_00, 45_50), strict=True))
    await send_invoice(database, world, october.statement_id, invoice_csv(lines))
    async with database.transaction(world.sight) as session:
        await session.execute(update(Invoice).values(received_at=datetime(2026, 11, 3, 9, tzinfo=UTC)))
        number = await session.scalar(text("SELECT number FROM statement"))
    await approve(database, world, october.statement_id)
    payer = await second_officer(database, world)
    content = f"statement_number;amount;paid_on\n{number};105,50;2026-11-17\n".encode()
    async with database.transaction(payer.sight) as session:
        longer = content + b"".join(b"%d;1,00;2026-11-17\n" % line for line in range(33_000))
        with pytest.raises(PaidStatusUnreadable):  # more than a statement may have parameters
            await take_paid_status(session, actor=payer, now=NOW, content=longer)
        assert await take_paid_status(session, actor=payer, now=NOW, content=content) == 1
        payment = await session.scalar(text("SELECT route || ' ' || paid_on FROM payment"))
        assert payment == "accounting 2026-11-17"
        (row,) = await payment_days(session, organisers=[world.organiser_id], until=date(2026, 12, 1))
        assert (row.paid, row.median_days, row.longest_days, row.in_time) == (1, 14.0, 14, 1)
        assert await payment_days(session, organisers=[world.organiser_id], until=date(2026, 11, 1)) == []


async def test_the_database_takes_no_payment_by_the_other_way(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    await bank.order()
    world = bank.world
    forged = (
        "INSERT INTO payment (id, organiser_id, provider_id, amount_cents, transfer_id, paid_at, paid_by, route)"
        " SELECT gen_random_uuid(), organiser_id, provider_id, amount_cents, gen_random_uuid(), paid_at, paid_by,"
        " {route} FROM payment"
    )
    for route in ("'accounting'", "NULL"):
        with pytest.raises(DBAPIError, match="the organiser pays by bank_file"):
            async with database.transaction(world.sight) as session:
                await session.execute(text(forged.format(route=route)))
    setting = await bank.act(bank.maker, propose_setting, route=Route.ACCOUNTING)
    await bank.act(bank.sender, confirm_setting, setting_id=setting)
    with pytest.raises(DBAPIError, match="the organiser pays by accounting"):
        async with database.transaction(world.sight) as session:
            await session.execute(text(forged.format(route="'bank_file'")))
