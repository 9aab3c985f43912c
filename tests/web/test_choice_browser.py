"""The jobseeker's pages in a real browser: on a phone and on a desk, in all four texts, by keyboard alone, enlarged to
200 %, with and without scripts. The comparison is left as pictures in var/screenshots for a person to look at."""

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
@pytest.mark.parametrize("text", ["fi", "selko", "sv", "en"])
async def test_the_pages_fit_and_are_accessible(
    application: Litestar, steps: Steps, open_page: OpenPage, width: int, text: str
) -> None:
    voucher_id = await granted(steps)
    base = f"/my/vouchers/{voucher_id}"
    async with serving(application) as address:
        page = await opened(steps, open_page, address, width=width, text=text)
        await page.goto(f"{base}/compare?matters=soon&matters=one_person")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / f"compare-{width}-{text}.png", full_page=True)
        for path in (
            "/my",
            f"{base}/matters",
            f"{base}/compare?matters=near&matters=language&matters=experience",
            f"{base}/compare?everyone=true&order=outcome",
            f"{base}/compare?everyone=true&language=sv&free_talk=yes&online=yes",
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


async def opened(
    steps: Steps, open_page: OpenPage, address: str, *, width: int, text: str = "fi", **how: Any
) -> Page:
    """A page of the client, signed in, in one of the four texts."""
    cookies = {**await session_of(steps, Role.CLIENT), "language": text}
    language = "fi" if text == "selko" else text
    return await open_page(width=width, language=language, base_url=address, cookies=cookies, **how)


ENLARGED = DESK // 2
"""What a window of 1280 pixels has to show a page in, enlarged to 200 %."""


@pytest.mark.parametrize("text", ["fi", "selko", "sv", "en"])
async def test_enlarged_to_200_percent_nothing_is_cut_off(
    application: Litestar, steps: Steps, open_page: OpenPage, text: str
) -> None:
    """The whole page on a desk; on a phone, which has no room to enlarge pages, its text."""
    voucher_id = await granted(steps)
    base = f"/my/vouchers/{voucher_id}"
    paths = ("/my", f"{base}/matters", f"{base}/compare?matters=soon", f"{base}/compare?everyone=true",
             f"{base}/choose/{steps.world.admissions[0]}")  # fmt: skip
    async with serving(application) as address:
        desk = await opened(steps, open_page, address, width=ENLARGED, text=text)
        phone = await opened(steps, open_page, address, width=PHONE, text=text)
        for path in paths:
            for page, enlarge in ((desk, "0"), (phone, "document.documentElement.style.fontSize = '200%'")):
                await page.goto(path)
                await page.evaluate(enlarge)
                for summary in await page.locator("details > summary:visible").all():
                    await summary.click()
                assert await sideways(page) == 0, path
                assert await cut_off(page) == [], path


async def cut_off(page: Page) -> list[str]:
    """Texts that reach over the edge of the card or page that they stand in, where they could not be read."""
    found: list[str] = await page.evaluate(
        """() => {
            const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), cut = [];
            for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                const on = node.parentElement, range = document.createRange();
                if (!node.data.trim() || on.closest("svg, .visually-hidden, .ds-skip-link, option")) continue;
                range.selectNodeContents(node);
                const edge = on.closest(".option, .ticket, .panel, body").getBoundingClientRect().right;
                const over = [...range.getClientRects()].some(box => box.width > 0 && box.right > edge + 1);
                if (over) cut.push(node.data.trim());
            }
            return cut;
        }"""
    )
    return found


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until what bears these words has the focus, which has to be seen."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        name, outline, inside = await page.evaluate(
            """() => {
                const on = document.activeElement, box = on.getBoundingClientRect();
                const text = on.labels && on.labels.length ? on.labels[0].textContent : on.textContent;
                const style = getComputedStyle(on), seen = box.top < innerHeight && box.bottom > 0;
                return [text.trim(), style.outlineStyle !== "none" && style.outlineWidth !== "0px", seen];
            }"""
        )
        assert outline, f"the focus is not seen on {name!r}"
        if words in name:
            assert inside, f"{name!r} has the focus out of sight"
            return
    raise AssertionError(f"{words!r} cannot be reached by the keyboard")


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_jobseeker_chooses_by_keyboard_alone(
    application: Litestar, steps: Steps, open_page: OpenPage, width: int
) -> None:
    voucher_id = await granted(steps)
    async with serving(application) as address:
        page = await opened(steps, open_page, address, width=width)
        press = page.keyboard.press
        await page.goto("/my")
        await tab_to(page, "Vertaile ja valitse")
        await press("Enter")
        await page.wait_for_url("**/matters")
        await tab_to(page, "Se alkaa pian")
        await press("Space")
        await tab_to(page, "Näytä palveluntuottajat")
        await press("Enter")
        await page.wait_for_url("**/compare?matters=soon")
        await tab_to(page, "Lisää")
        await press("Enter")
        await expect(
            page.get_by_text("Mitä asiakkaat sanoivat").locator("visible=true").first
        ).to_be_visible()
        await page.goto(page.url)
        await tab_to(page, "Valitse")
        await press("Enter")
        await page.wait_for_url("**/choose/**")
        await tab_to(page, "Vahvista valinta")
        await press("Enter")
        await page.wait_for_url(f"**/my/vouchers/{voucher_id}/chosen")
    assert (await steps.voucher(voucher_id)).state == "chosen"


@pytest.mark.parametrize(("width", "javascript"), [(PHONE, False), (DESK, False), (DESK, True)])
async def test_a_jobseeker_chooses(
    application: Litestar, steps: Steps, open_page: OpenPage, width: int, javascript: bool
) -> None:
    voucher_id = await granted(steps)
    async with serving(application) as address:
        page = await opened(steps, open_page, address, width=width, javascript=javascript)
        await page.goto("/my")
        await page.get_by_role("link", name="Vertaile ja valitse").click()
        await page.get_by_label("Se on omalla kielelläni").check()
        await page.get_by_role("button", name="Näytä palveluntuottajat").click()
        await page.wait_for_url("**/compare?matters=language", wait_until="load")
        table = page.get_by_role("table", name="Palveluntuottajat rinnakkain")
        assert await table.is_visible() == (width == DESK)
        assert await page.locator("article.option h2:visible").count() == (3 if width == PHONE else 0)
        await page.get_by_role("link", name="Näytä kaikki 4 palveluntuottajaa").click()
        await page.get_by_text("Rajaa ja järjestä").click()
        await page.get_by_label("Järjestys").select_option("soon")
        await page.get_by_role("button", name="Näytä", exact=True).click()
        await page.wait_for_url("**&order=soon*")
        assert await page.locator("article.option h2:visible").count() == 4
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
