"""How a provider is seen: its own, and nothing of others."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, World
from tests.registry.choice.test_choice import change, world_of
from tests.registry.choice.test_exposure import clients, grant
from tests.registry.quality.test_releases import publish, report
from tests.registry.vouchers.test_queries import counted
from tests.web.client import sign_in
from tests.web.conftest import Clock
from tests.web.weights import weights

NEXT_MONTH = NOW + timedelta(days=20)


@pytest.fixture
async def world(database: Database, keys: Keys, clock: Clock) -> World:
    """Nine clients in November and five providers, of whom the last speaks none of their languages; a release that is
    about to be public in December."""
    steps = await world_of(database, keys, providers=5)
    await change(steps, 4, languages=["sv"])
    for client_id in await clients(steps, 9):
        await grant(steps, client_id)
    async with database.transaction(steps.world.sight) as session:
        await session.execute(text("UPDATE admission SET valid_from = valid_from - 900"))
    await report(database, steps.world, {0: {"open_job": 10}, 1: {"open_job": 5, "none": 5}})
    await publish(database, steps.world, now=NEXT_MONTH)
    clock.now = NEXT_MONTH
    return steps.world


async def test_the_draw_month_by_month_and_what_is_coming(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, Role.PROVIDER_USER, now=NEXT_MONTH)
    page = (await site.get("/provider/seen")).text
    assert "marraskuu" in page.lower()
    assert "<dt>Asiakkaat, jotka voivat valita teidät</dt><dd>9</dd>" in page
    assert "Ilmoittakaa virheet viimeistään 22.12.2026" in page
    assert 'href="/provider/figures"' in page
    assert f'href="/providers/{world.provider_id}"' in page
    for other in world.providers[1:]:
        assert str(other) not in page
    assert "Valmennus 2" not in page


async def test_whom_nobody_could_choose_is_told_so(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, "provider_user:4", now=NEXT_MONTH)
    page = (await site.get("/provider/seen?month=2026-11")).text
    assert "Kukaan ei voinut valita teitä tässä kuussa" in page


async def test_who_left_the_register_has_no_public_page(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, Role.PROVIDER_USER, now=NEXT_MONTH)
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE admission SET state = 'withdrawn'"))
    page = await site.get("/provider/seen")
    assert page.status_code == 200
    assert f'href="/providers/{world.provider_id}"' not in page.text


async def test_before_a_month_is_over_there_is_nothing_to_see(
    site: httpx.AsyncClient, database: Database, world: World, clock: Clock
) -> None:
    clock.now = NOW
    await sign_in(site, database, world, Role.PROVIDER_USER)
    assert "Yksikään kuukausi ei ole vielä päättynyt" in (await site.get("/provider/seen")).text
    assert (await site.get("/provider/seen?month=nonsense")).status_code == 200


async def test_it_is_the_providers_alone(site: httpx.AsyncClient, database: Database, world: World) -> None:
    for role in (Role.CASE_WORKER, Role.REGISTER_OFFICER, Role.CLIENT):
        await sign_in(site, database, world, role, now=NEXT_MONTH)
        assert (await site.get("/provider/seen")).status_code == 403


async def test_what_the_page_costs(site: httpx.AsyncClient, database: Database, world: World) -> None:
    await sign_in(site, database, world, Role.PROVIDER_USER, now=NEXT_MONTH)
    with counted(database) as statements:
        assert (await site.get("/provider/seen")).status_code == 200
    assert len(statements) <= 20, statements
    first, later = await weights(site, "/provider/seen")
    assert first <= 100_000
    assert later <= 20_000
