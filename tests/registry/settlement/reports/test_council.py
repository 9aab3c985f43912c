"""The council's quarter: what it counts, what it withholds, and that it stays as it was published."""

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from registry.people.model import Client
from registry.settlement.reports.council import council_content
from registry.settlement.reports.model import CouncilReport
from registry.settlement.reports.publishing import publish_council, tell_unit_cost
from registry.settlement.reports.rules import Way, median, quarter_of, tellable, uncounted
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Refused
from tests.builders import World, add_client, build_world
from tests.registry.settlement.builders import IN_OCTOBER, redeem_at, show_voucher

Q4 = date(2026, 10, 1)
NEXT_YEAR = datetime(2027, 1, 5, 9, tzinfo=UTC)


async def used_by(database: Database, world: World, municipality: str, people: int) -> None:
    """So many clients of a municipality, each with one visit of 60 € in October."""
    for _ in range(people):
        async with database.transaction(world.sight) as session:
            client_id = await add_client(session, world)
            await session.execute(
                update(Client).where(Client.id == client_id).values(municipality_code=municipality)
            )
        shown = await show_voucher(
            database,
            world,
            value_cents=500_00,
            client_id=client_id,
            early=datetime(2026, 10, 2, 9, tzinfo=UTC),
        )
        await redeem_at(database, world, shown, 60_00, IN_OCTOBER)


async def content(database: Database, world: World) -> dict[str, Any]:
    async with database.transaction(world.sight) as session:
        return await council_content(session, organiser_id=world.organiser_id, quarter=Q4)


async def test_small_municipalities_are_told_together(database: Database) -> None:
    world = await build_world(database)
    for municipality, people in (("564", 7), ("244", 3), ("853", 2)):
        await used_by(database, world, municipality, people)
    found = await content(database, world)
    rows = {row["key"]: row for row in found["municipalities"]}
    assert rows.keys() == {"564", "others"}
    assert (rows["564"]["clients"], rows["564"]["cents"]) == (7, 420_00)
    assert (rows["others"]["of"], rows["others"]["clients"], rows["others"]["cents"]) == (2, 5, 300_00)
    (service,) = found["services"]
    assert (service["clients"], service["visits"], service["granted"], service["waiting_days"]) == (
        12, 12, 12, 8.0,
    )  # fmt: skip
    (unit,) = found["unit_costs"]
    assert (unit["voucher"], unit["own_production"], unit["purchase"]) == (60_00, None, None)


async def test_a_single_small_municipality_hides_another_beside_it(database: Database) -> None:
    world = await build_world(database)
    for municipality, people in (("564", 7), ("244", 6), ("853", 2)):
        await used_by(database, world, municipality, people)
    found = await content(database, world)
    rows = {row["key"]: row["clients"] for row in found["municipalities"]}
    assert rows == {"564": 7, "others": 8}


async def test_whose_identity_is_protected_has_no_municipality_here(database: Database) -> None:
    world = await build_world(database)
    await used_by(database, world, "564", 11)
    async with database.transaction(world.sight) as session:
        some = (await session.scalars(select(Client.id).order_by(Client.id).limit(6))).all()
        await session.execute(
            text("UPDATE client_person SET protected = true WHERE client_id = ANY (CAST(:ids AS uuid[]))"),
            {"ids": list(some)},
        )
    found = await content(database, world)
    rows = {row["key"]: row["clients"] for row in found["municipalities"]}
    assert rows.keys() == {"564", "unknown"}
    assert sum(rows.values()) == 11


async def test_nothing_is_told_of_fewer_than_five_people_in_all(database: Database) -> None:
    world = await build_world(database)
    await used_by(database, world, "564", 4)
    found = await content(database, world)
    assert found["total"] == dict.fromkeys(found["total"]) | {"unused": 0}
    # four people were granted and used vouchers: not even where they live is told
    assert (found["municipalities"], found["services"]) == ([], [])
    assert found["unit_costs"] == []


async def test_a_published_report_stays_as_it_is(database: Database, owner_url: str) -> None:
    world = await build_world(database)
    await used_by(database, world, "564", 6)
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        await tell_unit_cost(
            session, actor=officer, now=NEXT_YEAR, quarter=Q4, service_id=world.service_id, way=Way.PURCHASE,
            units=10_00, cost_cents=750_00, source="Hankinnan raportti",
        )  # fmt: skip
        with pytest.raises(Refused, match=r"council\.not_ended"):
            await publish_council(session, actor=officer, now=IN_OCTOBER, quarter=Q4)
        first = await publish_council(session, actor=officer, now=NEXT_YEAR, quarter=Q4)
    await used_by(database, world, "244", 1)  # a visit that is told of later: nobody may subtract
    async with database.transaction(officer.sight) as session:
        assert await publish_council(session, actor=officer, now=NEXT_YEAR, quarter=Q4) == first
        row = await session.get_one(CouncilReport, first)
        assert row.content["total"]["clients"] == 6
        assert row.content["unit_costs"][0]["purchase"] == 75_00
        with pytest.raises(Refused, match=r"council\.published"):
            await tell_unit_cost(
                session, actor=officer, now=NEXT_YEAR, quarter=Q4, service_id=world.service_id,
                way=Way.PURCHASE, units=1, cost_cents=1, source="x",
            )  # fmt: skip
    with pytest.raises(DBAPIError):
        async with database.transaction(officer.sight) as session:
            await session.execute(text("UPDATE council_report SET content = '{}'"))


@pytest.mark.parametrize("seed", range(40))
def test_no_sum_gives_a_few_people_away(seed: int) -> None:
    """Whatever the rows: everything that can be had by subtracting told rows from the total has nobody in it or five."""
    draw = random.Random(seed)
    people = {
        str(row): tuple(
            {f"{row}-{column}-{n}" for n in range(draw.choice((0, 1, 3, 4, 5, 8, 20)))} for column in range(3)
        )
        for row in range(draw.randrange(1, 7))
    }
    told = tellable(people)
    kept = [column for column in range(3) if column not in told.withheld]
    there = [row for row, cells in people.items() if any(cells[column] for column in kept)]
    assert sorted({*told.alone, *told.together}) == sorted(there)
    for column in range(3):
        total = sum(len(cells[column]) for cells in people.values())
        if column in told.withheld:
            assert 0 < total < 5
            continue
        alone = [len(people[row][column]) for row in told.alone]
        assert all(n == 0 or n >= 5 for n in alone)
        rest = total - sum(alone)
        assert rest == 0 or rest >= 5
    assert len(told.together) != 1 or len(there) == 1


@pytest.mark.parametrize("seed", range(40))
def test_no_number_of_people_less_another_counts_a_few(seed: int) -> None:
    """People may stand in several rows. The total less any number that is told leaves nobody or five people; and where
    every row is told, so does what their sum has too much."""
    draw = random.Random(seed)
    crowd = [f"p{n}" for n in range(draw.choice((6, 9, 14, 30)))]
    people = {
        str(row): (set(draw.sample(crowd, draw.randrange(len(crowd) + 1))),)
        for row in range(draw.randrange(2, 6))
    }
    told = tellable(people)
    rows = {row: people[row][0] for row in told.alone}
    if told.together:
        rows["others"] = set().union(*(people[row][0] for row in told.together))
    hidden = uncounted(rows)
    everybody = set().union(*rows.values())
    counted = {row: found for row, found in rows.items() if row not in hidden}
    for found in counted.values():
        assert not 0 < len(everybody) - len(found) < 5
    if not hidden:
        several = {one for one in everybody if sum(one in found for found in rows.values()) > 1}
        assert not 0 < len(several) < 5


def test_people_of_several_services_are_not_counted_out() -> None:
    many = {f"a{n}" for n in range(10)}
    assert uncounted({"a": many, "b": {*list(many)[:5], "one"}}) == {"a"}, (
        "the total less a would be one person"
    )
    assert uncounted({"a": many, "b": {f"b{n}" for n in range(7)} | {"a0"}}) == {"b"}, "one is in both"
    assert uncounted({"a": many, "b": {f"b{n}" for n in range(7)}}) == frozenset()
    assert uncounted({}) == frozenset()


async def test_a_way_of_providing_that_few_used_has_no_unit_cost(database: Database) -> None:
    world = await build_world(database, providers=2)
    await used_by(database, world, "564", 6)
    async with database.transaction(world.sight) as session:
        some = list(await session.scalars(text("SELECT id FROM redemption ORDER BY id LIMIT 2")))
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE provider SET own_production_of = :o WHERE id = :p"),
            {"o": world.organiser_id, "p": world.providers[1]},
        )
    async with database.transaction(world.sight) as session:
        await session.execute(
            text("UPDATE redemption SET provider_id = :p WHERE id = ANY (CAST(:ids AS uuid[]))"),
            {"p": world.providers[1], "ids": some},
        )
    (unit,) = (await content(database, world))["unit_costs"]
    assert (unit["voucher"], unit["own_production"]) == (None, None), "four people and two"


def test_quarters_and_medians() -> None:
    assert quarter_of(date(2026, 12, 31)) == Q4
    assert quarter_of(date(2027, 1, 1)) == date(2027, 1, 1)
    assert (median([3, 1, 2]), median([4, 1]), median([])) == (2.0, 2.5, None)
