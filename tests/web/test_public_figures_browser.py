"""The pages of published figures and alarms in a real browser: accessible, as narrow as a phone, and whole without
scripts."""

from datetime import timedelta

import pytest
from litestar import Litestar
from playwright.async_api import expect
from sqlalchemy import insert, update

from registry.people.commands import begin_session
from registry.providers.model import Admission
from registry.quality.alarms.model import Alarm
from registry.quality.alarms.rules import AlarmKind
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import TODAY, World, build_world
from tests.registry.quality.test_releases import LATER, publish, report
from tests.web.conftest import Clock
from tests.web.test_alarms import FACTS


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    made = await build_world(database, providers=12)
    async with database.transaction(made.sight) as session:
        await session.execute(update(Admission).values(valid_from=TODAY - timedelta(days=900)))
    usual = {"open_job": 60, "none": 40}
    await report(
        database,
        made,
        dict.fromkeys(range(10), usual) | {10: {"open_job": 2}, 11: {"open_job": 10, "none": 90}},
    )
    await publish(database, made)
    async with database.transaction(made.sight) as session:
        for kind in AlarmKind:
            await session.execute(
                insert(Alarm).values(
                    id=uuid7(), organiser_id=made.organiser_id, provider_id=made.provider_id,
                    service_id=made.service_id, kind=str(kind), period=TODAY, facts=FACTS[kind], state="open",
                    raised_at=LATER,
                )
            )  # fmt: skip
    clock.now = LATER
    return made


@pytest.mark.parametrize(
    ("language", "width", "javascript"),
    [("fi", PHONE, True), ("sv", PHONE, False), ("en", DESK, False), ("fi", DESK, True)],
)
async def test_every_page_is_accessible_and_fits(
    application: Litestar, database: Database, open_page: OpenPage, world: World,
    language: str, width: int, javascript: bool,
) -> None:  # fmt: skip
    async with database.transaction() as session:
        token = await begin_session(
            session, role_grant_id=world.grants[str(Role.REGISTER_OFFICER)], now=LATER, hours=8
        )
    async with serving(application) as address:
        page = await open_page(
            width=width,
            language=language,
            javascript=javascript,
            base_url=address,
            cookies={"language": language, "registry_session": token},
        )
        await page.goto("/oversight/alarms")
        alarms = await page.locator("main tbody a").evaluate_all("found => found.map(a => a.pathname)")
        assert len(alarms) == len(AlarmKind)
        for path in (
            "/services",
            f"/services/{world.service_id}",
            f"/services/{world.service_id}?order=estimate",
            f"/providers/{world.provider_id}",
            "/open-data",
            "/quality",
            "/oversight/alarms",
            *alarms,
        ):
            await page.goto(path)
            if javascript:
                await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert await page.locator("h1").count() == 1
            assert await sideways(page) == 0, f"{path} is wider than {width} px"
            await assert_accessible(page)


async def test_another_measure_and_order_are_picked_without_scripts(
    application: Litestar, open_page: OpenPage, world: World
) -> None:
    async with serving(application) as address:
        page = await open_page(width=PHONE, javascript=False, base_url=address)
        await page.goto("/services")
        await page.locator("main tbody a").first.click()
        await expect(page.locator(".funnel")).to_be_visible()
        await page.select_option("#f-order", "people")
        await page.locator("main form button").click()
        await expect(page.locator("main tbody th").first).to_have_text("Valmennus 1 Oy")
        await expect(page.locator("#f-order")).to_have_value("people")
        assert "order=people" in page.url
