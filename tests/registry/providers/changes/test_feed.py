"""A copy kept from the change feed alone is the register, whatever happens at once."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from registry.catalogue.model import Organiser, Service, VoucherTerms
from registry.providers.changes.commands import publish_changes
from registry.providers.changes.model import RegisterChange, RegisterEntry
from registry.providers.changes.queries import Change, changes_after, newest_changes
from registry.providers.changes.rules import columns_of, kind_of
from registry.providers.model import Admission, Provider
from registry.providers.queries.open_data import register_rows, register_values
from registry.retention import delete_old
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, add_provider, build_world

Copy = dict[str, dict[str, Any]]


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


async def publish(database: Database, *, now: Any = NOW, limit: int = 50) -> int:
    """Until nothing is left to be said; how many approvals were looked at."""
    total = 0
    while True:
        async with database.transaction() as session:
            count = await publish_changes(session, actor=system(), now=now, limit=limit)
        if count == 0:
            return total
        total += count


async def register(database: Database, on: date = TODAY) -> Copy:
    async with database.transaction() as session:
        rows = await register_rows(session, on=on, limit=10_000)
    return {str(row.offer.admission_id): register_values(row) for row in rows}


async def changes(database: Database, after: int = 0, limit: int = 10_000) -> list[Change]:
    async with database.transaction() as session:
        return await changes_after(session, position=after, limit=limit)


def apply(copy: Copy, change: Change) -> None:
    if change.entry is None:
        del copy[str(change.admission_id)]
    else:
        copy[str(change.admission_id)] = change.entry


def copied(found: list[Change]) -> Copy:
    copy: Copy = {}
    for change in found:
        apply(copy, change)
    return copy


async def change(database: Database, model: Any, which: UUID, **values: Any) -> None:
    async with database.transaction() as session:
        await session.execute(update(model).where(model.id == which).values(**values))


class Writer:
    """Does one thing after another to the register, each in a transaction of its own that takes its time."""

    def __init__(self, database: Database, world: World, seed: int) -> None:
        self.database, self.world, self.chance = database, world, random.Random(seed)

    async def run(self, steps: int) -> None:
        acts: list[Callable[[], Awaitable[None]]] = [
            self._price, self._state, self._state, self._rename, self._admit, self._nothing_public
        ]  # fmt: skip
        for _ in range(steps):
            await self.chance.choice(acts)()

    async def _admission(self, **values: Any) -> None:
        which = self.chance.choice(self.world.admissions)
        async with self.database.transaction() as session:
            await session.execute(update(Admission).where(Admission.id == which).values(**values))
            # commits in another order than it began, and than any sequence would have counted
            await session.execute(text("SELECT pg_sleep(:s)"), {"s": self.chance.random() / 50})

    async def _price(self) -> None:
        await self._admission(unit_price_cents=self.chance.randrange(30_00, 60_00))

    async def _state(self) -> None:
        await self._admission(state=self.chance.choice(["active", "suspended", "removed"]))

    async def _nothing_public(self) -> None:
        await self._admission(places=self.chance.randrange(5, 50))

    async def _rename(self) -> None:
        which = self.chance.choice(self.world.providers)
        await change(self.database, Provider, which, name=f"Nimi {self.chance.random()}")

    async def _admit(self) -> None:
        async with self.database.transaction(self.world.sight) as session:
            await add_provider(session, self.world, name=f"Uusi {self.chance.random()}")


async def test_a_copy_kept_while_everybody_writes_equals_the_register(
    database: Database, world: World
) -> None:
    """Four writers, two workers and a reader at once; the reader asks for three changes at a time."""
    writing = True
    copy: Copy = {}
    seen: list[int] = []

    async def work() -> None:
        while writing:
            async with database.transaction() as session:
                await publish_changes(session, actor=system(), now=NOW, limit=2)

    async def read() -> None:
        for change in await changes(database, after=seen[-1] if seen else 0, limit=3):
            apply(copy, change)
            seen.append(change.position)

    async def keep_reading() -> None:
        while writing:
            await read()

    others = [asyncio.create_task(task) for task in (work(), work(), keep_reading())]
    await asyncio.gather(*(Writer(database, world, seed).run(25) for seed in range(4)))
    writing = False
    await asyncio.gather(*others)
    await publish(database)
    while (before := len(seen)) is not None:
        await read()
        if len(seen) == before:
            break
    assert copy == await register(database)
    assert seen == list(range(1, len(seen) + 1)), "no hole, no repeat, in order"
    assert len(seen) > len(copy)


async def test_each_change_has_its_name_and_tells_what_differs(database: Database, world: World) -> None:
    first = world.admissions[0]
    await publish(database)
    assert {c.kind for c in await changes(database)} == {"admitted"}
    told = []
    for values in (
        {"unit_price_cents": 50_00},
        {"state": "suspended"},
        {"state": "active", "unit_price_cents": 51_00},
        {"languages": ["fi", "sv"]},
        {"places": 50, "taken": 3},
        {"state": "removed"},
    ):
        before = (await changes(database))[-1].position
        await change(database, Admission, first, **values)
        await publish(database)
        told.append([(c.kind, c.changed, c.entry is None) for c in await changes(database, after=before)])
    assert told == [
        [("price", ("unit_price",), False)],
        [("suspended", ("state",), False)],
        [("reinstated", ("state", "unit_price"), False)],
        [("changed", ("languages",), False)],
        [],
        [("left", (), True)],
    ]
    async with database.transaction() as session:
        assert await session.get(RegisterEntry, first) is None
        newest = await newest_changes(session, before=4, limit=2)
    assert [c.position for c in newest] == [3, 2]


async def test_whatever_a_row_is_made_of_is_noticed(database: Database, world: World) -> None:
    """No command tells the feed anything: a name of the service, a unit, an organiser's code, a day that comes."""
    later = TODAY + timedelta(days=30)
    await change(database, Admission, world.admissions[0], valid_until=TODAY + timedelta(days=20))
    await change(database, Admission, world.admissions[1], next_start=TODAY)
    for model, which, values in (
        (Service, world.service_id, {"name_sv": "Nytt namn"}),
        (Service, world.service_id, {"code": "uusi-koodi"}),
        (Organiser, world.organiser_id, {"code": "toinen"}),
        (Provider, world.provider_id, {"street": "Katu 1"}),
        (Provider, world.provider_id, {"form": "sole_trader"}),
        (Admission, world.admissions[1], {"languages_verified": ["fi"]}),
        (Admission, world.admissions[1], {"same_coach": True}),
    ):
        await publish(database)
        await change(database, model, which, **values)
        assert copied(await changes(database)) != await register(database), values
        await publish(database)
        assert copied(await changes(database)) == await register(database), values
    async with database.transaction(world.sight) as session:
        terms = await session.get_one(VoucherTerms, world.terms_id)
        values = {name: getattr(terms, name) for name in VoucherTerms.__table__.c.keys()}  # noqa: SIM118
        session.add(VoucherTerms(**values | {"id": uuid7(), "version": 2, "unit_name": "session"}))
    await publish(database)
    assert {row["unit"] for row in copied(await changes(database)).values()} == {"session"}
    await publish(database, now=NOW + timedelta(days=30))
    copy = copied(await changes(database))
    assert copy == await register(database, later)
    assert str(world.admissions[0]) not in copy, "its term has ended"
    assert copy[str(world.admissions[1])]["next_start"] is None


async def test_nothing_is_said_twice_and_the_sandbox_says_nothing(database: Database, world: World) -> None:
    assert await publish(database) == len(world.admissions)
    assert await publish(database) == 0
    await change(database, Organiser, world.organiser_id, sandbox=True)
    await publish(database)
    assert copied(await changes(database)) == await register(database) == {}


async def test_old_changes_go_and_a_new_copy_is_still_the_register(database: Database, world: World) -> None:
    await publish(database)
    for price in (40_00, 41_00, 42_00):
        await change(database, Admission, world.admissions[0], unit_price_cents=price)
        await publish(database)
    async with database.transaction(world.sight) as session:
        count = select(func.count()).select_from(RegisterChange)
        before = await session.scalar(count)
        assert await delete_old(session, table="register_change", now=NOW + timedelta(days=89), limit=9) == 0
        assert await delete_old(session, table="register_change", now=NOW + timedelta(days=91), limit=9) == 3
        assert await session.scalar(count) == (before or 0) - 3
    assert copied(await changes(database)) == await register(database)
    await change(database, Admission, world.admissions[0], unit_price_cents=43_00)
    await publish(database)
    assert copied(await changes(database)) == await register(database)


def test_a_change_of_nothing_has_no_name() -> None:
    row = {"state": "active", "unit_price": 60.0, "vat_percent": 25.5}
    assert kind_of(row, dict(row)) is None
    assert kind_of(None, None) is None
    assert kind_of(row, row | {"vat_percent": 14.0}) == "price"
    assert columns_of(row, row | {"new": 1}) == ["new"]
