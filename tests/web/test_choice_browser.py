"""The jobseeker's pages in a real browser: on a phone and on a desk, in three languages, with and without scripts."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect
from sqlalchemy import update

from registry.choice.commands import freeze_shortlists
from registry.people.commands import begin_session
from registry.providers.model import Admission, Coach
from registry.quality.outcomes.commands import OutcomeRow, ensure_categories, record_outcomes
from registry.quality.releases import publish_release
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps

SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    """Five providers, one of them full and one too new to rate, and a release."""
    world = await build_world(database, providers=5)
    actor = system(world.organiser_id)
    long_ago = TODAY - timedelta(days=900)
    async with database.transaction(actor.sight) as session:
        changes: tuple[dict[str, Any], ...] = (
            {"valid_from": long_ago, "first_talk_free": True, "languages": ["fi", "sv"]},
            {"valid_from": long_ago, "method": "group", "remote": True, "municipality_codes": ["244"]},
            {"valid_from": long_ago, "languages": ["fi", "en", "ar"], "next_start": None},
            {"method": "mixed"},
            {"taken": 10},
        )
        for index, change in enumerate(changes):
            await session.execute(
                update(Admission).where(Admission.id == world.admissions[index]).values(**change)
            )
        session.add(
            Coach(
                id=uuid7(),
                provider_id=world.providers[0],
                first_name="Aino",
                languages=["fi"],
                statement={"fi": "Kävelemme usein samalla kun puhumme."},
                created_at=NOW,
            )
        )
        await ensure_categories(session)
        await record_outcomes(
            session,
            actor=actor,
            now=NOW,
            organiser_id=world.organiser_id,
            rows=[
                OutcomeRow(
                    world.service_id, f"{index}-{person}", 6, "open_job" if person < good else "none", TODAY,
                    provider_id=world.providers[index],
                )
                for index, (good, people) in enumerate(((24, 30), (9, 24), (11, 18), (1, 1)))
                for person in range(people)
            ],
        )  # fmt: skip
        await publish_release(
            session, actor=actor, now=NOW - timedelta(days=11), organiser_id=world.organiser_id, as_of=TODAY
        )
    return Steps(database, world, keys)


async def granted(steps: Steps) -> UUID:
    voucher_id = await steps.grant(in_plan=True)
    actor = steps.world[Role.CASE_WORKER]
    async with steps.database.transaction(actor.sight) as session:
        await freeze_shortlists(session, actor=actor, now=NOW, keys=steps.keys, voucher_ids=[voucher_id])
    return voucher_id


async def session_of(steps: Steps, role: Role) -> dict[str, str]:
    async with steps.database.transaction() as session:
        token = await begin_session(session, role_grant_id=steps.world.grants[role], now=NOW, hours=8)
    return {"registry_session": token}


async def look(page: Page, path: str) -> None:
    """Open a page: it fits its width and breaks no rule of accessibility, with what is folded away unfolded."""
    await page.goto(path)
    for summary in await page.locator("details > summary:visible").all():
        await summary.click()
    await assert_accessible(page)
    assert await sideways(page) == 0, path


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_pages_fit_and_are_accessible(
    application: Litestar, steps: Steps, open_page: OpenPage, width: int, language: str
) -> None:
    voucher_id = await granted(steps)
    base = f"/my/vouchers/{voucher_id}"
    async with serving(application) as address:
        cookies = {**await session_of(steps, Role.CLIENT), "language": language}
        page = await open_page(width=width, language=language, base_url=address, cookies=cookies)
        await page.goto(f"{base}/compare")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / f"compare-{width}-{language}.png", full_page=True)
        for path in (
            "/my",
            f"{base}/compare",
            f"{base}/compare?everyone=true",
            f"{base}/choose/{steps.world.admissions[0]}",
            f"{base}/refuse",
            f"{base}/help",
            "/quality",
        ):
            await look(page, path)
        await steps.choose(voucher_id, 0)
        await look(page, f"{base}/chosen")
        await look(page, f"{base}/compare")
        await look(page, "/my")


@pytest.mark.parametrize(("width", "javascript"), [(PHONE, False), (DESK, True)])
async def test_a_jobseeker_chooses(
    application: Litestar, steps: Steps, open_page: OpenPage, width: int, javascript: bool
) -> None:
    voucher_id = await granted(steps)
    async with serving(application) as address:
        page = await open_page(
            width=width,
            javascript=javascript,
            base_url=address,
            cookies=await session_of(steps, Role.CLIENT),
        )
        await page.goto("/my")
        await page.get_by_role("link", name="Vertaile ja valitse").click()
        await page.wait_for_url("**/compare", wait_until="load")
        table = page.get_by_role("table", name="Palveluntuottajat rinnakkain")
        assert await table.is_visible() == (width == DESK)
        assert await page.locator("article.option h2:visible").count() == (3 if width == PHONE else 0)
        await page.get_by_role("link", name="Valitse Valmennus", exact=False).first.click()
        await expect(page.locator("h1")).to_contain_text("Olet valitsemassa")
        await page.get_by_role("button", name="Vahvista valinta").click()
        await page.wait_for_url(f"**/my/vouchers/{voucher_id}/chosen")
        await expect(page.locator("h1")).to_contain_text("Valitsit")
    assert (await steps.voucher(voucher_id)).state == "chosen"


async def test_the_case_worker_prints_the_comparison_with_everything_on_it(
    application: Litestar, steps: Steps, open_page: OpenPage
) -> None:
    voucher_id = await granted(steps)
    async with serving(application) as address:
        page = await open_page(
            width=PHONE, base_url=address, cookies=await session_of(steps, Role.CASE_WORKER)
        )
        await page.goto(f"/vouchers/{voucher_id}/choose")
        await page.emulate_media(media="print")
        assert await page.locator(".compare__table").first.is_visible()
        assert await page.get_by_role("rowheader", name="Mitä asiakkaat sanoivat").is_visible()
        assert not await page.locator(".pick").first.is_visible()
