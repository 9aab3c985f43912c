"""A request to act for an organisation is noticed: a case while it waits, and a word to whoever must answer."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from registry.cases.commands import close_case
from registry.cases.model import Case
from registry.catalogue.commands import set_representation_days
from registry.people.model import RoleGrant
from registry.providers.decisions.queue import queue_counts
from registry.providers.representing.waiting import remind_representations
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.outbox import OutboxMessage
from registry.shared.period import local_date
from tests.builders import NOW, World, build_world
from tests.registry.erasing.test_unused_accounts import asks, refuse


async def turn(database: Database, world: World, now: datetime) -> int:
    async with database.transaction(world.sight) as session:
        return await remind_representations(session, actor=system(world.organiser_id), now=now, limit=50)


async def told(database: Database, world: World) -> Counter[tuple[str, UUID | None]]:
    async with database.transaction(world.sight) as session:
        rows = await session.execute(select(OutboxMessage.template, OutboxMessage.account_id))
        return Counter((template, account_id) for template, account_id in rows)


async def test_it_is_a_case_until_it_is_decided(database: Database) -> None:
    world = await build_world(database)
    officer = world[Role.REGISTER_OFFICER]
    request_id = await asks(database, world, 1)
    today = local_date(NOW)
    async with database.transaction(officer.sight) as session:
        case = (await session.scalars(select(Case))).one()
        on_the_day = await queue_counts(session, organiser_id=world.organiser_id, today=case.due_on)
        after = await queue_counts(
            session, organiser_id=world.organiser_id, today=case.due_on + timedelta(days=1)
        )
    assert (case.kind, case.subject_id, case.role) == (
        "representation_asked",
        request_id,
        "register_officer",
    )
    assert case.due_on == today + timedelta(days=7)
    assert (on_the_day.officer, on_the_day.overdue) == (1, 0)
    assert (after.officer, after.overdue) == (1, 1)
    with pytest.raises(Refused, match=r"case\.decide_first"):
        async with database.transaction(officer.sight) as session:
            await close_case(session, actor=officer, now=NOW, case_id=case.id, resolution="Ei ehditty.")
    await refuse(database, world, request_id)
    async with database.transaction(officer.sight) as session:
        assert (await session.scalars(select(Case.closed_at))).one() is not None
        counts = await queue_counts(session, organiser_id=world.organiser_id, today=today)
    assert (counts.officer, counts.overdue) == (0, 0)


async def test_the_officers_are_told_when_it_has_waited_as_long_as_the_organiser_says_and_again(
    database: Database,
) -> None:
    world, other = await build_world(database), await build_world(database, code="turku")
    request_id = await asks(database, world, 1)
    officer = ("representation.waiting", world[Role.REGISTER_OFFICER].id)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Case).values(closed_at=NOW))  # as of one from before requests had cases
        await set_representation_days(
            session, actor=system(world.organiser_id), now=NOW, organiser_id=world.organiser_id, days=3
        )
    assert await turn(database, world, NOW + timedelta(days=2)) == 0
    assert await turn(database, world, NOW + timedelta(days=3)) == 1
    assert await turn(database, world, NOW + timedelta(days=5)) == 0
    assert await told(database, world) == {officer: 1}
    assert await turn(database, world, NOW + timedelta(days=6)) == 1
    assert await turn(database, world, NOW + timedelta(days=7)) == 0
    assert await told(database, world) == {officer: 2}
    assert await told(database, other) == {}
    async with database.transaction(world.sight) as session:
        standing = (await session.scalars(select(Case.subject_id).where(Case.closed_at.is_(None)))).all()
        assert standing == [request_id]
        # nobody is left who could answer
        await session.execute(
            update(RoleGrant).where(RoleGrant.role == str(Role.REGISTER_OFFICER)).values(ended_at=NOW)
        )
    assert await turn(database, world, NOW + timedelta(days=9)) == 1
    administrator = ("representation.nobody_answers", world[Role.ORGANISER_ADMINISTRATOR].id)
    assert await told(database, world) == {officer: 2, administrator: 1}
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(RoleGrant).where(RoleGrant.role == str(Role.REGISTER_OFFICER)).values(ended_at=None)
        )
    await refuse(database, world, request_id)
    assert await turn(database, world, NOW + timedelta(days=30)) == 0
