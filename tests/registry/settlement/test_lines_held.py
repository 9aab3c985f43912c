"""A line whose dispute is over stays away as long as its client disputes the visit, or somebody holds its money; and a
file finds the statement on which a line has come back."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from registry.settlement.commands.files import statement_of
from registry.settlement.disputes.queries import waiting_lines
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.period import month_of
from registry.shared.settings import Keys
from registry.vouchers.confirming.rules import Answer, Ruling
from registry.vouchers.guarding.queries import held_back
from registry.vouchers.guarding.rules import Sign
from tests.builders import TODAY, build_world
from tests.registry.settlement.builders import LATER, invoice_csv, only_statement, reverse_at, send_invoice
from tests.registry.settlement.test_lines_that_wait import answer, dispute, holds
from tests.registry.vouchers.test_guarding import Guarded


@pytest.fixture
async def guarded(database: Database, keys: Keys) -> Guarded:
    return Guarded(database, await build_world(database), keys)


async def test_what_comes_back_passes_by_no_hold_and_no_client(guarded: Guarded) -> None:
    database, world = guarded.database, guarded.world
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    held_voucher, shown = await guarded.opened()
    held, reversed_ = [(await guarded.redeem(shown, price=price)).id for price in (60_00, 5_00)]
    _, shown = await guarded.opened()
    denied, free = [(await guarded.redeem(shown, price=price)).id for price in (30_00, 10_00)]
    await guarded.look()
    assert await guarded.close() == 105_00
    statement_id = await only_statement(database, world, month_of(TODAY))
    for line in (held, reversed_, denied, free):
        made = await dispute(database, world, statement_id, line, at=guarded.now)
        await answer(database, world, made, "rejected", at=guarded.now)
    assert await guarded.waiting() == 105_00
    hold = await guarded.hold((await guarded.alarms())["person_day"].id, held_voucher)
    await guarded.answer(denied, Answer.NOT_THERE)
    await guarded.reverse(reversed_)  # held no more: it meets its reversal
    assert await guarded.waiting() == 10_00
    assert await guarded.close(2) == 10_00
    await holds(database, world)

    guarded.now += timedelta(hours=1)
    await guarded.lift(hold)
    await guarded.rule(denied, Ruling.STANDS)
    await holds(database, world)
    assert await guarded.waiting() == 90_00
    assert await guarded.close(3) == 90_00
    assert await guarded.close(4) == 0
    await holds(database, world)


async def test_a_provider_is_told_once_of_all_that_is_kept_off_its_statements(guarded: Guarded) -> None:
    database, world = guarded.database, guarded.world

    async def kept() -> dict[tuple[str, bool], tuple[int, int]]:
        """By what keeps it, and whether that is all of the provider's: visits and cents."""
        actor = world.provider_actor()
        async with database.transaction(actor.sight) as session:
            rows = [*await held_back(session, actor=actor), *await waiting_lines(session)]
        found = {(row.why, row.whole): (row.visits, row.cents) for row in rows}
        assert len(found) == len(rows)
        return found

    async def disputed(line: UUID) -> UUID:
        return await dispute(database, world, statement_id, line, at=guarded.now)

    await guarded.set_limit(Sign.PERSON_DAY, 3)
    voucher_id, shown = await guarded.opened()
    _, elsewhere = await guarded.opened()
    off, waits, stated, undone = [
        (await guarded.redeem(shown, price=price)).id for price in (60_00, 30_00, 10_00, 3_00)
    ]
    await guarded.look()
    await guarded.close()
    statement_id = await only_statement(database, world, month_of(TODAY))
    await guarded.answer(stated, Answer.NO)  # on its statement, and invoiced as it is: nothing is kept
    made, waiting = await disputed(off), await disputed(waits)
    await disputed(undone)
    await guarded.reverse(undone)
    alarm_id = (await guarded.alarms())["person_day"].id
    holds_ = [await guarded.hold(alarm_id, one) for one in (voucher_id, None)]
    assert await kept() == {("line", False): (2, 90_00), ("person", False): (0, 0), ("person", True): (0, 0)}
    await answer(database, world, made, "rejected", at=guarded.now)
    assert [(hold.visits, hold.cents) for hold in await guarded.holds()] == [(1, 60_00), (1, 60_00)]
    await guarded.redeem(shown, price=5_00)
    await guarded.redeem(elsewhere, price=8_00)
    denied = (await guarded.redeem(elsewhere, price=7_00)).id
    await guarded.answer(denied, Answer.NOT_THERE)
    assert await kept() == {
        ("line", False): (1, 30_00), ("disputed", False): (1, 7_00), ("person", False): (2, 65_00),
        ("person", True): (1, 8_00),
    }  # fmt: skip
    await answer(database, world, waiting, "rejected", at=guarded.now)
    await guarded.answer(off, Answer.NO)
    assert await kept() == {
        ("disputed", False): (2, 67_00), ("person", False): (2, 35_00), ("person", True): (1, 8_00)
    }  # fmt: skip
    for hold in holds_:
        await guarded.lift(hold)
    assert await kept() == {("disputed", False): (2, 67_00)}
    assert await guarded.close(2) == 43_00, "what is held no more, the one that was reversed among it"


async def test_a_file_finds_the_statement_that_its_line_came_back_on(guarded: Guarded) -> None:
    database, world = guarded.database, guarded.world
    _, shown = await guarded.opened()
    back, twice, first = [(await guarded.redeem(shown, price=price)).id for price in (60_00, 30_00, 10_00)]
    await guarded.close()
    november = await only_statement(database, world, month_of(TODAY))
    for line in (back, twice):
        made = await dispute(database, world, november, line, at=guarded.now)
        await answer(database, world, made, "rejected", at=guarded.now)
    fresh = (await guarded.redeem(shown, price=5_00, day=TODAY)).id
    await guarded.close(2)
    december = await only_statement(database, world, date(2026, 12, 1))

    stranger = UUID(int=7)

    async def found(*lines: UUID) -> UUID | str | tuple[str, object]:
        content = invoice_csv([(line, 1_00) for line in lines])
        async with database.transaction(world.provider_actor().sight) as session:
            try:
                return await statement_of(session, content, today=LATER.date())
            except Refused as refused:
                return (refused.code, refused.facts["on_no_statement"]) if refused.facts else refused.code

    unknown = "invoice.statement_unknown"
    assert [await found(*lines) for lines in ((back,), (back, twice), (back, fresh), (first,))] == [
        december, december, december, november,
    ]  # fmt: skip
    assert await found(back, first) == november, (
        "the one that has both; what was taken off is told line by line"
    )
    assert await found(first, fresh) == unknown, "of two statements, neither of which has both"
    # what stands nowhere says nothing of which statement it is; it is named where none is found
    assert [await found(*lines, stranger) for lines in ((back, twice), (back, first), (first,))] == [
        december, november, november,
    ]  # fmt: skip
    assert await found(first, fresh, stranger) == (unknown, "0" * 11 + "7")
    assert await found(stranger) == (unknown, "0" * 11 + "7")
    await send_invoice(database, world, november, invoice_csv([(first, 10_00)]))
    await reverse_at(database, world, first, guarded.now)

    made = await dispute(database, world, december, twice, at=guarded.now)
    await answer(database, world, made, "rejected", at=guarded.now)
    await guarded.close(3)
    january = await only_statement(database, world, date(2027, 1, 1))
    assert [await found(*lines) for lines in ((twice,), (back, twice), (first,))] == [
        january, december, january,  # the last is a credit note: the charge has its invoice
    ]  # fmt: skip
