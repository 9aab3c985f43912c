"""Closing a financial year: commitments go on, what was earned is booked, and the year is locked."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.catalogue.model import Organiser
from registry.checks.money import LEDGER, SETTLEMENT
from registry.checks.run import examine
from registry.checks.years import YEARS
from registry.settlement.bank.journal import ACCOUNTS, JournalMapping, journal_csv
from registry.settlement.bank.queries.journal import journal
from registry.settlement.years.queries import carried_lines, expenses_of_year, open_lines, years
from registry.settlement.years.rules import books_year, successor_code, to_carry
from registry.shared.actor import Sight, system
from registry.shared.database import Database, see
from registry.shared.errors import Invalid, Refused
from registry.vouchers.commands import expire_vouchers, reverse
from tests.registry.settlement.years.builders import AFTER, START, YEAR, Ended, ended

JUNE = datetime(2025, 6, 10, 9, tzinfo=UTC)
DECEMBER = datetime(2025, 12, 29, 9, tzinfo=UTC)
JANUARY = datetime(2026, 1, 8, 9, tzinfo=UTC)
MARCH = datetime(2026, 3, 3, 9, tzinfo=UTC)


async def sound(database: Database) -> None:
    """Every invariant of the ledger, the settlement and the years holds."""
    async with database.transaction() as session:
        organisers = (await session.scalars(select(Organiser.id))).all()
        await see(session, Sight(organisers=tuple(organisers)))
        found = [await examine(session, one) for one in (*LEDGER, *SETTLEMENT, *YEARS)]
    assert [f.line() for f in found if not f.ok] == []


async def accrued_and_carried(database: Database) -> tuple[Ended, UUID, UUID]:
    """A voucher of 1,000 € with 600 € used: June's 400 € approved in the year, December's 150 € not, and 50 € of the last
    days claimed in January. The other 400 € go on; a second voucher's 300 € too."""
    year = await ended(database)
    first, second = await year.voucher(), await year.voucher(cents=300_00, provider=1)
    await year.redeem(first, 400_00, JUNE)
    await year.redeem(first, 150_00, DECEMBER)
    await year.close_months(date(2025, 6, 1), now=JUNE + timedelta(days=30))
    await year.approve_all(now=JUNE + timedelta(days=40))
    await year.redeem(first, 50_00, JANUARY, on=date(2025, 12, 30))
    await year.close_months(date(2025, 12, 1), now=AFTER)
    await year.close_year()
    return year, first, second


async def test_open_commitments_go_to_the_next_years_line_and_what_was_earned_is_booked(
    database: Database,
) -> None:
    year, _, _ = await accrued_and_carried(database)
    assert await year.line(year.line_id) == (600_00, 100_000_00)
    assert await year.line(year.next_id) == (700_00, 100_000_00)
    assert (await year.expense_of(2025), await year.expense_of(2026)) == (600_00, -200_00)
    async with database.transaction(year.world.sight) as session:
        organiser = year.world.organiser_id
        (service,) = await expenses_of_year(session, organiser_id=organiser, year=YEAR)
        (carried,) = await carried_lines(session, organiser_id=organiser, year=YEAR)
        row = next(r for r in await years(session, organiser_id=organiser, now=AFTER) if r.year == YEAR)
    assert (service.approved_cents, service.accrued_cents, service.late_cents) == (400_00, 200_00, 0)
    assert (carried.vouchers, carried.cents) == (2, 700_00)
    assert (row.closed_at, row.carried, row.carried_cents, row.accrued_cents) == (AFTER, 2, 700_00, 200_00)
    await sound(database)


async def test_a_claim_that_comes_after_the_closing_is_the_next_years(database: Database) -> None:
    year, first, _ = await accrued_and_carried(database)
    await year.redeem(first, 70_00, MARCH, on=date(2025, 12, 31))
    await year.close_months(date(2026, 3, 1), now=MARCH + timedelta(days=40))
    await year.approve_all(now=MARCH + timedelta(days=50))
    # December's and January's claims were accrued and are taken back; the late one is this year's
    assert (await year.expense_of(2025), await year.expense_of(2026)) == (600_00, 70_00)
    async with database.transaction(year.world.sight) as session:
        (service,) = await expenses_of_year(session, organiser_id=year.world.organiser_id, year=2026)
    assert (service.approved_cents, service.accrued_cents, service.late_cents) == (0, 0, 70_00)
    await sound(database)


async def test_a_closed_year_takes_nothing_from_anybody(database: Database, owner_url: str) -> None:
    year, _, _ = await accrued_and_carried(database)
    world = year.world
    harm = (
        "INSERT INTO transfer (id, organiser_id, at, kind, from_account, from_id, to_account, to_id, amount_cents)"
        f" VALUES (gen_random_uuid(), '{world.organiser_id}', '2025-12-31 12:00Z', 'difference_more', 'difference',"
        f" '{world.organiser_id}', 'bank', '{world.organiser_id}', 1)",
        "INSERT INTO month_close (id, organiser_id, month, closed_at)"
        f" VALUES (gen_random_uuid(), '{world.organiser_id}', '2025-03-01', now())",
        f"UPDATE budget_line SET granted_cents = granted_cents + 1 WHERE id = '{year.line_id}'",
        f"UPDATE budget_line SET allocated_cents = allocated_cents + 1 WHERE id = '{year.line_id}'",
        "INSERT INTO budget_line (id, organiser_id, code, name, year, allocated_cents, granted_cents, active, created_at)"
        f" VALUES (gen_random_uuid(), '{world.organiser_id}', 'x', 'x', 2024, 1, 0, true, now())",
        "UPDATE year_close SET closed_at = NULL",
        "DELETE FROM year_close",
    )
    for statement in harm:
        with pytest.raises(DBAPIError, match=r"is closed|append-only|may not|never change"):
            async with database.transaction(world.sight) as session:
                await session.execute(text(statement.replace(":00Z", "\\:00Z")))
    # the provider's own session meets the same lock
    with pytest.raises(DBAPIError, match="the year 2025 is closed"):
        async with database.transaction(world.provider_actor().sight) as session:
            await session.execute(text(harm[0].replace(":00Z", "\\:00Z")))


async def test_a_closing_is_taken_up_where_it_stopped_and_changes_nothing_when_repeated(
    database: Database,
) -> None:
    year = await ended(database)
    for _ in range(3):
        await year.voucher(cents=100_00)
    begun = await year.start()
    assert (await year.step(limit=2)).carried == 2
    assert await year.line(year.next_id) == (200_00, 100_000_00)
    assert await year.start() == begun
    assert (await year.step(limit=2)).carried == 1
    done = await year.step(limit=2)
    again = await year.step(now=MARCH)
    assert done.closed_at == again.closed_at == AFTER
    assert await year.line(year.next_id) == (300_00, 100_000_00)
    await sound(database)


async def test_what_stands_in_the_way_is_said(database: Database) -> None:
    year = await ended(database, allocated_cents=500_00)
    shown = await year.voucher(cents=400_00)
    await year.redeem(shown, 50_00, JUNE)

    async def code_of(attempt: object) -> tuple[str, dict[str, object]]:
        with pytest.raises(Refused) as refused:
            await attempt  # type: ignore[misc]
        return refused.value.code, refused.value.facts

    assert (await code_of(year.start(now=DECEMBER)))[0] == "year.not_ended"
    assert await code_of(year.start()) == ("year.month_open", {"month": "2025-06"})
    assert (await code_of(year.step()))[0] == "year.not_begun"
    await year.close_months(date(2025, 12, 1), now=AFTER)
    with pytest.raises(Invalid) as lacking:
        await year.start(lines={})
    assert lacking.value.errors == {str(year.line_id): "year.line_missing"}
    with pytest.raises(Invalid) as wrong:
        await year.start(lines={year.line_id: year.world.budget_line_id, year.next_id: year.line_id})
    assert wrong.value.errors[str(year.next_id)] == "year.line_other_year"
    async with database.transaction(year.world.sight) as session:
        await session.execute(
            text("UPDATE budget_line SET allocated_cents = 100 WHERE id = :id"), {"id": year.next_id}
        )
    await year.start()
    code, facts = await code_of(year.step())
    assert (code, facts["line"], facts["wanted_cents"], facts["left_cents"]) == (
        "year.line_short",
        "oulu-2026",
        350_00,
        1_00,
    )


async def test_the_next_years_line_is_suggested(database: Database) -> None:
    year = await ended(database)
    await year.voucher()
    async with database.transaction(year.world.sight) as session:
        (line,) = await open_lines(session, organiser_id=year.world.organiser_id, year=YEAR)
    assert (line.vouchers, line.open_cents, line.suggested) == (1, 1_000_00, year.next_id)


async def test_what_comes_back_goes_to_the_line_that_it_came_from(database: Database) -> None:
    """A charge of the closed year is reversed and the vouchers expire: the next year's line gets what it took over, and
    the rest goes to the closed year's line, which can grant nothing of it."""
    year, first, _ = await accrued_and_carried(database)
    officer = year.officer
    async with database.transaction(officer.sight) as session:
        redemption_id = await session.scalar(
            text("SELECT id FROM redemption WHERE presentation_id = :shown AND value_cents = 40000"),
            {"shown": first},
        )
    provider = year.world.provider_actor()
    async with database.transaction(provider.sight) as session:
        await reverse(session, actor=provider, now=MARCH, redemption_id=redemption_id, reason="väärä päivä")
    after = datetime(2027, 6, 3, 9, tzinfo=UTC)
    async with database.transaction(officer.sight) as session:
        # the builder writes choices without taking the places that their ends give back
        await session.execute(text("UPDATE admission SET taken = 1"))
        await expire_vouchers(session, actor=system(year.world.organiser_id), now=after, limit=10)
    assert await year.line(year.next_id) == (0, 100_000_00)
    assert await year.line(year.line_id) == (200_00, 100_000_00)
    await sound(database)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_each_charge_is_the_expense_of_one_year(database: Database, seed: int) -> None:
    """Charges, late charges and reversals in any order around two closings: the ledger's expense of each year is the sum
    of what belongs to it by the date of service, or to the first open year where the claim came too late."""
    draw = random.Random(seed)
    year = await ended(database)
    vouchers = [await year.voucher(cents=5_000_00, provider=i % 2) for i in range(2)]
    known: list[tuple[date, datetime, int]] = []
    captured: list[tuple[UUID, date, int, int]] = []
    moment = datetime(2025, 10, 3, 9, tzinfo=UTC)
    closed: dict[int, datetime] = {}
    while moment < datetime(2026, 6, 1, tzinfo=UTC):
        act = draw.random()
        if act < 0.7:
            at, cents = draw.randrange(2), draw.randrange(10_00, 90_00)
            day = moment.date() - timedelta(days=draw.randrange(0, 40))
            made = await year.redeem(vouchers[at], cents, moment, on=max(day, START.date()), provider=at)
            known.append((max(day, START.date()), moment, cents))
            captured.append((made, max(day, START.date()), cents, at))
        elif captured:
            made, day, cents, at = captured.pop(draw.randrange(len(captured)))
            provider = year.world.provider_actor(at)
            async with database.transaction(provider.sight) as session:
                await reverse(session, actor=provider, now=moment, redemption_id=made, reason="väärä päivä")
            known.append((day, moment, -cents))
        if draw.random() < 0.3 and moment.month != 10:
            first = (moment.replace(day=1) - timedelta(days=1)).replace(day=1).date()
            await year.close_months(first, now=moment)
            await year.approve_all(now=moment)
        moment += timedelta(days=draw.randrange(3, 14))
        if not closed and moment > AFTER:
            await year.close_months(date(2025, 12, 1), now=moment)
            await year.close_year(now=moment)
            closed[YEAR] = moment
    await year.close_months(date(2026, 5, 1), now=moment)
    await year.approve_all(now=moment)
    wanted: dict[int, int] = defaultdict(int)
    for day, at_moment, cents in known:
        wanted[books_year(day, at_moment, closed)] += cents
    assert {y: await year.expense_of(y) for y in (2025, 2026)} == {y: wanted[y] for y in (2025, 2026)}
    async with database.transaction(year.world.sight) as session:
        for y in (2025, 2026):
            shown = await expenses_of_year(session, organiser_id=year.world.organiser_id, year=y)
            assert sum(service.expense_cents for service in shown) == wanted[y]
    await sound(database)


def test_a_charge_belongs_to_the_year_of_its_service_until_that_is_closed() -> None:
    closed = {2025: datetime(2026, 2, 1, tzinfo=UTC), 2026: datetime(2027, 2, 1, tzinfo=UTC)}
    in_january, in_march = datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    assert books_year(date(2025, 12, 31), in_january, closed) == 2025
    assert books_year(date(2025, 12, 31), closed[2025], closed) == 2026
    assert books_year(date(2025, 12, 31), in_march, closed) == 2026
    assert books_year(date(2025, 12, 31), closed[2026], closed) == 2027
    assert books_year(date(2026, 1, 1), in_january, closed) == 2026


def test_a_line_carries_no_more_than_came_from_it() -> None:
    assert to_carry(open_cents=400, of_line_cents=1_000) == 400
    assert to_carry(open_cents=1_000, of_line_cents=400) == 400
    assert to_carry(open_cents=10, of_line_cents=-5) == 0


def test_the_next_years_code_is_the_same_with_its_number() -> None:
    assert successor_code("PS-2025", 2025) == "PS-2026"
    assert successor_code("PS-25", 2025) == "PS-26"
    assert successor_code("PS-20251", 2025) == "PS-20251"
    assert successor_code("PS", 2025) == "PS"


async def test_the_journal_books_the_accrual_in_december_and_takes_it_back_in_january(
    database: Database,
) -> None:
    year, _, _ = await accrued_and_carried(database)
    sums = []
    async with database.transaction(year.world.sight) as session:
        for month in (date(2025, 12, 1), date(2026, 1, 1)):
            postings = await journal(session, organiser_id=year.world.organiser_id, month=month)
            services = {p.service for p in postings if p.service}
            mapping = JournalMapping(
                {name: name for name in ACCOUNTS}, dict.fromkeys(services, "3010"), {"2550": "A1"}
            )
            assert journal_csv(postings, mapping)  # balanced, and nothing of it unmapped
            sums.append({a: sum(p.debit_cents for p in postings if p.account == a) for a in ACCOUNTS})
    december, january = sums
    assert (december["expense"], december["vat"], december["accrued"]) == (159_36, 40_64, -200_00)
    assert {a: -cents for a, cents in january.items()} == december
