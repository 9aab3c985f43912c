"""The money of a disputed line waits with its case: off its statement, and back on a later one, each once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.checks.einvoices import EINVOICES
from registry.checks.money import LEDGER, SETTLEMENT
from registry.checks.run import examine
from registry.settlement.bank.queries.exceptions import Mismatch, exceptions
from registry.settlement.disputes.commands import answer_dispute, dispute_line, withdraw_dispute
from registry.settlement.disputes.queries import disputes_of, line_of
from registry.settlement.disputes.rules import Becomes
from registry.settlement.model import StatementLine
from registry.settlement.queries import unstated
from registry.settlement.rules import Match, StatementState
from registry.settlement.years.queries import expenses_of_year
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Refused
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_NOVEMBER,
    LATER,
    NOVEMBER,
    approve,
    close,
    closed_october,
    invoice_csv,
    only_statement,
    pay,
    reverse_at,
    second_officer,
    send_invoice,
    view,
)
from tests.registry.settlement.einvoices.test_selfbilling import bill, consent
from tests.registry.settlement.years.builders import AFTER as YEAR_ENDED
from tests.registry.settlement.years.builders import ended

S = StatementState
DECEMBER, JUNE = date(2026, 12, 1), date(2027, 6, 1)
AFTER = datetime(2027, 7, 5, 9, tzinfo=UTC)


async def dispute(
    database: Database, world: World, statement_id: UUID, line_id: UUID, *, at: datetime = IN_NOVEMBER
) -> UUID:
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        return await dispute_line(
            session, actor=actor, now=at, statement_id=statement_id, line_id=line_id, reason="Tunteja oli kaksi."
        )  # fmt: skip


async def will(database: Database, world: World, statement_id: UUID, line_id: UUID) -> Becomes | None:
    """What its page says before anybody disputes the line."""
    async with database.transaction(world.provider_actor().sight) as session:
        line = await line_of(session, statement_id=statement_id, line_id=line_id)
    assert line is not None
    return line.becomes


async def answer(
    database: Database, world: World, dispute_id: UUID, outcome: str, *, at: datetime = IN_NOVEMBER
) -> None:
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        await answer_dispute(
            session, actor=officer, now=at, dispute_id=dispute_id, outcome=outcome, answer="Näin."
        )


async def lines(database: Database, world: World, month: date) -> list[tuple[str, int]]:
    """(what it is, cents) of the lines of the provider's statement, in their order."""
    statement_id = await only_statement(database, world, month)
    async with database.transaction(world.sight) as session:
        rows = await session.scalars(
            select(StatementLine)
            .where(StatementLine.statement_id == statement_id)
            .order_by(StatementLine.position)
        )
        return [
            ("off" if row.dispute_id else "back" if row.return_id else "credit" if row.reversal_id else "charge",
             row.amount_cents)
            for row in rows
        ]  # fmt: skip


async def holds(database: Database, world: World) -> None:
    async with database.transaction(world.sight) as session:
        found = [await examine(session, one) for one in (*LEDGER, *SETTLEMENT, *EINVOICES)]
    assert [one.name for one in found if not one.ok] == []


async def test_a_line_leaves_its_statement_and_comes_back_once(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    waiting = await dispute(database, world, october.statement_id, october.redemptions[0])
    shown = await view(database, world, october.statement_id)
    assert (shown.row.state, shown.row.total_cents, shown.row.line_count) == (S.CLOSED, 45_50, 3)
    assert shown.row.total_cents == shown.row.net_cents + shown.row.vat_cents
    with pytest.raises(Refused, match=r"dispute\.waiting_already"):
        await dispute(database, world, october.statement_id, october.redemptions[0])
    with pytest.raises(Refused, match=r"dispute\.taken_off"):
        await dispute(database, world, october.statement_id, waiting)

    content = invoice_csv([(october.redemptions[1], 45_50)])
    await send_invoice(database, world, october.statement_id, content)
    shown = await view(database, world, october.statement_id)
    assert [(line.match, line.kind, line.waits) for line in shown.lines] == [
        (Match.NETTED, "redemption", True), (Match.NETTED, "taken_off", True), (Match.MATCHED, "redemption", False)
    ]  # fmt: skip
    await approve(database, world, october.statement_id)
    await pay(database, world, october.statement_id, by=await second_officer(database, world))
    await holds(database, world)

    await answer(database, world, waiting, "rejected")
    with pytest.raises(Refused, match=r"dispute\.taken_off"):
        await dispute(database, world, october.statement_id, october.redemptions[0])
    async with database.transaction(world.sight) as session:
        (coming,) = await unstated(session, organisers=[world.organiser_id])
    assert (coming.month, coming.lines, coming.cents) == (NOVEMBER, 1, 60_00)
    await close(database, world, NOVEMBER)
    assert await lines(database, world, NOVEMBER) == [("back", 60_00)]
    await holds(database, world)
    november = await only_statement(database, world, NOVEMBER)
    async with database.transaction(world.sight) as session:
        (told,) = await disputes_of(session, statement_id=october.statement_id)
        assert told.back_on is not None
        assert told.back_on[0] == november
        assert await unstated(session, organisers=[world.organiser_id]) == []
    content = invoice_csv([(october.redemptions[0], 60_00)], number="1002")
    await send_invoice(database, world, november, content)
    assert (await view(database, world, november)).row.state == S.MATCHED


async def test_a_charge_that_is_reversed_meets_its_reversal_on_the_next_statement(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    first, second = [
        await dispute(database, world, october.statement_id, line) for line in october.redemptions
    ]
    shown = await view(database, world, october.statement_id)
    assert (shown.row.state, shown.row.total_cents) == (S.MATCHED, 0), "nothing is left to invoice"
    await approve(database, world, october.statement_id)
    assert (await view(database, world, october.statement_id)).row.state == S.PAID

    await answer(database, world, first, "reversed")  # the organiser's, with the answer
    await reverse_at(
        database, world, october.redemptions[1], IN_NOVEMBER
    )  # the provider's own, before any answer
    await holds(database, world)
    async with database.transaction(world.sight) as session:
        (coming,) = await unstated(session, organisers=[world.organiser_id])
    assert (coming.lines, coming.cents) == (4, 0)
    await close(database, world, NOVEMBER)
    assert sorted(await lines(database, world, NOVEMBER)) == [
        ("back", 45_50), ("back", 60_00), ("credit", -60_00), ("credit", -45_50),
    ]  # fmt: skip
    november = await view(database, world, await only_statement(database, world, NOVEMBER))
    assert (november.row.state, november.row.total_cents) == (S.MATCHED, 0)
    await answer(database, world, second, "upheld")
    await close(database, world, DECEMBER)
    await holds(database, world)


async def test_what_has_an_invoice_or_takes_back_a_charge_does_not_wait(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    statement_id, (first, second) = october.statement_id, october.redemptions
    invoiced = await send_invoice(database, world, statement_id, invoice_csv([(first, 60_00)]))
    assert invoiced.statement_state == S.DISPUTED
    assert await will(database, world, statement_id, first) == Becomes.INVOICED
    assert await will(database, world, statement_id, second) == Becomes.WAITS
    await dispute(database, world, statement_id, first, at=LATER)
    assert (await view(database, world, statement_id)).row.total_cents == 105_50
    waiting = await dispute(database, world, statement_id, second, at=LATER)
    assert (await view(database, world, statement_id)).row.state == S.MATCHED, "what was missing waits"
    await answer(database, world, waiting, "upheld", at=LATER)

    reversal = await reverse_at(database, world, first, LATER)
    await close(database, world, JUNE, now=AFTER)
    june = await only_statement(database, world, JUNE)
    assert await will(database, world, june, reversal) == Becomes.CREDIT
    await dispute(database, world, june, reversal, at=AFTER)
    shown = await view(database, world, june)
    assert (shown.row.total_cents, [line.kind for line in shown.lines]) == (-14_50, ["reversal", "returned"])
    # what came back may be disputed anew: named by its redemption, and taken off this one
    await dispute(database, world, june, second, at=AFTER)
    assert (await view(database, world, june)).row.total_cents == -60_00
    await holds(database, world)


async def test_an_invoice_that_has_the_line_all_the_same_is_credited(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await dispute(database, world, october.statement_id, october.redemptions[0])
    both = [(line, cents) for line, cents in zip(october.redemptions, (60_00, 45_50), strict=True)]
    sent = await send_invoice(database, world, october.statement_id, invoice_csv(both))
    assert (sent.statement_state, sent.exceptions) == (S.DISPUTED, 1)
    credit = invoice_csv([(october.redemptions[0], -60_00)], number="1002")
    assert (await send_invoice(database, world, october.statement_id, credit)).statement_state == S.MATCHED
    await holds(database, world)


async def test_an_invoice_made_here_is_taken_back_and_made_anew_without_the_line(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await consent(database, world)
    first = await bill(database, world, october.statement_id)
    assert await will(database, world, october.statement_id, october.redemptions[0]) == Becomes.BILLED_ANEW
    waiting = await dispute(database, world, october.statement_id, october.redemptions[0], at=LATER)
    shown = await view(database, world, october.statement_id)
    assert (shown.row.state, shown.row.total_cents) == (S.CLOSED, 45_50)
    assert shown.invoices[0].rejected_at is not None
    second = await bill(database, world, october.statement_id)
    assert (second.number, second.line_count, second.total_cents) == (f"{first.number}-2", 1, 45_50)
    assert (await view(database, world, october.statement_id)).row.state == S.MATCHED
    await approve(database, world, october.statement_id)
    assert await will(database, world, october.statement_id, october.redemptions[1]) == Becomes.SETTLED
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await withdraw_dispute(session, actor=actor, now=LATER, dispute_id=waiting)
    await holds(database, world)


async def test_an_invoice_and_a_dispute_of_its_line_at_the_same_moment(database: Database) -> None:
    """Whoever comes first has the statement: the invoice has the line, or it lacks it and is one too many."""
    world = await build_world(database)
    october = await closed_october(database, world)
    content = invoice_csv([(october.redemptions[0], 60_00), (october.redemptions[1], 45_50)])
    sent, made = await asyncio.gather(
        send_invoice(database, world, october.statement_id, content),
        dispute(database, world, october.statement_id, october.redemptions[0]),
    )
    shown = await view(database, world, october.statement_id)
    if sent.statement_state == S.MATCHED:
        assert (shown.row.state, shown.row.total_cents, shown.waiting) == (S.MATCHED, 105_50, [])
    else:
        assert (shown.row.state, shown.row.total_cents) == (S.DISPUTED, 45_50)
    assert isinstance(made, UUID)
    await holds(database, world)


@pytest.mark.parametrize("outcome", ["rejected", "reversed"])
async def test_what_waits_over_the_year_is_booked_in_the_year_of_its_service(
    database: Database, outcome: str
) -> None:
    """June's 400 € are approved within the year, the 100 € that wait are not: an accrual, and taken back in the next year
    by the statement that they come back on, or by their reversal."""
    year = await ended(database)
    shown = await year.voucher()
    june = datetime(2025, 6, 10, 9, tzinfo=UTC)
    _, second = [await year.redeem(shown, cents, june) for cents in (400_00, 100_00)]
    await year.close_months(date(2025, 6, 1), now=june + timedelta(days=30))
    statement_id = await only_statement(database, year.world, date(2025, 6, 1))
    waiting = await dispute(database, year.world, statement_id, second, at=june + timedelta(days=31))
    await year.approve_all(now=june + timedelta(days=40))
    await year.close_months(date(2025, 12, 1), now=YEAR_ENDED)
    await year.close_year()
    assert (await year.expense_of(2025), await year.expense_of(2026)) == (500_00, -100_00)

    march = datetime(2026, 3, 3, 9, tzinfo=UTC)
    await answer(database, year.world, waiting, outcome, at=march)
    await year.close_months(date(2026, 3, 1), now=march + timedelta(days=40))
    await year.approve_all(now=march + timedelta(days=50))
    back = 0 if outcome == "rejected" else -100_00
    assert (await year.expense_of(2025), await year.expense_of(2026)) == (500_00, back)
    async with database.transaction(year.world.sight) as session:
        told = {
            of: await expenses_of_year(session, organiser_id=year.world.organiser_id, year=of)
            for of in (2025, 2026)
        }
    assert [(row.approved_cents, row.accrued_cents, row.late_cents) for row in told[2025]] == [
        (400_00, 100_00, 0)
    ]
    assert sum(row.approved_cents + row.accrued_cents + row.late_cents for row in told[2026]) == back
    await holds(database, year.world)


async def test_a_disputed_line_is_an_exception_until_it_is_answered_and_what_was_never_paid_is_none(
    database: Database,
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    waiting = await dispute(database, world, october.statement_id, october.redemptions[0], at=LATER)
    await send_invoice(database, world, october.statement_id, invoice_csv([(october.redemptions[1], 45_50)]))
    await approve(database, world, october.statement_id)
    await pay(database, world, october.statement_id, by=await second_officer(database, world))
    later = LATER + timedelta(days=5)
    (waits,) = await listed(database, world, later)
    assert (waits.kind, waits.amount_cents, waits.days, waits.explains_cents) == (
        "line_disputed",
        60_00,
        5,
        0,
    )
    assert waits.case_id is not None
    # reversed after its statement was paid: but it was never paid, and nothing is to be taken off for it
    await answer(database, world, waiting, "reversed", at=LATER)
    assert await listed(database, world, later) == []
    await reverse_at(database, world, october.redemptions[1], LATER)
    (paid,) = await listed(database, world, later)
    assert (paid.kind, paid.amount_cents) == ("reversed_after_payment", 45_50)


async def listed(database: Database, world: World, now: datetime) -> list[Mismatch]:
    async with database.transaction(world[Role.FINANCE_OFFICER].sight) as session:
        return await exceptions(session, organiser_id=world.organiser_id, now=now)
