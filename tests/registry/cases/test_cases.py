"""Cases: on the list once, due first, closed once, and by whom they concern."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.audit.queries import history
from registry.cases.commands import NewCase, close_case, close_moot, open_case, open_cases, take_case
from registry.cases.queries import (
    case_view,
    cases_about,
    cases_due,
    closed_cases,
    counts,
)
from registry.cases.queries import (
    open_cases as list_open,
)
from registry.cases.rules import CASE_KINDS, WITHOUT_PROVIDER, call_by, due_on
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, build_world


def new(world: World, **values: Any) -> NewCase:
    usual: dict[str, Any] = {
        "organiser_id": world.organiser_id,
        "kind": "voucher_refused",
        "subject_kind": "voucher",
        "subject_id": uuid7(),
        "due_on": TODAY,
        "role": Role.CASE_WORKER,
    }
    return NewCase(**(usual | values))


async def opened(database: Database, world: World, *cases: NewCase) -> list[UUID]:
    async with database.transaction(world.sight) as session:
        done = await open_cases(session, actor=system(world.organiser_id), now=NOW, cases=cases)
    return [done.ids[case.kind, case.subject_id] for case in cases]


async def test_a_thing_to_do_is_on_the_list_once_however_many_open_it_at_once(database: Database) -> None:
    world = await build_world(database)
    cases = [new(world) for _ in range(5)]
    answers = await asyncio.gather(*(opened(database, world, *cases[::step]) for step in (1, -1) * 4))
    assert len({case_id for ids in answers for case_id in ids}) == 5
    async with database.transaction(world.sight) as session:
        events = await session.scalars(select(AuditEvent.action))
        assert events.all() == ["case.opened"] * 5


async def test_once_closed_it_may_be_opened_again(database: Database) -> None:
    world = await build_world(database)
    case = new(world)
    (first,) = await opened(database, world, case)
    async with database.transaction(world.sight) as session:
        await close_case(
            session, actor=world[Role.CASE_WORKER], now=NOW, case_id=first, resolution="Soitettu"
        )
    (second,) = await opened(database, world, case)
    assert second != first


async def test_closing_twice_is_refused_also_at_once(database: Database) -> None:
    world = await build_world(database)
    (case_id,) = await opened(database, world, new(world))

    async def close() -> str:
        try:
            async with database.transaction(world.sight) as session:
                await close_case(
                    session, actor=world[Role.CASE_WORKER], now=NOW, case_id=case_id, resolution="x"
                )
        except Refused as refused:
            return refused.code
        return "closed"

    answers = await asyncio.gather(*(close() for _ in range(4)))
    assert sorted(answers) == ["case.closed_already"] * 3 + ["closed"]


async def test_what_the_closer_wrote_is_not_in_the_audit_trail(database: Database) -> None:
    world = await build_world(database)
    (case_id,) = await opened(database, world, new(world))
    async with database.transaction(world.sight) as session:
        await close_case(
            session, actor=world[Role.CASE_WORKER], now=NOW, case_id=case_id, resolution="Liisa on raskaana"
        )
    async with database.transaction(world.sight) as session:
        events = await history(session, subject_id=case_id)
        view = await case_view(session, case_id=case_id)
    assert [(e.from_state, e.to_state) for e in events] == [(None, "open"), ("open", "closed")]
    assert "Liisa" not in str(events)
    assert view is not None
    assert (view.resolution, view.closed_by_name) == ("Liisa on raskaana", "case_worker")


async def test_the_list_shows_mine_and_my_role_s_due_first_page_by_page(database: Database) -> None:
    world = await build_world(database)
    me = world[Role.CASE_WORKER]
    other = world[Role.AUDITOR].id
    days = [5, 1, 3, 1, 4]
    mine = await opened(
        database,
        world,
        *(
            new(
                world, due_on=TODAY + timedelta(days=n), owner_id=me.id if n % 2 else None, kind="call_wanted"
            )
            for n in days
        ),
    )
    await opened(database, world, new(world, owner_id=other), new(world, role=Role.FINANCE_OFFICER))
    async with database.transaction(world.sight) as session:
        pages: list[UUID] = []
        after: tuple[date, UUID] | None = None
        while True:
            found, after = await list_open(session, actor=me, after=after, limit=2)
            pages += [case.id for case in found]
            if after is None:
                break
        assert pages == [mine[i] for i in sorted(range(5), key=lambda i: (days[i], mine[i]))]
        assert await counts(session, actor=me) == {"call_wanted": 5}
        assert await counts(session, actor=me, others=True) == {"call_wanted": 5, "voucher_refused": 1}
        due = await cases_due(session, me.id or uuid7(), until=TODAY + timedelta(days=1))
        assert [case.due_on for case in due] == [TODAY + timedelta(days=1)] * 2


async def test_taking_a_case_makes_it_one_s_own(database: Database) -> None:
    world = await build_world(database)
    me: Actor = world[Role.CASE_WORKER]
    (case_id,) = await opened(database, world, new(world))
    async with database.transaction(world.sight) as session:
        await take_case(session, actor=me, now=NOW, case_id=case_id)
        await take_case(session, actor=me, now=NOW, case_id=case_id)
    async with database.transaction(world.sight) as session:
        events = await history(session, subject_id=case_id)
        assert [e.action for e in events] == ["case.opened", "case.taken"]
        view = await case_view(session, case_id=case_id)
        assert view is not None
        assert view.owner_id == me.id
        assert (await cases_about(session, [view.subject_id]))[view.subject_id] == [view]


async def test_a_moot_case_is_closed_without_words_and_a_closed_one_left_alone(database: Database) -> None:
    world = await build_world(database)
    (case_id,) = await opened(database, world, new(world))
    for expected in (1, 0):
        async with database.transaction(world.sight) as session:
            assert (
                await close_moot(session, actor=system(), now=NOW, case_ids=[case_id], why="provider.found")
                == expected
            )
    async with database.transaction(world.sight) as session:
        (case,) = await closed_cases(session, actor=world[Role.CASE_WORKER])
        assert (case.resolution, case.closed_by_name) == (None, None)


async def test_another_organiser_s_case_is_unknown(database: Database) -> None:
    mine, theirs = await build_world(database, code="oulu"), await build_world(database, code="turku")
    (case_id,) = await opened(database, theirs, new(theirs))
    me = mine[Role.CASE_WORKER]
    async with database.transaction(mine.sight) as session:
        with pytest.raises(NotFound):
            await close_case(session, actor=me, now=NOW, case_id=case_id, resolution="x")
        with pytest.raises(NotFound):
            await take_case(session, actor=me, now=NOW, case_id=case_id)
        assert await case_view(session, case_id=case_id) is None


async def test_opening_many_takes_as_many_statements_as_opening_one(database: Database) -> None:
    from sqlalchemy import event as listen

    world = await build_world(database)
    statements: list[str] = []
    listen.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    await opened(database, world, new(world))
    one, statements[:] = len(statements), []
    await opened(database, world, *(new(world) for _ in range(100)))
    assert len(statements) == one


async def test_opening_a_single_case_answers_the_standing_one(database: Database) -> None:
    world = await build_world(database)
    case = new(world)
    (first,) = await opened(database, world, case)
    async with database.transaction(world.sight) as session:
        again = await open_case(
            session,
            actor=system(),
            now=NOW,
            organiser_id=case.organiser_id,
            kind=case.kind,
            subject_kind="voucher",
            subject_id=case.subject_id,
            due_on=TODAY,
            role=Role.CASE_WORKER,
        )
    assert again == first


def test_every_kind_has_somebody_to_do_it_and_time_to_do_it_in() -> None:
    assert set(WITHOUT_PROVIDER) < set(CASE_KINDS)
    for kind in CASE_KINDS:
        assert due_on(kind, TODAY) > TODAY


@pytest.mark.parametrize(("asked", "called"), [(23, 25), (25, 27), (26, 30), (27, 30), (28, 30), (29, 1)])
def test_nobody_is_called_at_the_weekend(asked: int, called: int) -> None:
    day = call_by(date(2026, 11, asked))
    assert day.day == called
    assert day.weekday() < 5
