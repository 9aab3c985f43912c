"""Whatever the bank says and people do about it: the exceptions explain bank less books to the cent, and no cent of a
payable leaves twice unseen."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.checks.run import INVARIANTS, examine
from registry.settlement.bank.commands import fail_order, match_by_hand, match_open, set_aside, undo_match
from registry.settlement.bank.model import BankBooking, BankMatch
from registry.settlement.bank.queries.exceptions import Kind, Mismatch, bank_less_books, exceptions
from registry.settlement.rules import StatementState
from registry.shared.actor import Sight
from registry.shared.database import Database, see
from registry.shared.errors import Refused
from tests.registry.settlement.bank.camt_files import Detail, Entry
from tests.registry.settlement.bank.paying import NOW, Bank, credit, debit, paying_by_file
from tests.registry.settlement.builders import view
from tests.registry.settlement.test_paying import balances


async def found(bank: Bank, *, days: int = 0) -> list[Mismatch]:
    async with bank.database.transaction(bank.maker.sight) as session:
        rows = await exceptions(session, organiser_id=bank.world.organiser_id, now=NOW + timedelta(days=days))
        explained = sum(row.explains_cents for row in rows)
        assert explained == await bank_less_books(session, organiser_id=bank.world.organiser_id)
    return rows


async def test_each_exception_says_what_it_is_how_old_and_whose(database: Database) -> None:
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    assert [(e.kind, e.amount_cents, e.days) for e in await found(bank, days=10)] == [
        (Kind.NOT_BOOKED, 105_50, 7)
    ]
    await bank.says(debit(order))
    assert await found(bank) == []
    twice = debit(order, ref="AGAIN")
    fee = Entry(-1_20, (Detail(1_20, text="palvelumaksu"),))
    gift = Entry(3_00, (Detail(3_00, text="hyvitys"),))
    await bank.says(twice, fee, gift, statement_id="STMT-2")
    assert [(e.kind, e.amount_cents, e.explains_cents) for e in await found(bank)] == [
        (Kind.PAID_TWICE, 105_50, 105_50),
        (Kind.UNKNOWN_DEBIT, 1_20, 1_20),
        (Kind.UNKNOWN_CREDIT, 3_00, -3_00),
    ]
    await bank.says(credit(order), statement_id="STMT-3")
    returned = next(e for e in await found(bank) if e.kind is Kind.RETURNED)
    assert (returned.statement_id, returned.amount_cents) == (statement_id, 105_50)
    assert returned.case_id is not None
    await bank.order()
    kinds = {e.kind for e in await found(bank)}
    assert Kind.NOT_BOOKED in kinds
    assert Kind.RETURNED not in kinds


async def test_what_is_not_invoiced_or_not_paid_in_time_is_listed(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    # the invoice came in June (the builders' moment), so it is late 30 days after that
    assert [e.kind for e in await found(bank, days=10)] == []
    assert [e.kind for e in await found(bank, days=400)] == [Kind.UNPAID]


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_the_difference_is_explained_and_nothing_is_paid_twice(
    database: Database, seed: int
) -> None:
    dice = random.Random(seed)
    bank = await paying_by_file(database, tolerance_cents=2)
    statement_id = await bank.owe()
    await bank.order()
    for turn in range(25):
        await _something(bank, dice, turn)
        await found(bank)
        orders = await bank.orders()
        live = [o for o in orders if o.state in ("drafted", "ordered", "booked")]
        assert len(live) <= 1
        state = (await view(database, bank.world, statement_id)).row.state
        assert state is (StatementState.PAID if live else StatementState.APPROVED)
        owed = 0 if live else 105_50
        assert (await balances(database, bank.world))["payable"] == owed
    async with database.sessions() as session:
        await see(session, Sight(organisers=(bank.world.organiser_id,)))
        broken = [f for i in INVARIANTS if not (f := await examine(session, i)).ok]
    # the builders write vouchers and picks without their events
    assert [f.name for f in broken if not f.name.startswith(("audit", "picks", "vouchers", "accounts"))] == []


async def _something(bank: Bank, dice: random.Random, turn: int) -> None:
    order = dice.choice(await bank.orders())
    cents = order.amount_cents + dice.choice((0, 0, 0, 1, -2, 50, -3_000))
    number = f"STMT-{turn + 2}"
    async with bank.database.transaction(bank.maker.sight) as session:
        bookings = (await session.scalars(select(BankBooking))).all()
        matches = (await session.scalars(select(BankMatch))).all()
    acts = ["debit", "debit", "credit", "stranger", "fail", "undo", "hand", "aside", "order", "match"]
    try:
        match dice.choice(acts):
            case "debit":
                await bank.says(debit(order, cents, ref=f"D-{turn}"), statement_id=number)
            case "credit":
                await bank.says(credit(order, ref=f"C-{turn}"), statement_id=number)
            case "stranger":
                way = dice.choice((1, -1))
                await bank.says(Entry(way * 7_00, (Detail(7_00, own_ref=f"S-{turn}"),)), statement_id=number)
            case "fail":
                await bank.act(bank.maker, fail_order, order_id=order.id, reason="hylätty")
            case "undo" if matches:
                await bank.act(bank.maker, undo_match, match_id=dice.choice(matches).id)
            case "hand" if bookings:
                chosen = dice.choice(bookings).id
                await bank.act(bank.maker, match_by_hand, booking_id=chosen, order_id=order.id)
            case "aside" if bookings:
                chosen, aside = dice.choice(bookings).id, dice.choice((True, False))
                await bank.act(bank.maker, set_aside, booking_id=chosen, aside=aside)
            case "order":
                await bank.order()
            case _:
                await bank.act(bank.maker, match_open)
    except Refused:
        pass
