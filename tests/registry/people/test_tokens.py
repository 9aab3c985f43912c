"""Machines' tokens: shown once, hashed, scoped, revocable."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from registry.people.commands import NewToken, create_api_token, end_role, revoke_api_token
from registry.people.commands.colleagues import add_colleague, change_duty
from registry.people.commands.sign_in import secret_hash
from registry.people.model import RoleGrant
from registry.people.queries import tokens_of
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.builders import NOW, build_world
from tests.registry.checks.breaking import as_owner

DAY = timedelta(days=1)


async def make(database: Database, actor: Actor, scopes: Collection[str], **more: Any) -> NewToken:
    values: dict[str, Any] = {"name": "cash desk", "scopes": scopes, "days": 30}
    async with database.transaction(actor.sight) as session:
        return await create_api_token(session, actor=actor, now=NOW, **(values | more))


async def behind(database: Database, token: str, at: Any = NOW) -> Any:
    async with database.transaction() as session:
        return (
            await session.execute(
                text("SELECT * FROM registry_token(:hash, :at)"), {"hash": secret_hash(token), "at": at}
            )
        ).one_or_none()


async def test_a_provider_makes_a_token_for_itself_alone(database: Database) -> None:
    world = await build_world(database)
    made = await make(database, world.provider_actor(), ["vouchers:redeem", "vouchers:redeem"])
    assert made.token.startswith("svr_")
    row = await behind(database, made.token)
    assert (row.role, row.provider_id, row.organiser_id) == ("provider_user", world.provider_id, None)
    assert row.scopes == ["vouchers:redeem"]
    assert row.organisers == [world.organiser_id]
    assert await behind(database, made.token, NOW + 30 * DAY - timedelta(seconds=1)) is not None
    assert await behind(database, made.token, NOW + 30 * DAY) is None


async def test_the_token_itself_is_stored_nowhere(database: Database) -> None:
    world = await build_world(database)
    made = await make(database, world.provider_actor(), ["vouchers:redeem"])
    async with database.transaction(world.sight) as session:
        for table in ("api_token", "audit_event"):
            rows = (await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars().all()
            assert rows
            assert not [row for row in rows if made.token in row or made.token[4:] in row]


async def test_a_revoked_token_is_dead_and_may_be_revoked_again(database: Database) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    made = await make(database, actor, ["vouchers:redeem"])
    for later in (DAY, 2 * DAY):
        async with database.transaction(actor.sight) as session:
            await revoke_api_token(session, actor=actor, now=NOW + later, token_id=made.id)
    assert await behind(database, made.token) is None
    async with database.transaction(actor.sight) as session:
        (token,) = await tokens_of(session, actor=actor)
    assert (token.revoked_at, token.state(NOW)) == (NOW + DAY, "revoked")


async def test_an_administrator_makes_and_ends_tokens_but_none_that_move_money(database: Database) -> None:
    world = await build_world(database)
    administrator, officer = world[Role.ORGANISER_ADMINISTRATOR], world[Role.FINANCE_OFFICER]
    with pytest.raises(Refused, match=r"token.scope_not_yours"):
        await make(database, administrator, ["settlement:write"], role=Role.FINANCE_OFFICER)
    await make(database, administrator, ["settlement:read"], role=Role.FINANCE_OFFICER)
    made = await make(database, officer, ["settlement:write"])
    async with database.transaction(administrator.sight) as session:
        assert len(await tokens_of(session, actor=administrator)) == 2
        await revoke_api_token(session, actor=administrator, now=NOW, token_id=made.id)
    assert await behind(database, made.token) is None


async def test_tokens_of_others_are_unknown(database: Database) -> None:
    mine, theirs = await build_world(database), await build_world(database, code="turku")
    made = {
        "organiser": await make(database, mine[Role.AUDITOR], ["audit:read"]),
        "provider": await make(database, mine.provider_actor(0), ["vouchers:redeem"]),
    }
    strangers = {
        "organiser": (theirs[Role.ORGANISER_ADMINISTRATOR], mine[Role.CASE_WORKER], mine.provider_actor(0)),
        "provider": (mine.provider_actor(1), theirs.provider_actor(0), mine[Role.ORGANISER_ADMINISTRATOR]),
    }
    for owner, actors in strangers.items():
        for actor in actors:
            async with database.transaction(actor.sight) as session:
                assert made[owner].id not in [token.id for token in await tokens_of(session, actor=actor)]
                with pytest.raises(NotFound):
                    await revoke_api_token(session, actor=actor, now=NOW, token_id=made[owner].id)


async def test_tokens_end_with_the_role_that_made_them_and_no_others(database: Database) -> None:
    world = await build_world(database)
    officer, office = world[Role.FINANCE_OFFICER], world.provider_actor()
    theirs = await make(database, officer, ["settlement:write"])
    another = await make(database, world[Role.AUDITOR], ["audit:read"])
    async with database.transaction(office.sight) as session:
        colleague = await add_colleague(
            session, actor=office, now=NOW, name="Toinen", email="t@example.invalid", duty="office"
        )
        account = (await session.get_one(RoleGrant, colleague)).account_id
    till = await make(database, replace(office, id=account), ["vouchers:redeem"])
    own = await make(database, office, ["vouchers:redeem"])
    async with database.transaction(world.sight) as session:
        grant = world.grants[str(Role.FINANCE_OFFICER)]
        await end_role(session, actor=system(), now=NOW, role_grant_id=grant)
    async with database.transaction(office.sight) as session:
        await change_duty(session, actor=office, now=NOW, role_grant_id=colleague, duty="coach")
    alive = [await behind(database, one.token) is not None for one in (theirs, another, till, own)]
    assert alive == [False, True, False, True]


async def test_a_token_makes_no_tokens_and_no_role_makes_anothers(database: Database) -> None:
    world = await build_world(database)
    machine = Actor(
        kind="token",
        id=world.client_id,
        role=Role.AUDITOR,
        sight=world.sight,
        scopes=frozenset({"audit:read"}),
    )
    with pytest.raises(Forbidden):
        await make(database, machine, ["audit:read"])
    with pytest.raises(Refused, match=r"token.scope_not_yours"):
        await make(database, world[Role.CASE_WORKER], ["audit:read"], role=Role.AUDITOR)
    with pytest.raises(Refused, match=r"token.role_of_another"):
        await make(database, world.provider_actor(), ["audit:read"], role=Role.AUDITOR)
    with pytest.raises(Refused, match=r"token.role_of_another"):
        await make(
            database, world[Role.ORGANISER_ADMINISTRATOR], ["vouchers:redeem"], role=Role.PROVIDER_USER
        )


async def test_a_token_has_a_plain_name(database: Database) -> None:
    world = await build_world(database, providers=0)
    for name in ["", "  ", "x" * 101, "line\nbreak", "\x00"]:
        with pytest.raises(Invalid) as refused:
            await make(database, world[Role.AUDITOR], ["audit:read"], name=name)
        assert list(refused.value.errors) == ["name"], name


async def test_the_system_names_role_and_owner(database: Database) -> None:
    world = await build_world(database)
    made = await make(
        database,
        system(world.organiser_id),
        ["vouchers:grant"],
        role=Role.CASE_WORKER,
        organiser_id=world.organiser_id,
    )
    assert (await behind(database, made.token)).organiser_id == world.organiser_id
    with pytest.raises(ValueError, match="one organiser or to one provider"):
        await make(database, system(world.organiser_id), ["vouchers:grant"], role=Role.CASE_WORKER)


async def test_a_token_that_its_makers_leaving_did_not_find_opens_nothing(
    database: Database, owner_url: str
) -> None:
    world = await build_world(database)
    officer, office = world[Role.FINANCE_OFFICER], world.provider_actor()
    left = {
        role: (await make(database, actor, [scope])).token
        for role, actor, scope in (
            ("officer", officer, "settlement:read"),
            ("office", office, "vouchers:redeem"),
        )
    }
    stays = await make(database, world[Role.AUDITOR], ["audit:read"])
    installed = await make(
        database,
        system(world.organiser_id),
        ["audit:read"],
        role=Role.AUDITOR,
        organiser_id=world.organiser_id,
    )
    await as_owner(
        owner_url,
        f"UPDATE role_grant SET ended_at = now() WHERE account_id = '{officer.id}'",
        f"UPDATE role_grant SET duty = 'coach' WHERE account_id = '{office.id}'",
    )
    assert [await behind(database, token) for token in left.values()] == [None, None]
    assert await behind(database, stays.token) is not None
    assert await behind(database, installed.token) is not None
