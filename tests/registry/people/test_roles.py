"""Roles of staff change hands under four eyes."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.people.commands import (
    decide_role_change,
    end_role,
    grant_role,
    request_role_end,
    request_role_for,
    request_role_for_new_person,
)
from registry.people.model import RoleChangeRequest
from registry.people.queries import administrators, role_changes, staff_of
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.builders import NOW, World, add_account, build_world

ADMINISTRATOR = Role.ORGANISER_ADMINISTRATOR


async def second_administrator(database: Database, world: World) -> tuple[Actor, UUID]:
    async with database.transaction(world.sight) as session:
        return await add_account(
            session, "Second", ADMINISTRATOR, organiser_id=world.organiser_id, sight=world.sight
        )


async def ask(
    database: Database, actor: Actor, role: Role = Role.CASE_WORKER, email: str = "uusi@example.fi"
) -> UUID:
    async with database.transaction(actor.sight) as session:
        return await request_role_for_new_person(
            session, actor=actor, now=NOW, display_name="Uusi Ihminen", email=email, language="fi", role=role
        )


async def decide(database: Database, actor: Actor, request_id: UUID, to_state: str) -> None:
    async with database.transaction(actor.sight) as session:
        await decide_role_change(session, actor=actor, now=NOW, request_id=request_id, to_state=to_state)


async def roles_by_name(database: Database, world: World) -> dict[str, list[Role]]:
    async with database.transaction(world.sight) as session:
        people = await staff_of(session, organiser_id=world.organiser_id)
    return {person.name: [held.role for held in person.roles] for person in people}


async def test_a_new_person_has_a_role_only_once_another_administrator_approved(database: Database) -> None:
    world = await build_world(database)
    second, _ = await second_administrator(database, world)
    request_id = await ask(database, world[ADMINISTRATOR])
    assert "Uusi Ihminen" not in await roles_by_name(database, world)
    with pytest.raises(Refused, match=r"role_change.four_eyes"):
        await decide(database, world[ADMINISTRATOR], request_id, "approved")
    await decide(database, second, request_id, "approved")
    assert (await roles_by_name(database, world))["Uusi Ihminen"] == [Role.CASE_WORKER]
    with pytest.raises(Refused, match=r"role_change.decided_already"):
        await decide(database, second, request_id, "rejected")


@pytest.mark.parametrize(("to_state", "by_asker"), [("rejected", False), ("withdrawn", True)])
async def test_a_request_that_came_to_nothing_may_be_made_again(
    database: Database, to_state: str, by_asker: bool
) -> None:
    world = await build_world(database)
    second, _ = await second_administrator(database, world)
    request_id = await ask(database, world[ADMINISTRATOR])
    await decide(database, world[ADMINISTRATOR] if by_asker else second, request_id, to_state)
    assert "Uusi Ihminen" not in await roles_by_name(database, world)
    await ask(database, world[ADMINISTRATOR])
    async with database.transaction(world.sight) as session:
        changes = await role_changes(session, actor=second)
    assert [change.state for change in changes] == ["requested", to_state]
    assert [change.mine for change in changes] == [False, False]


async def test_ending_a_role_takes_four_eyes_too(database: Database) -> None:
    world = await build_world(database)
    second, _ = await second_administrator(database, world)
    grant_id = world.grants[Role.FINANCE_OFFICER]
    async with database.transaction(second.sight) as session:
        request_id = await request_role_end(session, actor=second, now=NOW, role_grant_id=grant_id)
    async with database.transaction(second.sight) as session:
        with pytest.raises(Refused, match=r"role_change.waiting_already"):
            await request_role_end(session, actor=second, now=NOW, role_grant_id=grant_id)
    assert str(Role.FINANCE_OFFICER) in await roles_by_name(database, world)
    await decide(database, world[ADMINISTRATOR], request_id, "approved")
    assert str(Role.FINANCE_OFFICER) not in await roles_by_name(database, world)


async def test_the_last_administrator_stays(database: Database) -> None:
    world = await build_world(database)
    second, second_grant = await second_administrator(database, world)
    first = world[ADMINISTRATOR]
    requests = []
    for actor, grant_id in ((first, second_grant), (second, world.grants[ADMINISTRATOR])):
        async with database.transaction(actor.sight) as session:
            requests.append(await request_role_end(session, actor=actor, now=NOW, role_grant_id=grant_id))
    outcomes = await asyncio.gather(
        decide(database, second, requests[0], "approved"),
        decide(database, first, requests[1], "approved"),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused.code == "role.last_administrator"
    async with database.transaction(world.sight) as session:
        assert await administrators(session, organiser_id=world.organiser_id) == 1


async def test_nobody_gets_a_role_that_clashes_with_one_held(database: Database) -> None:
    world = await build_world(database)
    actor = world[ADMINISTRATOR]
    async with database.transaction(actor.sight) as session:
        with pytest.raises(Refused, match=r"role.incompatible"):
            await request_role_for(
                session,
                actor=actor,
                now=NOW,
                account_id=world[Role.FINANCE_OFFICER].id or world.client_id,
                role=ADMINISTRATOR,
            )


async def test_two_approvals_at_once_cannot_give_roles_that_clash(database: Database) -> None:
    """Both requests were fine when they were made; the second to be approved no longer is."""
    world = await build_world(database)
    second, _ = await second_administrator(database, world)
    account_id = world[Role.REGISTER_OFFICER].id
    assert account_id is not None
    requests = []
    for role in (Role.FINANCE_OFFICER, ADMINISTRATOR):
        async with database.transaction(world.sight) as session:
            requests.append(
                await request_role_for(
                    session, actor=world[ADMINISTRATOR], now=NOW, account_id=account_id, role=role
                )
            )
    outcomes = await asyncio.gather(
        *(decide(database, second, request_id, "approved") for request_id in requests), return_exceptions=True
    )
    assert outcomes.count(None) == 1
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused.code == "role.incompatible"


async def test_only_a_person_who_administers_changes_roles(database: Database) -> None:
    world = await build_world(database)
    machine = Actor(kind="token", id=world.client_id, role=ADMINISTRATOR, sight=world.sight)
    for actor in (machine, world[Role.CASE_WORKER], world[Role.AUDITOR]):
        with pytest.raises(Forbidden):
            await ask(database, actor)
    async with database.transaction(world.sight) as session:
        for actor in (world[ADMINISTRATOR], world[Role.REGISTER_OFFICER]):
            with pytest.raises(Forbidden, match=r"role.needs_four_eyes"):
                await grant_role(
                    session,
                    actor=actor,
                    now=NOW,
                    account_id=world[Role.CASE_WORKER].id or world.client_id,
                    role=Role.FINANCE_OFFICER,
                    organiser_id=world.organiser_id,
                )
            with pytest.raises(Forbidden, match=r"role.needs_four_eyes"):
                await end_role(session, actor=actor, now=NOW, role_grant_id=world.grants[Role.CASE_WORKER])


async def test_another_organisers_people_and_requests_are_unknown(database: Database) -> None:
    mine, theirs = await build_world(database), await build_world(database, code="turku")
    request_id = await ask(database, theirs[ADMINISTRATOR])
    actor = mine[ADMINISTRATOR]
    with pytest.raises(NotFound):
        await decide(database, actor, request_id, "approved")
    async with database.transaction(actor.sight) as session:
        with pytest.raises(NotFound):
            await request_role_end(
                session, actor=actor, now=NOW, role_grant_id=theirs.grants[Role.CASE_WORKER]
            )
        with pytest.raises(NotFound):
            await request_role_for(
                session,
                actor=actor,
                now=NOW,
                account_id=theirs[Role.CASE_WORKER].id or theirs.client_id,
                role=Role.REGISTER_OFFICER,
            )


async def test_a_new_person_needs_an_address(database: Database) -> None:
    world = await build_world(database, providers=0)
    for email in ["", "no at", "a@b", "@example.fi", "a b@example.fi", "x" * 300 + "@example.fi"]:
        with pytest.raises(Invalid) as refused:
            await ask(database, world[ADMINISTRATOR], email=email)
        assert list(refused.value.errors) == ["email"], email


async def test_the_system_sets_up_and_giving_a_role_twice_gives_it_once(database: Database) -> None:
    world = await build_world(database)
    sight = Sight(organisers=(world.organiser_id,))
    given = set()
    for _ in range(2):
        async with database.transaction(sight) as session:
            given.add(
                await grant_role(
                    session,
                    actor=system(world.organiser_id),
                    now=NOW,
                    account_id=world[Role.CASE_WORKER].id or world.client_id,
                    role=Role.FINANCE_OFFICER,
                    organiser_id=world.organiser_id,
                )
            )
    assert len(given) == 1


async def test_the_database_itself_wants_four_eyes(database: Database) -> None:
    world = await build_world(database)
    request_id = await ask(database, world[ADMINISTRATOR])
    with pytest.raises(IntegrityError, match="four_eyes"):
        async with database.transaction(world.sight) as session:
            await session.execute(
                text(
                    "UPDATE role_change_request SET state = 'approved', decided_by = requested_by,"
                    " decided_at = now() WHERE id = :id"
                ),
                {"id": request_id},
            )
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(RoleChangeRequest.state)) == "requested"
