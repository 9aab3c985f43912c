"""A client who did not come: noted by the provider, seen and contested by the client, taken away when it was wrong."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.cases.model import Case
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.errors import NotFound, Refused
from registry.shared.outbox import OutboxMessage
from registry.shared.settings import Keys
from registry.vouchers.no_shows.commands import contest_no_show, record_no_show, remove_no_show
from registry.vouchers.no_shows.queries import no_shows
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=2)


async def note(
    database: Database, actor: Actor, presentation_id: UUID, days_ago: int = 0, later: int = 0
) -> UUID:
    async with database.transaction(actor.sight) as session:
        return await record_no_show(
            session,
            actor=actor,
            now=NOW + timedelta(days=later),
            presentation_id=presentation_id,
            agreed_for=TODAY + timedelta(days=later - days_ago),
        )


async def test_it_is_noted_told_contested_and_taken_away(
    database: Database, keys: Keys, world: World
) -> None:
    voucher_id, presentation_id = await Steps(database, world, keys).opened()
    no_show_id = await note(database, world.provider_actor(0), presentation_id)
    client, worker = world[Role.CLIENT], world[Role.CASE_WORKER]
    async with database.transaction(client.sight) as session:
        (seen,) = await no_shows(session)
        assert (seen.voucher_id, seen.agreed_for, seen.contested) == (voucher_id, TODAY, False)
        await contest_no_show(session, actor=client, now=NOW, no_show_id=no_show_id)
        await contest_no_show(session, actor=client, now=NOW, no_show_id=no_show_id)
        (seen,) = await no_shows(session, voucher_id=voucher_id)
        assert seen.contested
    async with database.transaction(worker.sight) as session:
        (case,) = await session.scalars(select(Case).where(Case.subject_id == no_show_id))
        assert (case.kind, case.owner_id, case.closed_at) == ("correction_wanted", worker.id, None)
        await remove_no_show(session, actor=worker, now=NOW, no_show_id=no_show_id)
    async with database.transaction(worker.sight) as session:
        assert await no_shows(session) == []
        (case,) = await session.scalars(select(Case).where(Case.subject_id == no_show_id))
        assert case.closed_at == NOW
        told = await session.scalars(
            select(OutboxMessage.template).where(OutboxMessage.template.like("no_show%"))
        )
        assert sorted(told) == ["no_show.recorded", "no_show.removed"]


async def test_a_provider_takes_its_own_mistake_back(database: Database, keys: Keys, world: World) -> None:
    _, presentation_id = await Steps(database, world, keys).opened()
    no_show_id = await note(database, world.provider_actor(0), presentation_id)
    other, own = world.provider_actor(1), world.provider_actor(0)
    async with database.transaction(other.sight) as session:
        with pytest.raises(NotFound):
            await remove_no_show(session, actor=other, now=NOW, no_show_id=no_show_id)
    async with database.transaction(own.sight) as session:
        await remove_no_show(session, actor=own, now=NOW, no_show_id=no_show_id)
        assert await no_shows(session) == []


@pytest.mark.parametrize(
    ("days_ago", "later", "code"),
    [(-1, 0, "no_show.in_future"), (1, 0, "no_show.too_old"), (31, 60, "no_show.too_old"), (30, 60, None)],
)
async def test_only_of_a_day_that_was_and_not_long_ago(
    database: Database, keys: Keys, world: World, days_ago: int, later: int, code: str | None
) -> None:
    _, presentation_id = await Steps(database, world, keys).opened()
    if code is None:
        await note(database, world.provider_actor(0), presentation_id, days_ago, later)
        return
    with pytest.raises(Refused) as refused:
        await note(database, world.provider_actor(0), presentation_id, days_ago, later)
    assert refused.value.code == code


async def test_only_of_ones_own_client_and_once_a_day(database: Database, keys: Keys, world: World) -> None:
    steps = Steps(database, world, keys)
    voucher_id, presentation_id = await steps.opened()
    with pytest.raises(NotFound):
        await note(database, world.provider_actor(1), presentation_id)
    await note(database, world.provider_actor(0), presentation_id)
    with pytest.raises(Refused, match=r"no_show\.recorded_already"):
        await note(database, world.provider_actor(0), presentation_id)
    await steps.choose(voucher_id, 1)
    with pytest.raises(Refused, match=r"no_show\.not_your_client"):
        await note(database, world.provider_actor(0), presentation_id, later=1)


async def test_another_clients_note_is_unknown(database: Database, keys: Keys, world: World) -> None:
    _, presentation_id = await Steps(database, world, keys).opened()
    no_show_id = await note(database, world.provider_actor(0), presentation_id)
    turku = await build_world(database, code="turku")
    stranger = turku[Role.CLIENT]
    async with database.transaction(stranger.sight) as session:
        assert await no_shows(session) == []
        with pytest.raises(NotFound):
            await contest_no_show(session, actor=stranger, now=NOW, no_show_id=no_show_id)
