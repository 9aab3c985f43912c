"""What pages read: who may know whom, what a caseload shows, and that no list costs a query per row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from registry.people.identity import identity_hash
from registry.people.model import Client, ClientPerson, ReadLog
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import NotFound
from registry.shared.settings import Keys
from registry.vouchers import queries
from registry.vouchers.reading import STANDS_FOR, log_listed, reason_to_read
from tests.builders import NOW, TODAY, World, add_client, build_world
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the block sends."""
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def own_clients(steps: Steps, number: int) -> list[UUID]:
    async with steps.database.transaction(steps.world.sight) as session:
        return [
            await add_client(
                session, steps.world, name=f"Asiakas {i:02}", case_worker_id=steps.world[Role.CASE_WORKER].id
            )
            for i in range(number)
        ]


async def names_seen(database: Database, world: World, provider: int = 0) -> dict[str, Any]:
    """What the provider's own queries show of people."""
    actor = world.provider_actor(provider)
    async with database.transaction(actor.sight) as session:
        asked = await queries.requests(session, actor=actor)
        confirmed, total = await queries.confirmed(session, actor=actor)
        picks = await queries.assignment_page(session, actor=actor, after=None, limit=10)
    return {
        "asked": len(asked),
        "confirmed": [row.contact.name for row in confirmed],
        "total": total,
        "picks": [row.contact.name if row.contact else None for row in picks],
    }


async def test_a_provider_sees_no_clients_row_by_itself(database: Database, steps: Steps) -> None:
    await steps.opened()
    actor = steps.world.provider_actor()
    async with database.transaction(actor.sight) as session:
        for table in (Client, ClientPerson):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_name_and_contact_come_with_the_confirmation(database: Database, steps: Steps) -> None:
    voucher = await steps.grant()
    pick = await steps.choose(voucher)
    assert await names_seen(database, steps.world) == {
        "asked": 1, "confirmed": [], "total": 0, "picks": [None],
    }  # fmt: skip
    await steps.confirm(pick)
    seen = await names_seen(database, steps.world)
    assert seen == {
        "asked": 0, "confirmed": ["Asiakas Esimerkki"], "total": 1, "picks": ["Asiakas Esimerkki"],
    }  # fmt: skip
    assert await names_seen(database, steps.world, 1) == {
        "asked": 0, "confirmed": [], "total": 0, "picks": [],
    }  # fmt: skip


async def test_a_changed_choice_takes_name_and_value_away_and_leaves_the_charges(
    database: Database, steps: Steps
) -> None:
    voucher, shown = await steps.opened()
    await steps.redeem(shown)
    await steps.choose(voucher, 1)
    actor = steps.world.provider_actor()
    async with database.transaction(actor.sight) as session:
        seen = await queries.presented_voucher(session, actor=actor, presentation_id=shown)
        charged = await queries.provider_redemptions(session, actor=actor)
    assert (seen.contact, seen.available_cents, seen.state) == (None, 0, "ended")
    assert len(seen.redemptions) == len(charged) == 1
    assert charged[0].number is None
    assert charged[0].service.fi == "Nuorten työnhakuvalmennus"
    assert (await names_seen(database, steps.world))["picks"] == [None]


async def test_another_providers_presentation_is_unknown(database: Database, steps: Steps) -> None:
    _, shown = await steps.opened()
    other = steps.world.provider_actor(1)
    async with database.transaction(other.sight) as session:
        with pytest.raises(NotFound, match=r"presentation\.unknown"):
            await queries.presented_voucher(session, actor=other, presentation_id=shown)
        assert await queries.provider_redemptions(session, actor=other) == []
        assert await queries.presentation_page(session, actor=other, after=None, limit=10) == []


async def test_a_protected_identity_has_no_municipality_and_no_contact(
    database: Database, steps: Steps
) -> None:
    async with database.transaction(steps.world.sight) as session:
        (await session.get_one(ClientPerson, steps.world.client_id)).protected = True
    pick = await steps.choose(await steps.grant())
    actor = steps.world.provider_actor()
    async with database.transaction(actor.sight) as session:
        (asked,) = await queries.requests(session, actor=actor)
    assert asked.municipality is None
    await steps.confirm(pick)
    async with database.transaction(actor.sight) as session:
        (row,), _ = await queries.confirmed(session, actor=actor)
        (pick_row,) = await queries.assignment_page(session, actor=actor, after=None, limit=1)
    assert (row.contact.name, row.contact.email, row.contact.phone) == ("Asiakas Esimerkki", None, None)
    assert pick_row.municipality_code is None


async def test_the_caseload_groups_by_what_is_to_be_done(database: Database, steps: Steps) -> None:
    clients = await own_clients(steps, 5)
    not_chosen = await steps.grant(client_id=clients[0])
    asked = await steps.grant(client_id=clients[1])
    await steps.choose(asked, client_id=clients[1])
    used, shown = await steps.opened(client_id=clients[2])
    await steps.redeem(shown)
    idle, _ = await steps.opened(client_id=clients[3])
    spent, spending = await steps.opened(client_id=clients[4], units=1_00)
    await steps.redeem(spending)
    case_worker = steps.world[Role.CASE_WORKER].id
    assert case_worker is not None

    async def at(days: int) -> dict[str, set[UUID]]:
        async with database.transaction(steps.world.sight) as session:
            found = await queries.caseload(
                session, case_worker_id=case_worker, now=NOW + timedelta(days=days)
            )
        return {group: {line.id for line in lines} for group, lines in found.groups.items()}

    assert await at(0) == {
        "not_chosen": {not_chosen}, "not_started": {asked}, "stalled": set(), "expiring": set(),
    }  # fmt: skip
    assert (await at(29))["stalled"] == set()
    assert (await at(30))["stalled"] == {used, idle}
    assert (await at(76))["expiring"] == set()
    assert (await at(77))["expiring"] == {not_chosen, asked, used, idle}
    assert spent not in set().union(*(await at(77)).values())


async def test_only_ones_own_clients_are_in_ones_caseload(database: Database, steps: Steps) -> None:
    async with database.transaction(steps.world.sight) as session:
        somebody = await add_client(session, steps.world, name="Toisen Asiakas")
    await steps.grant(client_id=somebody)
    mine = await steps.grant()
    case_worker = steps.world[Role.CASE_WORKER].id
    assert case_worker is not None
    async with database.transaction(steps.world.sight) as session:
        found = await queries.caseload(session, case_worker_id=case_worker, now=NOW)
    assert [line.id for line in found.groups["not_chosen"]] == [mine]
    assert found.clients == 1


async def test_lists_cost_the_same_whatever_they_show(database: Database, steps: Steps) -> None:
    actor, case_worker = steps.world.provider_actor(), steps.world[Role.CASE_WORKER]
    assert case_worker.id is not None
    costs = []
    for number in (1, 3):
        for client in await own_clients(steps, number):
            _, shown = await steps.opened(client_id=client)
            await steps.redeem(shown)
            waiting = await steps.grant(client_id=client)
            await steps.choose(waiting, client_id=client)
        with counted(database) as statements:
            async with database.transaction(case_worker.sight) as session:
                await queries.caseload(session, case_worker_id=case_worker.id, now=NOW)
                await queries.own_clients(session, case_worker_id=case_worker.id)
                await queries.voucher_page(session, after=None, limit=50)
            async with database.transaction(actor.sight) as session:
                await queries.requests(session, actor=actor)
                await queries.confirmed(session, actor=actor)
                await queries.provider_redemptions(session, actor=actor)
                await queries.presentation_page(session, actor=actor, after=None, limit=50)
                await queries.assignment_page(session, actor=actor, after=None, limit=50)
        costs.append(len(statements))
    assert costs[0] == costs[1]


async def test_clients_are_found_by_words_or_by_the_whole_code(
    database: Database, steps: Steps, keys: Keys
) -> None:
    world = steps.world
    async with database.transaction(world.sight) as session:
        somebody = await add_client(session, world, name="Väinö Ääkkönen")
        person = await session.get_one(ClientPerson, somebody)
        person.identity_hash = identity_hash(keys, kind="person", code="010203A9057")
    mine = world[Role.CASE_WORKER].id

    async def found(typed: str, case_worker_id: UUID | None = mine) -> list[UUID]:
        async with database.transaction(world.sight) as session:
            rows = await queries.find_clients(
                session, keys=keys, typed=typed, case_worker_id=case_worker_id, fictional=True
            )
        return [row.id for row in rows]

    assert await found("esimerkki ASIAKAS") == [world.client_id]
    assert await found("ääk") == []
    assert await found("ÄÄK", None) == [somebody]
    assert await found("010203a9057") == [somebody]
    assert await found("%") == await found("_") == await found(" ") == []


async def test_a_reason_stands_for_a_while_and_only_for_who_gave_it(database: Database, steps: Steps) -> None:
    world = steps.world
    finance, auditor, client = (world[r] for r in (Role.FINANCE_OFFICER, Role.AUDITOR, Role.CLIENT))
    other = replace(world[Role.CASE_WORKER], id=world[Role.REGISTER_OFFICER].id)

    async def reason(actor: Any, later: timedelta = timedelta()) -> str | None:
        async with database.transaction(world.sight) as session:
            return await reason_to_read(
                session,
                actor=actor,
                now=NOW + later,
                client_id=world.client_id,
                case_worker_id=world[Role.CASE_WORKER].id,
            )

    assert await reason(world[Role.CASE_WORKER]) == "own_caseload"
    assert (await reason(client), await reason(auditor)) == ("own_data", "audit")
    assert await reason(finance) is await reason(other) is None
    async with database.transaction(world.sight) as session:
        await log_listed(
            session,
            actor=other,
            now=NOW,
            clients=[(world.client_id, world.organiser_id)],
            what="person",
            reason="stated: sijaistan",
        )
    assert await reason(other, timedelta(hours=1)) == "stated: sijaistan"
    assert await reason(other, STANDS_FOR + timedelta(seconds=1)) is None
    assert await reason(finance) is None


async def test_a_list_is_logged_once_a_day_per_client(database: Database, steps: Steps) -> None:
    world = steps.world
    clients = [(client, world.organiser_id) for client in await own_clients(steps, 3)]
    # a provider does not see what it has noted, and notes it no more often for that
    for number, actor in enumerate((world[Role.CASE_WORKER], world.provider_actor()), start=1):
        for later in (timedelta(), timedelta(hours=2), timedelta(days=1)):
            async with database.transaction(actor.sight) as session:
                await log_listed(
                    session, actor=actor, now=NOW + later, clients=clients * 2, what="person", reason="own_caseload"
                )  # fmt: skip
        async with database.transaction(world.sight) as session:
            assert await session.scalar(select(func.count()).select_from(ReadLog)) == 6 * number


async def test_a_voucher_with_all_around_it(database: Database, steps: Steps) -> None:
    voucher, shown = await steps.opened()
    await steps.redeem(shown, units=1_50)
    async with database.transaction(steps.world.sight) as session:
        view = await queries.voucher_view(session, voucher_id=voucher)
        (row,) = await queries.redemptions_of(session, voucher_id=voucher)
        line = await queries.voucher_line(session, voucher_id=voucher)
    assert (view.provider, view.assignment_state, view.state) == ("Valmennus 1 Oy", "confirmed", "in_use")
    assert (view.available_cents, view.units_available) == (510_00, 8_50)
    assert view.last_day == line.last_day == TODAY + timedelta(days=90)
    assert (row.units, row.value_cents, row.presentation_id) == (1_50, 90_00, shown)
