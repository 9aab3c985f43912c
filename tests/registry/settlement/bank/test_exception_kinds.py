"""Each of the things that a person has to look into can come about, and says what it is, how old and what it rests on."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text

from registry.settlement.bank.queries.exceptions import Kind, Mismatch
from registry.shared.database import Database
from tests.registry.settlement.bank.camt_files import Detail, Entry
from tests.registry.settlement.bank.paying import Bank, credit, debit, paying_by_file
from tests.registry.settlement.bank.test_exceptions import found
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    OCTOBER,
    approve,
    close,
    invoice_csv,
    only_statement,
    redeem_at,
    reverse_at,
    send_invoice,
    show_voucher,
)


async def stated(bank: Bank, *cents: int) -> tuple[UUID, list[UUID]]:
    """A closed October of the first provider and, of the second, one visit of 70 €; its statement and visits."""
    shown = await show_voucher(bank.database, bank.world)
    other = await show_voucher(bank.database, bank.world, provider=1)
    made = [await redeem_at(bank.database, bank.world, shown, c, IN_OCTOBER) for c in cents]
    made.append(await redeem_at(bank.database, bank.world, other, 70_00, IN_OCTOBER, provider=1))
    await close(bank.database, bank.world, OCTOBER, now=datetime(2026, 11, 2, tzinfo=UTC))
    return await only_statement(bank.database, bank.world, OCTOBER), made


def by_kind(rows: list[Mismatch]) -> dict[Kind, tuple[int, int]]:
    return {row.kind: (row.amount_cents, row.days) for row in rows}


async def test_what_is_wrong_with_an_invoice_is_told_kind_by_kind(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id, (first, second, _, others) = await stated(bank, 60_00, 45_50, 20_00)
    lines: list[tuple[UUID | str, int]] = [
        (first, 60_00),
        (first, 60_00),
        (second, 44_50),
        (others, 70_00),
        ("ffffffffffff", 5_00),
    ]
    await send_invoice(database, bank.world, statement_id, invoice_csv(lines))
    rows = [row for row in await found(bank) if row.statement_id == statement_id]
    assert by_kind(rows) == {
        Kind.INVOICED_TWICE: (60_00, 18),
        Kind.WRONG_PROVIDER: (70_00, 18),
        Kind.EXTRA_LINE: (5_00, 18),
        Kind.LINE_AMOUNT: (1_00, 18),
        Kind.MISSING_LINE: (20_00, 18),
    }
    # together they are the whole difference between what is invoiced and what is stated
    sign = {Kind.LINE_AMOUNT: -1, Kind.MISSING_LINE: -1}
    assert sum(sign.get(row.kind, 1) * row.amount_cents for row in rows) == 239_50 - 125_50


async def test_a_statement_without_an_invoice_is_missed_after_two_weeks(database: Database) -> None:
    bank = await paying_by_file(database)
    await stated(bank, 60_00)
    assert await found(bank, days=-5) == []
    rows = await found(bank, days=20)
    assert {row.kind for row in rows} == {Kind.MISSING_INVOICE}
    assert sorted(row.amount_cents for row in rows) == [60_00, 70_00]
    assert {row.days for row in rows} == {24}


async def test_what_is_reversed_after_it_was_paid_waits_for_the_next_statement(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe((60_00, 45_50))
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order))
    shown = await show_voucher(bank.database, bank.world)
    async with bank.database.transaction(bank.world.sight) as session:
        first = await session.scalar(text("SELECT id FROM redemption WHERE value_cents = 6000"))
    await reverse_at(database, bank.world, first, datetime(2026, 11, 10, 9, tzinfo=UTC))
    (row,) = [row for row in await found(bank) if row.kind is Kind.REVERSED_AFTER_PAYMENT]
    assert (row.amount_cents, row.days, row.statement_id) == (60_00, 10, statement_id)
    # the next statement nets it
    await redeem_at(database, bank.world, shown, 90_00, datetime(2026, 11, 12, 9, tzinfo=UTC))
    await close(database, bank.world, date(2026, 11, 1))
    following = await only_statement(database, bank.world, date(2026, 11, 1))
    async with bank.database.transaction(bank.world.sight) as session:
        total = await session.scalar(
            text("SELECT total_cents FROM statement WHERE id = :id"), {"id": following}
        )
    assert total == 30_00


async def test_what_rests_on_the_bank_leads_to_its_statement_and_batch(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    batch = await bank.order()
    (order,) = await bank.orders()
    assert [(r.kind, r.batch_id) for r in await found(bank)] == [(Kind.NOT_BOOKED, batch)]
    await bank.says(debit(order, 100_00), Entry(-1_20, (Detail(1_20, text="palvelumaksu"),)))
    rows = {row.kind: row for row in await found(bank)}
    assert rows[Kind.OTHER_AMOUNT].batch_id == batch
    assert rows[Kind.UNKNOWN_DEBIT].bank_statement_id is not None
    await bank.says(debit(order, 5_50, ref="REST"), statement_id="S-2")
    await bank.says(credit(order), statement_id="S-3")
    returned = next(row for row in await found(bank) if row.kind is Kind.RETURNED)
    assert (returned.batch_id, returned.bank_statement_id is not None) == (batch, True)


async def test_what_a_provider_that_has_left_owes_stands_until_it_is_claimed(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe((60_00, 45_50))
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order))
    async with bank.database.transaction(bank.world.sight) as session:
        first = await session.scalar(text("SELECT id FROM redemption WHERE value_cents = 6000"))
    await reverse_at(database, bank.world, first, datetime(2026, 11, 10, 9, tzinfo=UTC))
    await close(database, bank.world, date(2026, 11, 1))
    credit_id = await only_statement(database, bank.world, date(2026, 11, 1))
    await send_invoice(database, bank.world, credit_id, invoice_csv([(first, -60_00)], number="2"))
    await approve(database, bank.world, credit_id, by=bank.maker)
    async with bank.database.transaction(bank.world.sight) as session:
        await session.execute(
            text("UPDATE statement SET approved_at = '2026-11-12 09\\:00Z' WHERE id = :id"), {"id": credit_id}
        )
    # while it is admitted, its next payment takes the debt along
    assert Kind.PROVIDER_OWES not in {row.kind for row in await found(bank)}
    async with bank.database.transaction(bank.world.sight) as session:
        await session.execute(text("UPDATE admission SET state = 'removed', valid_until = '2026-11-15'"))
    (row,) = [row for row in await found(bank) if row.kind is Kind.PROVIDER_OWES]
    assert (row.amount_cents, row.days, row.statement_id) == (60_00, 8, credit_id)
