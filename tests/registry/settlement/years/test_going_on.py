"""What comes to a closed year's vouchers afterwards: an allowance's next months, and reversals while the closing runs."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from registry.catalogue.commands import create_budget_line
from registry.ledger.model import BudgetLine
from registry.settlement.reports.month import month_figures
from registry.settlement.years.commands import continue_year_close, start_year_close
from registry.settlement.years.queries import carried_lines, open_lines
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Invalid, Refused
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.changing.commands import raise_voucher
from registry.vouchers.commands import reverse
from registry.vouchers.redemption.model import Redemption
from tests.builders import NOW
from tests.registry.settlement.builders import close
from tests.registry.settlement.years.builders import AFTER, YEAR, ended
from tests.registry.settlement.years.test_years import JUNE, MARCH, sound
from tests.registry.vouchers.kinds.test_allowances import MONTHLY, Months, due, months

EARLY_2027 = datetime(2027, 1, 8, 9, tzinfo=UTC)
"""After the second month's sum and before the third's."""


async def closed_at_nothing(steps: Months, *, allocated_cents: int = 1_000_00) -> UUID:
    """2026 closed while its allowance had nothing left; the next year's line."""
    administrator, officer = steps.world[Role.ORGANISER_ADMINISTRATOR], steps.world[Role.FINANCE_OFFICER]
    async with steps.database.transaction(administrator.sight) as session:
        following = await create_budget_line(
            session, actor=administrator, now=NOW, code="2027", name="2027", year=2027,
            allocated_cents=allocated_cents,
        )  # fmt: skip
    for month in (date(2026, 11, 1), date(2026, 12, 1)):
        await close(steps.database, steps.world, month, now=EARLY_2027)
    lines = {steps.world.budget_line_id: following}
    async with steps.database.transaction(officer.sight) as session:
        await start_year_close(session, actor=officer, now=EARLY_2027, year=2026, lines=lines)
    done = None
    while done is None:
        async with steps.database.transaction(officer.sight) as session:
            run = await continue_year_close(session, actor=officer, now=EARLY_2027, year=2026)
            done = run.closed_at
    return following


async def granted(steps: Months, line_id: UUID) -> int:
    async with steps.database.transaction(steps.world.sight) as session:
        return (await session.get_one(BudgetLine, line_id)).granted_cents


async def test_an_allowance_that_was_spent_at_the_year_end_gets_its_next_months_of_the_next_line(
    database: Database, keys: Keys
) -> None:
    steps = await months(database, keys)
    old = steps.world.budget_line_id
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 1_00, 60_00)
    await steps.redeem(shown, 1_00, 40_00)
    await steps.at(due(2))
    for price in (60_00, 40_00):
        await steps.redeem(shown, 1_00, price, day=local_date(due(2)))
    following = await closed_at_nothing(steps)
    moved = await steps.voucher(voucher_id)
    assert (moved.budget_line_id, moved.available_cents, moved.committed_cents) == (following, 0, 200_00)
    assert (await granted(steps, old), await granted(steps, following)) == (200_00, 200_00)
    async with database.transaction(steps.world.sight) as session:
        (carried,) = await carried_lines(session, organiser_id=steps.world.organiser_id, year=2026)
    assert (carried.cents, carried.committed_cents) == (0, 200_00), "no more than what is set aside goes on"
    await sound(database)
    await steps.at(due(3))
    assert await steps.topups(voucher_id) == [(2, MONTHLY, 0), (3, MONTHLY, 0)]
    await steps.redeem(shown, 1_00, 60_00, day=local_date(due(3)))
    assert (await granted(steps, old), await granted(steps, following)) == (200_00, 200_00)
    await sound(database)
    async with database.transaction(steps.world.sight) as session:
        figures = await month_figures(
            session, organiser_id=steps.world.organiser_id, month=local_date(due(3)).replace(day=1)
        )
    lines = {line.year: line for line in figures.budget}
    assert [(lines[y].granted_cents, lines[y].committed_cents, lines[y].left_cents) for y in (2026, 2027)] == [
        (200_00, 0, 800_00), (100_00, 100_00, 800_00),
    ]  # fmt: skip
    await steps.cancel(voucher_id)
    assert (await granted(steps, old), await granted(steps, following)) == (200_00, 60_00)
    await sound(database)
    async with database.transaction(steps.world.sight) as session:
        figures = await month_figures(
            session, organiser_id=steps.world.organiser_id, month=local_date(due(3)).replace(day=1)
        )
    assert {line.year: line.used_cents for line in figures.budget} == {2026: 200_00, 2027: 60_00}


async def test_what_an_older_charge_gives_back_is_no_money_of_the_next_years_line(
    database: Database, keys: Keys
) -> None:
    """Nothing is carried over, so the 40 € go back with the next month's sum: to the closed year's line."""
    steps = await months(database, keys, carry_over=False)
    old = steps.world.budget_line_id
    voucher_id, shown = await steps.opened()
    await steps.nothing_aside(voucher_id)
    await steps.redeem(shown, 1_00, 60_00)
    wrong = await steps.redeem(shown, 1_00, 40_00)
    following = await closed_at_nothing(steps, allocated_cents=80_00)
    steps.now = EARLY_2027
    await steps.reverse(wrong.id)
    await steps.at(EARLY_2027)
    assert await steps.open_cases() == ["allowance_short"], "80 € are allocated; the 40 € do not come to it"
    async with database.transaction(steps.world.sight) as session:
        (await session.get_one(BudgetLine, following)).allocated_cents = 100_00
    await steps.at(EARLY_2027 + timedelta(days=1))
    assert await steps.topups(voucher_id) == [(2, MONTHLY, 40_00)]
    assert (await granted(steps, old), await granted(steps, following)) == (60_00, 100_00)
    await sound(database)


async def test_what_came_back_before_the_next_month_returns_to_the_closed_line(
    database: Database, keys: Keys
) -> None:
    steps = await months(database, keys)
    old = steps.world.budget_line_id
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 1_00, 60_00)
    wrong = await steps.redeem(shown, 1_00, 40_00)
    following = await closed_at_nothing(steps)
    steps.now = EARLY_2027
    await steps.reverse(wrong.id)
    await steps.cancel(voucher_id)
    assert (await granted(steps, old), await granted(steps, following)) == (60_00, 0)
    await sound(database)


async def test_a_sum_that_a_closed_line_cannot_give_is_somebodys_case(database: Database, keys: Keys) -> None:
    steps = await months(database, keys)
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 1_00, 60_00)
    await steps.redeem(shown, 1_00, 40_00)
    await closed_at_nothing(steps)
    async with database.transaction(steps.world.sight) as session:  # as if it had been left behind
        voucher = await steps.voucher(voucher_id)
        voucher.budget_line_id = steps.world.budget_line_id
        await session.merge(voucher)
    await steps.at(due(3))
    assert await steps.topups(voucher_id) == []
    assert await steps.open_cases() == ["allowance_short"]


async def test_a_line_that_a_reversal_opens_while_the_closing_runs_is_asked_of_again(
    database: Database,
) -> None:
    year = await ended(database)
    spent = await year.voucher(cents=100_00)
    charge = await year.redeem(spent, 100_00, JUNE)
    await year.close_months(date(2025, 12, 1), now=AFTER)
    await year.start(lines={})
    provider = year.world.provider_actor()
    async with database.transaction(provider.sight) as session:
        await reverse(session, actor=provider, now=AFTER, redemption_id=charge, reason="väärä päivä")
    with pytest.raises(Refused, match=r"year\.line_missing"):
        await year.step()
    with pytest.raises(Invalid) as lacking:
        await year.start(lines={})
    assert lacking.value.errors == {str(year.line_id): "year.line_missing"}
    with pytest.raises(Invalid):
        await year.start(lines={year.line_id: year.line_id})
    await year.start()
    await year.start(lines={year.line_id: year.world.budget_line_id})  # what was said stays
    async with database.transaction(year.world.sight) as session:
        (line,) = await open_lines(session, organiser_id=year.world.organiser_id, year=YEAR)
    assert line.goes_to == year.next_id
    assert (await year.step()).carried == 1
    assert (await year.step()).closed_at == AFTER
    assert ((await year.line(year.line_id))[0], (await year.line(year.next_id))[0]) == (0, 100_00)
    await year.start(lines={year.next_id: year.line_id})  # a closed year stays as it is
    await sound(database)


@pytest.mark.parametrize("done", ["line closed", "begun", "closed"])
async def test_no_voucher_is_raised_from_a_line_that_grants_nothing_more(
    database: Database, done: str
) -> None:
    year = await ended(database)
    shown = await year.voucher(cents=100_00)
    charge = await year.redeem(shown, 100_00, JUNE)
    await year.close_months(date(2025, 12, 1), now=AFTER)
    if done != "line closed":
        await year.start()
    if done == "closed":
        assert (await year.step()).closed_at == AFTER
    provider = year.world.provider_actor()
    async with database.transaction(provider.sight) as session:
        voucher_id = (await session.get_one(Redemption, charge)).voucher_id
        await reverse(session, actor=provider, now=MARCH, redemption_id=charge, reason="väärä päivä")
    async with database.transaction(year.world.sight) as session:
        # an administrator opened the line again, or closed it by hand
        (await session.get_one(BudgetLine, year.line_id)).active = done != "line closed"
    worker = year.world[Role.CASE_WORKER]
    with pytest.raises(Refused) as refused:
        async with database.transaction(worker.sight) as session:
            await raise_voucher(
                session, actor=worker, now=MARCH, voucher_id=voucher_id, reason="corrected", cents=10_00
            )
    assert (refused.value.code, refused.value.facts) == ("change.line_closed", {"line": "oulu-2025"})
