"""Approving and paying: two people, once, and the ledger tells the same story."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.queries import history
from registry.ledger.model import Transfer
from registry.people.commands import create_api_token
from registry.settlement.commands import (
    approve_statement,
    pay_statement,
    receive_invoice,
    reject_invoice,
)
from registry.settlement.model import PaidStatement, Payment
from registry.settlement.rules import STATEMENT_TRANSITIONS, StatementState
from registry.shared.actor import Actor, Role
from registry.shared.database import Database, see
from registry.shared.errors import Forbidden, NotFound, Refused
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_NOVEMBER,
    IN_OCTOBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    approve,
    close,
    closed_october,
    invoice_csv,
    only_statement,
    pay,
    redeem_at,
    reverse_at,
    second_officer,
    send_invoice,
    show_voucher,
    view,
)

S = StatementState


async def matched_october(database: Database, world: World) -> tuple[UUID, list[UUID], UUID]:
    """(statement, redemptions, voucher's presentation) with the invoice in and matching."""
    october = await closed_october(database, world)
    first, second = october.redemptions
    await send_invoice(database, world, october.statement_id, invoice_csv([(first, 60_00), (second, 45_50)]))
    return october.statement_id, october.redemptions, october.shown


async def balances(database: Database, world: World) -> dict[str, int]:
    """Balance of each kind of account of the settlement: what came in less what went out."""
    async with database.transaction(world.sight) as session:
        rows = (
            await session.execute(select(Transfer.from_account, Transfer.to_account, Transfer.amount_cents))
        ).all()
    sums = {"expense": 0, "payable": 0, "bank": 0}
    for from_account, to_account, cents in rows:
        if from_account in sums:
            sums[from_account] -= cents
        if to_account in sums:
            sums[to_account] += cents
    return sums


async def test_an_approved_statement_is_owed_and_then_paid(database: Database) -> None:
    world = await build_world(database)
    statement_id, *_ = await matched_october(database, world)
    approved = await approve(database, world, statement_id)
    assert (approved.state, approved.total_cents) == (S.APPROVED, 105_50)
    assert await balances(database, world) == {"expense": -105_50, "payable": 105_50, "bank": 0}
    paid = await pay(database, world, statement_id, by=await second_officer(database, world))
    assert (paid.amount_cents, paid.netted) == (105_50, ())
    assert await balances(database, world) == {"expense": -105_50, "payable": 0, "bank": 105_50}
    found = await view(database, world, statement_id)
    assert (found.row.state, found.approved_by_name) == (S.PAID, "finance_officer")
    assert found.payment is not None
    assert (found.payment.amount_cents, found.payment.paid_by_name) == (105_50, "Toinen")
    async with database.transaction(world.sight) as session:
        events = await history(session, subject_id=statement_id)
    assert [(e.from_state, e.to_state) for e in events] == [
        ("open", "closed"),
        ("closed", "invoiced"),
        ("invoiced", "matched"),
        ("matched", "approved"),
        ("approved", "paid"),
    ]
    assert all(S(str(e.to_state)) in STATEMENT_TRANSITIONS[S(str(e.from_state))] for e in events)


async def test_who_approved_does_not_pay(database: Database) -> None:
    world = await build_world(database)
    statement_id, *_ = await matched_october(database, world)
    await approve(database, world, statement_id)
    with pytest.raises(Refused, match=r"settlement\.same_person"):
        await pay(database, world, statement_id, by=world[Role.FINANCE_OFFICER])
    assert (await balances(database, world))["bank"] == 0
    assert (await view(database, world, statement_id)).row.state is S.APPROVED


async def token_actor(database: Database, world: World, maker: Actor) -> Actor:
    async with database.transaction(world.sight) as session:
        made = await create_api_token(
            session,
            actor=maker,
            now=LATER,
            name="reskontra",
            scopes=["settlement:write"],
            days=30,
        )
    return Actor(kind="token", id=made.id, role=Role.FINANCE_OFFICER, sight=world.sight)


async def test_a_second_token_is_no_second_person(database: Database) -> None:
    world = await build_world(database)
    statement_id, *_ = await matched_october(database, world)
    officer, other = world[Role.FINANCE_OFFICER], await second_officer(database, world)
    await approve(database, world, statement_id, by=await token_actor(database, world, officer))
    for payer in (officer, await token_actor(database, world, officer)):
        with pytest.raises(Refused, match=r"settlement\.same_person"):
            await pay(database, world, statement_id, by=payer)
    paid = await pay(database, world, statement_id, by=await token_actor(database, world, other))
    assert paid.amount_cents == 105_50


async def test_nobody_without_a_name_and_no_other_role_moves_money(database: Database) -> None:
    world = await build_world(database)
    statement_id, *_ = await matched_october(database, world)
    nameless = Actor(kind="system", id=None, role=None, sight=world.sight)
    with pytest.raises(Refused, match=r"settlement\.person_unknown"):
        await approve(database, world, statement_id, by=nameless)
    for role in (Role.ORGANISER_ADMINISTRATOR, Role.CASE_WORKER, Role.AUDITOR, Role.PROVIDER_USER):
        with pytest.raises(Forbidden):
            await approve(database, world, statement_id, by=world[role])
        with pytest.raises(Forbidden):
            await pay(database, world, statement_id, by=world[role])


async def test_a_statement_is_approved_once_and_paid_once_however_many_try(database: Database) -> None:
    world = await build_world(database)
    statement_id, *_ = await matched_october(database, world)
    other = await second_officer(database, world)
    approvals = await asyncio.gather(
        *(approve(database, world, statement_id) for _ in range(6)), return_exceptions=True
    )
    assert sorted(a.code for a in approvals if isinstance(a, Refused)) == ["statement.approved"] * 5
    payments = await asyncio.gather(
        *(pay(database, world, statement_id, by=other) for _ in range(6)), return_exceptions=True
    )
    assert sorted(p.code for p in payments if isinstance(p, Refused)) == ["statement.paid"] * 5
    assert await balances(database, world) == {"expense": -105_50, "payable": 0, "bank": 105_50}
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(Payment)) == 1


async def test_a_credit_waits_for_a_payment_that_can_carry_it(database: Database) -> None:
    world = await build_world(database)
    statement_id, redemptions, shown = await matched_october(database, world)
    other = await second_officer(database, world)
    await approve(database, world, statement_id)
    await pay(database, world, statement_id, by=other)
    await reverse_at(database, world, redemptions[0], IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    november = await only_statement(database, world, NOVEMBER)
    credit_note = invoice_csv([(redemptions[0], -60_00)], number="1002")
    assert (await send_invoice(database, world, november, credit_note)).statement_state is S.MATCHED
    assert (await approve(database, world, november)).total_cents == -60_00
    assert await balances(database, world) == {"expense": -45_50, "payable": -60_00, "bank": 105_50}
    with pytest.raises(Refused, match=r"statement\.credit_waits"):
        await pay(database, world, november, by=other)

    december = IN_NOVEMBER.replace(month=12)
    small = await redeem_at(database, world, shown, 10_00, december)
    await close(database, world, december.date())
    await settle(database, world, december.date(), [(small, 10_00)], "1003")
    first = await pay(
        database, world, await only_statement(database, world, december.date().replace(day=1)), by=other
    )
    assert (first.amount_cents, first.netted) == (10_00, ())  # the credit is larger and goes on waiting

    january = december.replace(year=2027, month=1)
    large = await redeem_at(database, world, shown, 100_00, january)
    await close(database, world, january.date())
    january_id = await settle(database, world, january.date(), [(large, 100_00)], "1004")
    before = await view(database, world, january_id)
    assert (before.credits, before.to_pay_cents) == ((("OULU-2026-11-0001", -60_00),), 40_00)
    second = await pay(database, world, january_id, by=other)
    assert (second.amount_cents, second.netted) == (40_00, (november,))
    assert (await view(database, world, november)).row.state is S.PAID
    after = await view(database, world, january_id)
    assert after.payment is not None
    assert after.payment.others == (("OULU-2026-11-0001", -60_00),)
    total = 105_50 - 60_00 + 10_00 + 100_00
    assert await balances(database, world) == {"expense": -total, "payable": 0, "bank": total}


async def settle(database: Database, world: World, day: Any, lines: list[Any], number: str) -> UUID:
    """Invoice and approve the month's statement."""
    statement_id = await only_statement(database, world, day.replace(day=1))
    await send_invoice(database, world, statement_id, invoice_csv(lines, number=number))
    await approve(database, world, statement_id)
    return statement_id


async def test_a_statement_of_nothing_is_settled_by_approving_it(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    redemption = await redeem_at(database, world, shown, 60_00, IN_OCTOBER)
    await reverse_at(database, world, redemption, IN_OCTOBER)
    await close(database, world, OCTOBER)
    statement_id = await only_statement(database, world, OCTOBER)
    approved = await approve(database, world, statement_id)
    assert (approved.state, approved.total_cents) == (S.PAID, 0)
    assert await balances(database, world) == {"expense": 0, "payable": 0, "bank": 0}
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(PaidStatement)) == 0


async def test_a_credit_that_takes_all_of_a_payment_moves_no_money(database: Database) -> None:
    world = await build_world(database)
    statement_id, redemptions, shown = await matched_october(database, world)
    other = await second_officer(database, world)
    await approve(database, world, statement_id)
    await pay(database, world, statement_id, by=other)
    await reverse_at(database, world, redemptions[0], IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    await settle(database, world, NOVEMBER, [(redemptions[0], -60_00)], "1002")
    december = IN_NOVEMBER.replace(month=12)
    again = await redeem_at(database, world, shown, 60_00, december)
    await close(database, world, december.date())
    december_id = await settle(database, world, december.date(), [(again, 60_00)], "1003")
    paid = await pay(database, world, december_id, by=other)
    assert paid.amount_cents == 0
    assert await balances(database, world) == {"expense": -105_50, "payable": 0, "bank": 105_50}


# every state × every act: only what the table of transitions allows happens

ALLOWED = {
    (S.CLOSED, "invoice"),
    (S.DISPUTED, "invoice"),
    (S.DISPUTED, "reject"),
    (S.MATCHED, "reject"),
    (S.MATCHED, "approve"),
    (S.APPROVED, "pay"),
}


async def _reach(database: Database, world: World, state: StatementState, provider: int, other: Actor) -> Any:
    """(statement, its second redemption, its invoice) of a provider whose October is in `state`."""
    actor = world.provider_actor(provider)
    statement_id = await only_statement(database, world, OCTOBER, provider=provider)
    first, second = (line.redemption_id for line in (await view(database, world, statement_id)).lines)
    invoice_id = None
    if state is not S.CLOSED:
        lines = [(first, 60_00)] if state is S.DISPUTED else [(first, 60_00), (second, 45_50)]
        invoice_id = (
            await send_invoice(database, world, statement_id, invoice_csv(lines), by=actor)
        ).invoice_id
    if state in (S.APPROVED, S.PAID):
        await approve(database, world, statement_id)
    if state is S.PAID:
        await pay(database, world, statement_id, by=other)
    assert (await view(database, world, statement_id)).row.state is state
    return statement_id, second, invoice_id


async def test_every_act_in_every_state(database: Database) -> None:
    """Only what the transitions allow happens; every other act is refused with the state that stands in its way."""
    states = (S.CLOSED, S.DISPUTED, S.MATCHED, S.APPROVED, S.PAID)
    world = await build_world(database, providers=len(states))
    other = await second_officer(database, world)
    for provider in range(len(states)):
        shown = await show_voucher(database, world, provider=provider)
        for cents in (60_00, 45_50):
            await redeem_at(database, world, shown, cents, IN_OCTOBER, provider=provider)
    await close(database, world, OCTOBER)
    for provider, state in enumerate(states):
        statement_id, second, invoice_id = await _reach(database, world, state, provider, other)
        acts: dict[str, Callable[[AsyncSession], Awaitable[Any]]] = {
            "invoice": partial(
                receive_invoice,
                actor=other,
                now=LATER,
                statement_id=statement_id,
                file_name="2.csv",
                content=invoice_csv([(second, 45_50)], number="2"),
            ),
            "reject": partial(
                reject_invoice, actor=other, now=LATER, invoice_id=invoice_id or statement_id, reason="virhe"
            ),
            "approve": partial(approve_statement, actor=other, now=LATER, statement_id=statement_id),
            "pay": partial(pay_statement, actor=other, now=LATER, statement_id=statement_id),
        }
        for name, act in acts.items():
            outcome = "done"
            async with database.sessions() as session:  # never committed: the next act finds the same state
                await see(session, other.sight)
                try:
                    await act(session)
                    await session.flush()
                except (Refused, NotFound) as refused:
                    outcome = refused.code
            if (state, name) in ALLOWED:
                expected = "done"
            else:
                expected = f"statement.{state}" if invoice_id or name != "reject" else "invoice.unknown"
            assert (state, name, outcome) == (state, name, expected)
