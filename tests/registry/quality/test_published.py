"""Published figures as rows: complete, in the release's own words, and the same however they are read."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from registry.providers.model import Admission, Provider
from registry.providers.queries import public_provider
from registry.providers.queries.open_data import register_fingerprint, register_rows, register_stretches
from registry.providers.queries.services import approved_for, public_service, public_services
from registry.quality.model import Release
from registry.quality.preview.commands import withdraw_release
from registry.quality.published.rows import ServiceEvidence, Standing, evidence_on, figure_rows
from registry.quality.published.service import (
    ServiceFigures,
    all_service_figures,
    in_order,
    service_figures,
)
from registry.quality.published.stretches import document_stretches, figure_stretches
from registry.quality.rules import HEADLINE, MEASURES
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.period import local_date
from tests.builders import NOW, TODAY, World, add_provider, build_world
from tests.registry.quality.test_releases import LATER, publish, report

GOOD = {0: 14, 1: 3, 2: 60, 3: 10}
BAD = {0: 6, 1: 12, 2: 8, 3: 9}


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database, providers=4)
    async with database.transaction(made.sight) as session:
        await session.execute(update(Admission).values(valid_from=TODAY - timedelta(days=900)))
    await report(database, made, {place: {"open_job": GOOD[place], "none": BAD[place]} for place in GOOD})
    return made


async def service_page(database: Database, world: World, measure: str = HEADLINE) -> ServiceFigures:
    async with database.transaction() as session:
        service = await public_service(session, service_id=world.service_id)
        assert service is not None
        approved = await approved_for(session, service_id=world.service_id, on=local_date(LATER))
        return await service_figures(session, service, approved, measure=measure, now=LATER)


async def provider_page(database: Database, world: World, place: int) -> ServiceEvidence:
    async with database.transaction() as session:
        found = await public_provider(session, provider_id=world.providers[place], on=local_date(LATER))
        (offer,) = found.offers
        standing = Standing(
            organiser_id=offer.organiser_id,
            organiser_code=offer.organiser_code,
            service_id=offer.service_id,
            service_code=offer.service_code,
            provider_id=found.id,
            provider_name=found.name,
            admitted_on=offer.valid_from,
        )
        return (await evidence_on(session, [standing], now=LATER))[world.service_id]


async def test_places_are_those_of_the_releases_document(database: Database) -> None:
    world = await build_world(database, providers=12)
    usual = {"open_job": 60, "none": 40}
    await report(database, world, dict.fromkeys(range(11), usual) | {11: {"open_job": 10, "none": 90}})
    release_id = await publish(database, world)
    found = await service_page(database, world)
    async with database.transaction() as session:
        release = await session.get_one(Release, release_id, options=[undefer(Release.figures)])
    column = json.loads(release.figures)["services"][str(world.service_id)][HEADLINE]
    assert {str(row.provider_id): row.place for row in found.rows} == {
        provider: figure["funnel"] for provider, figure in column["providers"].items()
    }
    assert [row.place for row in found.rows].count("inside") == 11
    assert next(row for row in found.rows if row.provider_id == world.providers[11]).place == "far_below"
    assert found.fitted is not None
    assert found.fitted.mean == column["mean_millionths"] / 1_000_000
    assert found.lines[0].n == 5
    assert found.lines[-1].n == 100


async def test_every_measure_has_a_row_and_a_newcomer_is_new(database: Database, world: World) -> None:
    await publish(database, world)
    async with database.transaction(world.sight) as session:
        await add_provider(session, world, valid_from=TODAY + timedelta(days=3))
    old, new = await provider_page(database, world, 0), await provider_page(database, world, 4)
    assert set(old.rows) == set(new.rows) == set(MEASURES)
    assert old.figures[HEADLINE].k == 14
    assert old.figures["review_after_welcome"].blank == "not_collected"
    assert {figure.blank for figure in new.figures.values()} == {"too_new"}
    listed = await service_page(database, world)
    assert [row.provider_name for row in listed.rows] == [f"Valmennus {n} Oy" for n in range(1, 6)]
    assert listed.rows[4].figure.blank == "too_new"
    async with database.transaction() as session:
        service = await public_service(session, service_id=world.service_id)
        approved = await approved_for(session, service_id=world.service_id, on=local_date(LATER))
        assert service is not None
        every = await all_service_figures(session, service, approved, now=LATER)
    assert {row.figure.measure for row in every} == {HEADLINE}
    assert len(every) == 5


async def test_before_anything_is_released_there_is_not_even_a_blank(
    database: Database, world: World
) -> None:
    await publish(database, world, now=LATER)
    assert (await provider_page(database, world, 0)).release is None
    assert (await provider_page(database, world, 0)).rows == {}
    assert (await service_page(database, world)).rows == ()


async def test_a_withdrawn_release_gives_way_to_the_one_before(database: Database, world: World) -> None:
    first = await publish(database, world)
    second = await publish(database, world)
    assert {row.release_id for row in (await service_page(database, world)).rows} == {second}
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        await withdraw_release(session, actor=actor, now=NOW, release_id=second, reason="Väärä päivä.")
    assert {row.release_id for row in (await service_page(database, world)).rows} == {first}


async def test_another_measure_where_the_wanted_one_is_not_there(database: Database, world: World) -> None:
    await publish(database, world)
    found = await service_page(database, world, "outcome_12")
    assert (found.measure, found.measures) == (HEADLINE, (HEADLINE,))


async def test_rows_are_sorted_by_name_unless_the_reader_asks(database: Database, world: World) -> None:
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(state="suspended")
        )
    await publish(database, world)
    rows = (await service_page(database, world)).rows

    def order(by: str) -> list[int]:
        return [world.providers.index(row.provider_id) for row in in_order(rows, by)]

    assert order("name") == order("no such order") == [0, 1, 2, 3]
    assert order("people") == [2, 3, 1, 0], "a blank stands last"
    assert order("estimate") == [2, 3, 1, 0]


@pytest.mark.parametrize("length", [1, 3, 1_000_000])
async def test_a_release_is_the_same_in_stretches(database: Database, world: World, length: int) -> None:
    release_id = await publish(database, world)
    async with database.transaction() as session:
        whole = await figure_rows(session, release_ids=[release_id])
        release = await session.get_one(Release, release_id, options=[undefer(Release.cells)])
    parts = [row async for rows in figure_stretches(database, release_id, length=length) for row in rows]
    assert [row.figure for row in parts] == [row.figure for row in whole]
    if length > 1:
        text = [part async for part in document_stretches(database, release_id, "cells", length=length)]
        assert "".join(text) == release.cells
        assert all(len(part) <= length for part in text)


async def test_the_open_register_has_everyone_once_and_nobodys_home(database: Database, world: World) -> None:
    on = TODAY
    async with database.transaction(world.sight) as session:
        await add_provider(session, world, name="Åke Ek", valid_from=TODAY + timedelta(days=1))
        for place, form in enumerate(("sole_trader", "company")):
            await session.execute(
                update(Provider)
                .where(Provider.id == world.providers[place])
                .values(form=form, street="Kotikatu 1", postal_code="90100")
            )
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[2]).values(state="removed")
        )
    async with database.transaction() as session:
        rows = await register_rows(session, on=on, limit=100)
        before = await register_fingerprint(session, on=on)
    assert [world.providers.index(row.provider_id) for row in rows] == [0, 1, 3]
    assert [(row.street, row.postal_code) for row in rows[:2]] == [(None, None), ("Kotikatu 1", "90100")]
    parts = [row async for rows in register_stretches(database, on=on, length=1) for row in rows]
    assert parts == rows
    async with database.transaction() as session:
        await session.execute(update(Admission).where(Admission.id == world.admissions[3]).values(taken=1))
    async with database.transaction() as session:
        assert await register_fingerprint(session, on=on) == before, "who is taken in is not in the register"
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[3]).values(unit_price_cents=1)
        )
        assert await register_fingerprint(session, on=on) != before


async def test_services_tell_between_which_prices(database: Database, world: World) -> None:
    async with database.transaction(world.sight) as session:
        await add_provider(session, world, unit_price_cents=45_00)
        await session.execute(
            update(Admission)
            .where(Admission.id == world.admissions[0])
            .values(state="suspended", unit_price_cents=10_00)
        )
    async with database.transaction() as session:
        (card,) = await public_services(session, on=TODAY)
    assert (card.providers, card.lowest_cents, card.highest_cents) == (4, 45_00, 60_00)
    assert card.service.unit_name == "hour"
    async with database.transaction() as session:
        assert await public_service(session, service_id=UUID(int=1)) is None
        assert await session.scalar(select(Release.id).limit(1)) is None
