"""Sessions, one-time links and limits, on a real database."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from registry.audit.model import AuditEvent
from registry.people.commands import (
    begin_session,
    consume_rate_limit,
    create_sign_in_link,
    end_role,
    end_session,
    use_sign_in_link,
)
from registry.people.commands.sign_in import secret_hash
from registry.people.model import Account, RateLimit, SignInSession
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import NotFound, Refused, TooManyAttempts
from registry.shared.identifiers import uuid7
from tests.builders import NOW, World, build_world

HOUR = timedelta(hours=1)


async def signed_in_as(database: Database, token: str, at: Any = NOW) -> Any:
    """The row that the web finds behind a cookie."""
    async with database.transaction() as session:
        return (
            await session.execute(
                text("SELECT * FROM registry_session(:hash, :at)"), {"hash": secret_hash(token), "at": at}
            )
        ).one_or_none()


async def sign_in(database: Database, world: World, role: Role) -> str:
    async with database.transaction() as session:
        return await begin_session(session, role_grant_id=world.grants[role], now=NOW, hours=8)


@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.CLIENT, Role.PROVIDER_USER])
async def test_a_session_is_found_by_its_token_until_it_runs_out(database: Database, role: Role) -> None:
    world = await build_world(database)
    token = await sign_in(database, world, role)
    row = await signed_in_as(database, token)
    assert (row.role, row.account_id) == (role, world[role].id)
    assert row.organisers == [world.organiser_id]
    assert await signed_in_as(database, token, NOW + 8 * HOUR - timedelta(seconds=1)) is not None
    assert await signed_in_as(database, token, NOW + 8 * HOUR) is None
    assert await signed_in_as(database, token + "x") is None


async def test_the_token_itself_is_stored_nowhere(database: Database) -> None:
    world = await build_world(database)
    token = await sign_in(database, world, Role.CASE_WORKER)
    async with database.transaction(world.sight) as session:
        rows = (await session.execute(text("SELECT s::text FROM sign_in_session s"))).scalars().all()
        events = (await session.execute(text("SELECT e::text FROM audit_event e"))).scalars().all()
    assert len(rows) == 1
    assert not [row for row in (*rows, *events) if token in row]


async def test_signing_out_ends_the_session_once(database: Database) -> None:
    world = await build_world(database)
    token = await sign_in(database, world, Role.CASE_WORKER)
    session_id = (await signed_in_as(database, token)).session_id
    for later in (HOUR, 2 * HOUR):
        async with database.transaction() as session:
            await end_session(session, session_id=session_id, now=NOW + later)
    assert await signed_in_as(database, token) is None
    async with database.transaction(world.sight) as session:
        ended = await session.scalar(select(SignInSession.ended_at))
        actions = (await session.scalars(select(AuditEvent.action).order_by(AuditEvent.at))).all()
    assert ended == NOW + HOUR
    assert actions == ["session.began", "session.ended"]


async def test_a_role_that_ends_signs_out(database: Database) -> None:
    world = await build_world(database)
    token = await sign_in(database, world, Role.CASE_WORKER)
    async with database.transaction(world.sight) as session:
        await end_role(
            session,
            actor=system(world.organiser_id),
            now=NOW,
            role_grant_id=world.grants[Role.CASE_WORKER],
        )
    assert await signed_in_as(database, token) is None
    with pytest.raises(NotFound):
        await sign_in(database, world, Role.CASE_WORKER)


async def test_a_disabled_account_cannot_sign_in(database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        account = await session.get_one(Account, world[Role.CASE_WORKER].id)
        account.disabled_at = NOW
    with pytest.raises(NotFound):
        await sign_in(database, world, Role.CASE_WORKER)


async def make_link(database: Database, world: World, role: Role = Role.CASE_WORKER) -> str:
    async with database.transaction(world.sight) as session:
        return await create_sign_in_link(
            session, actor=system(world.organiser_id), now=NOW, role_grant_id=world.grants[role]
        )


async def use(database: Database, secret: str, at: Any = NOW) -> tuple[str, Role]:
    async with database.transaction() as session:
        return await use_sign_in_link(session, secret=secret, now=at, hours=8)


async def test_a_link_signs_in_once(database: Database) -> None:
    world = await build_world(database)
    secret = await make_link(database, world)
    token, role = await use(database, secret)
    assert (await signed_in_as(database, token)).role == role == Role.CASE_WORKER
    with pytest.raises(Refused, match=r"sign_in_link.not_valid"):
        await use(database, secret)


async def test_a_link_runs_out_and_a_newer_one_replaces_it(database: Database) -> None:
    world = await build_world(database)
    first = await make_link(database, world)
    second = await make_link(database, world)
    for secret, at in ((first, NOW), (second, NOW + 24 * HOUR), ("nonsense", NOW)):
        with pytest.raises(Refused, match=r"sign_in_link.not_valid"):
            await use(database, secret, at)
    await use(database, second, NOW + 24 * HOUR - timedelta(seconds=1))


async def test_one_link_used_by_sixteen_at_once_signs_in_one(database: Database) -> None:
    world = await build_world(database)
    secret = await make_link(database, world)
    outcomes = await asyncio.gather(*(use(database, secret) for _ in range(16)), return_exceptions=True)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 15


async def attempt(database: Database, bucket: str, at: Any = NOW) -> None:
    async with database.transaction() as session:
        await consume_rate_limit(session, bucket=bucket, limit=5, window=HOUR, now=at)


async def test_sixteen_attempts_at_once_pass_a_limit_of_five_five_times(database: Database) -> None:
    bucket = f"test:{uuid7()}"
    outcomes = await asyncio.gather(*(attempt(database, bucket) for _ in range(16)), return_exceptions=True)
    assert outcomes.count(None) == 5
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 11
    async with database.transaction() as session:
        assert await session.scalar(select(func.sum(RateLimit.count))) == 5


async def test_a_limit_starts_anew_in_the_next_window_and_for_another_bucket(database: Database) -> None:
    for _ in range(5):
        await attempt(database, "test:a")
    with pytest.raises(TooManyAttempts) as refused:
        await attempt(database, "test:a", NOW + timedelta(minutes=59))
    assert refused.value.facts == {"wait_seconds": 60}
    await attempt(database, "test:b")
    await attempt(database, "test:a", NOW + HOUR)
