"""Prices by their days: notice for a raise, a lower one at once, the day on which one becomes current, no overlap."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.providers.keeping.model import AdmissionPrice
from registry.providers.keeping.prices import make_prices_current, set_price, turn_vat_rates
from registry.providers.keeping.queries import coming_prices
from registry.providers.keeping.rules import Afterwards, KeepingTerms, earliest_price_day
from registry.providers.keeping.terms import set_keeping_terms
from registry.providers.model import Admission
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import DomainError, Forbidden
from registry.shared.identifiers import uuid7
from registry.shared.vat import Vat, vat_in
from tests.builders import NOW, TODAY, World, build_world
from tests.conftest import TEST_KEYS
from tests.registry.vouchers.steps import Steps

DAY = timedelta(days=1)


def days(count: int) -> timedelta:
    return count * DAY


async def set_(
    database: Database, world: World, cents: int, day: date, *, now: Any = NOW, rate_bp: int = 2550
) -> UUID:
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        return await set_price(
            session,
            actor=actor,
            now=now,
            admission_id=world.admissions[0],
            unit_price_cents=cents,
            vat_rate_bp=rate_bp,
            valid_from=day,
        )


async def current(database: Database, world: World) -> int:
    async with database.transaction() as session:
        return (await session.get_one(Admission, world.admissions[0])).unit_price_cents


async def rows(database: Database) -> list[tuple[int, date, date | None]]:
    async with database.transaction() as session:
        found = await session.scalars(select(AdmissionPrice).order_by(AdmissionPrice.valid_from))
        return [(row.unit_price_cents, row.valid_from, row.valid_until) for row in found]


async def come(database: Database, world: World, day: date) -> int:
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        return await make_prices_current(session, actor=actor, now=NOW + (day - TODAY), limit=10)


def test_a_raise_has_its_notice_and_a_lower_price_none() -> None:
    def earliest(wanted: int) -> date:
        return earliest_price_day(now_cents=50_00, wanted_cents=wanted, today=TODAY, notice_days=30)

    assert (earliest(49_99), earliest(50_00), earliest(50_01)) == (TODAY, TODAY, TODAY + days(30))


async def test_a_lower_price_holds_at_once_and_a_raise_on_its_day(database: Database) -> None:
    world = await build_world(database)
    began = TODAY - days(100)
    await set_(database, world, 50_00, TODAY)
    assert await current(database, world) == 50_00
    with pytest.raises(DomainError, match=r"price\.notice_too_short") as early:
        await set_(database, world, 55_00, TODAY + days(29))
    assert early.value.facts == {"earliest": (TODAY + days(30)).isoformat()}
    await set_(database, world, 55_00, TODAY + days(30))
    assert await current(database, world) == 50_00
    assert await come(database, world, TODAY + days(29)) == 0
    assert await come(database, world, TODAY + days(30)) == 1
    assert await come(database, world, TODAY + days(30)) == 0
    assert await current(database, world) == 55_00
    assert await rows(database) == [
        (60_00, began, TODAY),
        (50_00, TODAY, TODAY + days(30)),
        (55_00, TODAY + days(30), None),
    ]


async def test_what_was_announced_gives_way_to_a_later_word(database: Database) -> None:
    world = await build_world(database)
    await set_(database, world, 50_00, TODAY)
    await set_(database, world, 55_00, TODAY + days(40))
    await set_(database, world, 58_00, TODAY + days(30))
    await set_(database, world, 49_00, TODAY)  # set twice on a day: the later word counts
    assert await rows(database) == [(60_00, TODAY - days(100), TODAY), (49_00, TODAY, None)]
    async with database.transaction() as session:
        assert await coming_prices(session, world.admissions) == {}


async def test_above_the_ceiling_is_not_the_providers_to_set(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(DomainError, match=r"price\.above_ceiling"):
        await set_(database, world, 60_01, TODAY + days(60))
    with pytest.raises(Forbidden):
        async with database.transaction(world.sight) as session:
            await set_price(
                session, actor=world[Role.REGISTER_OFFICER], now=NOW, admission_id=world.admissions[0],
                unit_price_cents=50_00, vat_rate_bp=2550, valid_from=TODAY,
            )  # fmt: skip


@pytest.mark.parametrize(("category", "reason"), [("E", "AVL 39 §"), ("O", "Ei rekisterissä")])
async def test_another_price_at_no_rate_keeps_why_there_is_no_vat(
    database: Database, category: str, reason: str
) -> None:
    world = await build_world(database, providers=1)
    async with database.transaction() as session:
        admission = await session.get_one(Admission, world.admissions[0])
        admission.vat_rate_bp, admission.vat_category, admission.vat_reason = 0, category, reason
    await set_(database, world, 50_00, TODAY, rate_bp=0)
    async with database.transaction() as session:
        row = await session.get_one(Admission, world.admissions[0])
        held = await session.scalar(select(AdmissionPrice).where(AdmissionPrice.valid_until.is_(None)))
    assert row.unit_price_cents == 50_00
    assert held is not None
    assert (vat_in(row), vat_in(held)) == (Vat(0, category, reason),) * 2


async def test_the_organiser_sets_the_notice(database: Database) -> None:
    world = await build_world(database)
    await set_(database, world, 50_00, TODAY)
    administrator = world[Role.ORGANISER_ADMINISTRATOR]
    async with database.transaction(administrator.sight) as session:
        await set_keeping_terms(
            session, actor=administrator, now=NOW, service_id=world.service_id,
            terms=KeepingTerms(7, 30, Afterwards.SUSPEND),
        )  # fmt: skip
    with pytest.raises(DomainError, match=r"price\.notice_too_short") as early:
        await set_(database, world, 55_00, TODAY + days(6))
    assert early.value.facts == {"earliest": (TODAY + days(7)).isoformat()}
    await set_(database, world, 55_00, TODAY + days(7))


async def test_standing_choices_keep_the_price_that_was_agreed(database: Database) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    assignment_id = await steps.choose(await steps.grant(), 0)
    await set_(database, world, 50_00, TODAY)
    assert (await steps.assignment(assignment_id)).agreed_unit_price_cents == 60_00


def price(world: World, index: int, first: date, last: date | None, **columns: Any) -> AdmissionPrice:
    values = {"unit_price_cents": 1, "vat_rate_bp": 0, "set_at": NOW, "current_since": NOW} | columns
    return AdmissionPrice(
        id=uuid7(), admission_id=world.admissions[index], valid_from=first, valid_until=last, **values
    )


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        (date(2027, 2, 1), date(2027, 3, 1), False),  # begins on the day on which the other one ends
        (date(2026, 12, 1), date(2027, 1, 1), False),
        (date(2027, 1, 31), date(2027, 3, 1), True),
        (date(2026, 12, 1), date(2027, 1, 2), True),
        (date(2027, 1, 10), date(2027, 1, 11), True),
        (date(2020, 1, 1), None, True),
    ],
)
async def test_the_database_refuses_two_prices_on_one_day(
    database: Database, first: date, last: date | None, refused: bool
) -> None:
    world = await build_world(database, providers=2)
    async with database.transaction() as session:
        session.add(price(world, 0, date(2027, 1, 1), date(2027, 2, 1)))
        session.add(price(world, 1, first, last))  # of another admission: never in the way

    async def second() -> None:
        async with database.transaction() as session:
            session.add(price(world, 0, first, last))

    if not refused:
        await second()
        return
    with pytest.raises(IntegrityError, match="ex_admission_price_overlap"):
        await second()


async def test_of_two_at_once_one_is_refused_past_every_command(database: Database) -> None:
    world = await build_world(database)
    met = asyncio.Barrier(2)

    async def insert(cents: int) -> bool:
        try:
            async with database.transaction() as session:
                await session.execute(text("SELECT 1"))
                await met.wait()
                session.add(price(world, 0, date(2027, 1, cents), None, unit_price_cents=cents))
        except IntegrityError:
            return False
        return True

    assert sorted(await asyncio.gather(insert(1), insert(2))) == [False, True]


async def test_two_raises_at_once_leave_one(database: Database) -> None:
    world = await build_world(database)
    await set_(database, world, 50_00, TODAY)
    await asyncio.gather(
        set_(database, world, 55_00, TODAY + days(30)), set_(database, world, 56_00, TODAY + days(45))
    )
    assert len(await rows(database)) == 3


async def test_a_price_that_is_announced_for_the_laws_first_day_takes_its_place_and_is_turned(
    database: Database,
) -> None:
    """Announced in December at December's rate: the same price goes on, and only what of it is VAT is the law's."""
    world = await build_world(database, providers=1)
    first, before = date(2026, 1, 1), NOW.replace(year=2025, month=12, day=1)
    async with database.transaction() as session:
        admission = await session.get_one(Admission, world.admissions[0])
        admission.vat_rate_bp, admission.valid_from = 1400, date(2025, 11, 1)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await set_price(
            session, actor=actor, now=before, admission_id=world.admissions[0], unit_price_cents=50_00,
            vat_rate_bp=1400, valid_from=first,
        )  # fmt: skip
    runner, day = system(world.organiser_id), NOW.replace(year=2026, month=1, day=1)

    async def run(job: Any) -> Any:
        async with database.transaction(runner.sight) as session:
            return await job(session, actor=runner, now=day, limit=10)

    jobs = (turn_vat_rates, make_prices_current, turn_vat_rates, turn_vat_rates)
    assert [await run(job) for job in jobs] == [0, 1, 1, 0]
    assert await rows(database) == [(60_00, date(2025, 11, 1), first), (50_00, first, None)]
    async with database.transaction() as session:
        row = await session.get_one(Admission, world.admissions[0])
    assert (row.unit_price_cents, row.vat_rate_bp, row.vat_category, row.vat_since) == (
        50_00,
        1350,
        "S",
        first,
    )
