"""From an approved statement to a booking that is matched: by two people, once, and the ledger tells the same story."""

import asyncio
from collections.abc import Awaitable
from datetime import date
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select

from registry.cases.model import Case
from registry.settlement.bank.commands import (
    approve_batch,
    confirm_setting,
    fail_order,
    import_bank_file,
    make_batch,
    match_by_hand,
    match_open,
    propose_setting,
    set_aside,
    undo_match,
    withdraw_batch,
)
from registry.settlement.bank.model import BankBooking, BankMatch, PaymentFile
from registry.settlement.bank.queries.exceptions import Kind
from registry.settlement.bank.rules import Route
from registry.settlement.commands import pay_statement
from registry.settlement.rules import StatementState
from registry.shared.database import Database
from registry.shared.errors import DomainError, Refused
from registry.shared.outbox import OutboxMessage
from tests.registry.settlement.bank.camt_files import ACCOUNT, Detail, Entry, File, camt
from tests.registry.settlement.bank.paying import DAY, credit, debit, paying_by_file
from tests.registry.settlement.bank.test_exceptions import found
from tests.registry.settlement.bank.test_pain import SCHEMA, said
from tests.registry.settlement.builders import view
from tests.registry.settlement.test_paying import balances

S = StatementState


async def refused(work: Awaitable[Any]) -> str:
    with pytest.raises(DomainError) as caught:
        await work
    return caught.value.code


async def test_a_batch_pays_what_is_approved_and_its_file_is_made_once(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    batch_id = await bank.act(bank.maker, make_batch, execute_on=DAY)
    assert (await view(database, bank.world, statement_id)).row.state is S.APPROVED
    content = await bank.act(bank.sender, approve_batch, batch_id=batch_id)
    SCHEMA.assertValid(etree.fromstring(content))
    assert said(content, "p:InstdAmt") == ["105.50"]
    (order,) = await bank.orders()
    assert said(content, "p:EndToEndId") == [order.id.hex.upper()]
    assert (await view(database, bank.world, statement_id)).row.state is S.PAID
    assert (await balances(database, bank.world))["bank"] == 105_50
    async with database.transaction(bank.maker.sight) as session:
        assert [bytes(f.content) for f in await session.scalars(select(PaymentFile))] == [content]
    assert await refused(bank.act(bank.sender, approve_batch, batch_id=batch_id)) == "payment_batch.approved"
    run = (await bank.says(debit(order))).run
    assert (run.matched, run.left) == (1, 0)
    (order,) = await bank.orders()
    assert (order.state, order.matched_cents) == ("booked", 105_50)


async def test_who_made_the_batch_or_approved_its_statements_does_not_send_it(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    by_sender = await bank.act(bank.sender, make_batch, execute_on=DAY)
    assert (
        await refused(bank.act(bank.sender, approve_batch, batch_id=by_sender)) == "payment_batch.same_person"
    )
    assert await refused(bank.act(bank.maker, approve_batch, batch_id=by_sender)) == "settlement.same_person"
    assert (await balances(database, bank.world))["bank"] == 0


async def test_a_statement_is_in_one_batch_at_most_and_free_again_when_that_is_withdrawn(
    database: Database,
) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    made = await asyncio.gather(
        *(bank.act(bank.maker, make_batch, execute_on=DAY) for _ in range(4)), return_exceptions=True
    )
    batches = [one for one in made if not isinstance(one, BaseException)]
    assert len(batches) == 1
    assert {one.code for one in made if isinstance(one, Refused)} == {"payment_batch.empty"}
    named = bank.act(bank.maker, make_batch, execute_on=DAY, statement_ids=[statement_id])
    assert await refused(named) == "payment_batch.not_payable"
    await bank.act(bank.maker, withdraw_batch, batch_id=batches[0])
    assert (
        await refused(bank.act(bank.sender, approve_batch, batch_id=batches[0])) == "payment_batch.withdrawn"
    )
    await bank.order()
    assert (await balances(database, bank.world))["bank"] == 105_50


async def test_there_is_one_way_of_paying_at_a_time(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    by_hand = bank.act(bank.sender, pay_statement, statement_id=statement_id)
    assert await refused(by_hand) == "settlement.route_bank_file"
    setting_id = await bank.act(bank.maker, propose_setting, route=Route.ACCOUNTING)
    own = bank.act(bank.maker, confirm_setting, setting_id=setting_id)
    assert await refused(own) == "payment_batch.same_person"
    drafted = await bank.act(bank.maker, make_batch, execute_on=DAY)
    await bank.act(bank.sender, confirm_setting, setting_id=setting_id)
    assert (
        await refused(bank.act(bank.sender, approve_batch, batch_id=drafted)) == "settlement.route_accounting"
    )
    assert await refused(bank.act(bank.maker, make_batch, execute_on=DAY)) == "settlement.route_accounting"
    assert (await balances(database, bank.world))["bank"] == 0


async def test_what_stands_in_a_batch_is_not_paid_by_hand_after_the_way_was_changed(
    database: Database,
) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    drafted = await bank.act(bank.maker, make_batch, execute_on=DAY)
    setting_id = await bank.act(bank.maker, propose_setting, route=Route.ACCOUNTING)
    await bank.act(bank.sender, confirm_setting, setting_id=setting_id)
    await bank.act(bank.sender, pay_statement, statement_id=statement_id)
    assert (
        await refused(bank.act(bank.sender, approve_batch, batch_id=drafted)) == "settlement.route_accounting"
    )
    assert (await balances(database, bank.world))["bank"] == 105_50


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 22), "payment_batch.not_target_day"),
        (date(2026, 11, 19), "payment_batch.day_out_of_range"),
        (date(2027, 3, 1), "payment_batch.day_out_of_range"),
    ],
)
async def test_the_day_is_one_on_which_banks_settle(database: Database, day: date, code: str) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    assert await refused(bank.act(bank.maker, make_batch, execute_on=day)) == code


async def test_without_a_confirmed_account_nothing_goes_out(database: Database) -> None:
    bank = await paying_by_file(database, account=False)
    await bank.owe()
    assert await refused(bank.act(bank.maker, make_batch, execute_on=DAY)) == "payment_batch.empty"


async def test_the_same_file_and_overlapping_statements_bring_each_movement_once(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    fee = Entry(-1_20, (Detail(1_20, text="palvelumaksu"),))
    first = await bank.says(debit(order), fee)
    assert (first.bookings, first.new, first.first) == (2, 2, True)
    again = await bank.says(debit(order), fee)
    assert (again.file_id, again.new, again.first) == (first.file_id, 0, False)
    later = Entry(-7_00, (Detail(7_00, text="muu"),))
    overlapping = await bank.says(debit(order), fee, later, statement_id="STMT-2")
    assert (overlapping.bookings, overlapping.new) == (3, 1)
    notice = await bank.says(debit(order), kind="054", version=2)
    assert (notice.bookings, notice.new) == (1, 0)
    async with database.transaction(bank.maker.sight) as session:
        assert await session.scalar(select(func.sum(BankBooking.amount_cents))) == -(105_50 + 1_20 + 7_00)
        assert await session.scalar(select(func.count()).select_from(BankMatch)) == 1


async def test_what_comes_back_is_owed_again_and_paid_again_once(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order))
    run = (await bank.says(credit(order), statement_id="STMT-2")).run
    assert (run.returned, run.left) == (1, 0)
    assert (await view(database, bank.world, statement_id)).row.state is S.APPROVED
    assert await balances(database, bank.world) == {"expense": -105_50, "payable": 105_50, "bank": 0}
    async with database.transaction(bank.maker.sight) as session:
        case = (await session.scalars(select(Case).where(Case.kind == "payment_returned"))).one()
        assert case.subject_id == statement_id
        told = await session.scalars(
            select(OutboxMessage.template).where(OutboxMessage.provider_id.is_not(None))
        )
        assert list(told).count("statement.owed_again") == 1
    await bank.order()
    first, second = await bank.orders()
    assert (first.state, second.state, first.payment_id) == ("returned", "ordered", second.payment_id)
    assert await balances(database, bank.world) == {"expense": -105_50, "payable": 0, "bank": 105_50}
    run = (await bank.says(debit(second), statement_id="STMT-3")).run
    assert (run.matched, run.left) == (1, 0)


async def test_a_return_of_something_else_stays_open(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    run = (await bank.says(debit(order), credit(order, 105_49), Entry(105_50, ()))).run
    assert (run.returned, run.left) == (0, 2)
    assert (await balances(database, bank.world))["bank"] == 105_50


async def test_what_the_bank_never_carried_out_is_owed_again(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    await bank.act(bank.maker, fail_order, order_id=order.id, reason="Pankki hylkäsi: tili suljettu")
    assert (await view(database, bank.world, statement_id)).row.state is S.APPROVED
    again = bank.act(bank.maker, fail_order, order_id=order.id, reason="uudestaan")
    assert await refused(again) == "payment_order.returned"
    await bank.order()
    assert (await balances(database, bank.world))["bank"] == 105_50


@pytest.mark.parametrize("cents", [2, -2])
async def test_cents_within_the_tolerance_go_to_the_difference_account_and_back(
    database: Database, cents: int
) -> None:
    bank = await paying_by_file(database, tolerance_cents=2)
    await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order, order.amount_cents + cents))
    assert (await balances(database, bank.world))["bank"] == 105_50 + cents
    async with database.transaction(bank.maker.sight) as session:
        match = (await session.scalars(select(BankMatch))).one()
    await bank.act(bank.maker, undo_match, match_id=match.id)
    assert (await balances(database, bank.world))["bank"] == 105_50
    assert await refused(bank.act(bank.maker, undo_match, match_id=match.id)) == "bank_match.undone"
    # no run puts together again what a person took apart; a person does, and may change their mind again
    run = await bank.act(bank.maker, match_open)
    assert (run.matched, run.left) == (0, 1)
    by_hand = await bank.act(bank.maker, match_by_hand, booking_id=match.booking_id, order_id=order.id)
    assert (await balances(database, bank.world))["bank"] == 105_50 + cents
    await bank.act(bank.maker, undo_match, match_id=by_hand)
    assert (await bank.act(bank.maker, match_open)).matched == 0


async def test_a_run_finds_another_movement_for_what_a_person_took_apart(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order, ref="WRONG"))
    async with database.transaction(bank.maker.sight) as session:
        match = (await session.scalars(select(BankMatch))).one()
    await bank.act(bank.maker, undo_match, match_id=match.id)
    assert [row.kind for row in await found(bank)] == [Kind.UNKNOWN_DEBIT, Kind.NOT_BOOKED]
    assert (await bank.says(debit(order, ref="RIGHT"), statement_id="STMT-2")).run.matched == 1
    (order,) = await bank.orders()
    assert order.state == "booked"
    assert [row.kind for row in await found(bank)] == [Kind.PAID_TWICE]


async def test_a_person_matches_what_the_passes_cannot_and_sets_the_rest_aside(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    strange = Detail(100_00, "OTHER", iban="FI2112345600000785", own_ref="X-1")
    fee = Entry(-1_20, (Detail(1_20, own_ref="X-2"),))
    assert (await bank.says(Entry(-100_00, (strange,)), fee)).run.left == 2
    async with database.transaction(bank.maker.sight) as session:
        first, second = await session.scalars(select(BankBooking).order_by(BankBooking.own_id))
    await bank.act(bank.maker, match_by_hand, booking_id=first.id, order_id=order.id)
    (order,) = await bank.orders()
    assert (order.state, order.matched_cents) == ("ordered", 100_00)
    again = bank.act(bank.maker, match_by_hand, booking_id=first.id, order_id=order.id)
    assert await refused(again) == "bank_booking.nothing_left"
    await bank.act(bank.maker, set_aside, booking_id=second.id, aside=True)
    assert (await bank.act(bank.maker, match_open)).left == 0
    await bank.act(bank.maker, set_aside, booking_id=second.id, aside=False)
    assert (await bank.act(bank.maker, match_open)).left == 1


async def test_only_statements_of_the_account_that_pays_are_taken_in(database: Database) -> None:
    bank = await paying_by_file(database)
    mine = await bank.act(
        bank.maker,
        propose_setting,
        route=Route.BANK_FILE,
        debtor_name="Oulun työllisyysalue",
        debtor_iban="FI1410093000123458",
    )
    await bank.act(bank.sender, confirm_setting, setting_id=mine)
    # the account of before still takes its statements: what was paid from it may come back
    assert (await bank.says(Entry(-1, ()))).new == 1
    content = camt(File("053", 8, (Entry(-2, ()),))).replace(ACCOUNT.encode(), b"FI5542345670000081")
    strange = bank.act(bank.maker, import_bank_file, file_name="muu.xml", content=content)
    assert await refused(strange) == "bank.unreadable"
