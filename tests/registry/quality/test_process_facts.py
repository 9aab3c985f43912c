"""What vouchers tell by themselves: answers, complaints, and what only the provider and the officer see."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from registry.quality.complaints.model import Complaint
from registry.quality.preview.model import PrivateFigure
from registry.quality.rules import COMPLAINTS, LAPSED, NO_SHOW, SWITCHED
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.no_shows.model import NoShow
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.test_releases import LATER, clients, publish, shown
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database, providers=2, terms={"confirm_within_days": 5})
    async with database.transaction(made.sight) as session:
        await session.execute(text("UPDATE admission SET places = 50"))
    return made


async def test_choices_that_a_provider_let_lapse_are_shown_of_those_it_answered_or_not(
    database: Database, keys: Keys, world: World
) -> None:
    steps = Steps(database, world, keys)
    people = await clients(database, world, 8)
    for place, client_id in enumerate(people):
        voucher_id = await steps.grant(client_id=client_id)
        assignment_id = await steps.choose(voucher_id, client_id=client_id)
        if place < 3:
            await steps.confirm(assignment_id)
        elif place == 3:
            await steps.decline(assignment_id)
        elif place == 4:  # taken back before an answer was due: nobody's fault, so outside
            await steps.choose(voucher_id, 1, client_id=client_id)
    # the same client once more: still one person
    again = await steps.choose(await steps.grant(client_id=people[0]), client_id=people[0])
    steps.now = NOW + timedelta(days=10)
    await steps.tick()
    assert (await steps.assignment(again)).state == "lapsed"
    await publish(database, world, now=steps.now)
    figure = (await shown(database, world, steps.now + timedelta(days=11))).figure(world.provider_id, LAPSED)
    assert (figure.n, figure.k) == (7, 4)


async def served(database: Database, keys: Keys, world: World, how_many: int) -> list[tuple[UUID, UUID]]:
    """(client, voucher) of people to whom the first provider has given one hour."""
    steps = Steps(database, world, keys)
    found = []
    for client_id in await clients(database, world, how_many):
        voucher_id, presentation_id = await steps.opened(0, client_id=client_id)
        await steps.redeem(presentation_id)
        found.append((client_id, voucher_id))
    return found


async def test_complaints_upheld_are_shown_of_those_who_got_the_service(
    database: Database, keys: Keys, world: World
) -> None:
    people = await served(database, keys, world, 6)
    async with database.transaction(world.sight) as session:
        for (client_id, voucher_id), state in zip(
            [*people[:4], people[0]], ["upheld", "not_upheld", "open", "upheld", "upheld"], strict=True
        ):
            session.add(
                Complaint(
                    id=uuid7(),
                    organiser_id=world.organiser_id,
                    service_id=world.service_id,
                    provider_id=world.provider_id,
                    voucher_id=voucher_id,
                    client_id=client_id,
                    about="waiting",
                    words="Odotin kauan.",
                    state=state,
                    findings=None if state == "open" else "Selvitetty.",
                    submitted_at=NOW,
                    decided_at=None if state == "open" else NOW,
                    decided_by=None if state == "open" else world[Role.REGISTER_OFFICER].id,
                )
            )
    await publish(database, world)
    figure = (await shown(database, world)).figure(world.provider_id, COMPLAINTS)
    assert (figure.n, figure.k) == (6, 2), "a client who complained twice is one"


async def test_switches_and_no_shows_are_for_the_provider_and_the_officer_alone(
    database: Database, keys: Keys, world: World
) -> None:
    steps = Steps(database, world, keys)
    people = await served(database, keys, world, 6)
    for client_id, voucher_id in people[:2]:
        await steps.choose(voucher_id, 1, client_id=client_id)
    async with database.transaction(world.sight) as session:
        for day in (1, 2):
            session.add(
                NoShow(
                    id=uuid7(),
                    organiser_id=world.organiser_id,
                    service_id=world.service_id,
                    provider_id=world.provider_id,
                    voucher_id=people[0][1],
                    client_id=people[0][0],
                    agreed_for=TODAY - timedelta(days=day),
                    recorded_at=NOW,
                )
            )
    release_id = await publish(database, world)
    async with database.transaction(world.provider_actor(0).sight) as session:
        rows = (await session.scalars(select(PrivateFigure))).all()
        own = {row.measure: (row.n, row.k) for row in rows}
    assert own == {SWITCHED: (6, 2), NO_SHOW: (6, 1)}
    for nobody in (world.provider_actor(1).sight, world[Role.CLIENT].sight):
        async with database.transaction(nobody) as session:
            assert (await session.scalars(select(PrivateFigure))).all() == []
    async with database.transaction() as session:
        documents = await session.scalar(
            text("SELECT cells || figures FROM release WHERE id = :id"), {"id": release_id}
        )
    assert documents
    for private in (SWITCHED, NO_SHOW):
        assert private not in documents, "what is open data says nothing of it"


async def test_private_figures_too_change_by_five_people_or_not_at_all(
    database: Database, keys: Keys, world: World
) -> None:
    await served(database, keys, world, 6)
    await publish(database, world)
    await served(database, keys, world, 2)
    await publish(database, world, now=LATER)
    await served(database, keys, world, 3)
    await publish(database, world, now=LATER)
    async with database.transaction(world.sight) as session:
        found = await session.execute(
            text(
                "SELECT r.number, p.n FROM private_figure p JOIN release r ON r.id = p.release_id"
                " WHERE measure = 'no_show' ORDER BY 1"
            )
        )
        assert [tuple(row) for row in found] == [(1, 6), (2, 6), (3, 11)]
